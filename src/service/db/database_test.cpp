#include "service/db/database.hpp"

#include "base/clock.hpp"
#include "service/db/testing.hpp"

#include <barrier>
#include <gmock/gmock.h>
#include <limits>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>

namespace aiditor::db {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DatabaseTest : public testing::EachDatabase {
protected:
    /// A table of every class of type.
    void SetUp() override {
        auto const text =
            is_sqlite() ? "CREATE TABLE t (id INTEGER PRIMARY KEY NOT NULL, n INTEGER, x REAL, "
                          "name TEXT, data BLOB) STRICT;"
                          "CREATE UNIQUE INDEX t_by_name ON t (name);"
                          "CREATE TABLE child (t INTEGER NOT NULL REFERENCES t (id), "
                          "n INTEGER CHECK (n < 100)) STRICT"
                        : "CREATE TABLE t (id bigint PRIMARY KEY, n bigint, x double precision, "
                          "name text, data bytea);"
                          "CREATE UNIQUE INDEX t_by_name ON t (name);"
                          "CREATE TABLE child (t bigint NOT NULL REFERENCES t (id), "
                          "n bigint CHECK (n < 100))";
        testing::must(database().write([&](Session& s) { return s.script(text); }));
    }

    Result<std::int64_t> change(std::string_view sql,
                                std::initializer_list<Parameter> parameters = {}) {
        return database().write(
            [&](Session& s) { return s.change({"test/change", sql}, parameters); });
    }
    Result<Rows> rows(std::string_view sql, std::initializer_list<Parameter> parameters = {}) {
        return database().read([&](Session& s) { return s.rows({"test/rows", sql}, parameters); });
    }
    std::int64_t count() {
        return testing::must(rows("SELECT count(*) AS n FROM t")).at(0).integer("n");
    }
};
INSTANTIATE_TEST_SUITE_P(Databases, DatabaseTest, testing::databases_and_pooler(),
                         testing::name_of);

TEST_P(DatabaseTest, ValuesComeBackAsTheyWent) {
    std::string const bytes("\0\xff\0'\\x41", 8);
    auto const smallest = std::numeric_limits<std::int64_t>::min();
    ASSERT_TRUE(change(
        "INSERT INTO t (id, n, x, name, data) VALUES ($1, $2, $3, $4, $5)",
        {std::numeric_limits<std::int64_t>::max(), smallest, 0.1, "täxt 🎮 'q' $1", Blob{bytes}}));
    auto const got = testing::must(rows("SELECT id, n, x, name, data FROM t"));
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].integer("id"), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(got[0].integer("n"), smallest);
    EXPECT_EQ(got[0].real("x"), 0.1);
    EXPECT_EQ(got[0].text("name"), "täxt 🎮 'q' $1");
    EXPECT_EQ(got[0].blob("data"), bytes);
}

TEST_P(DatabaseTest, NullAndEmptyAreNotTheSame) {
    ASSERT_TRUE(change("INSERT INTO t (id, n, x, name, data) VALUES ($1, $2, $3, $4, $5)",
                       {1, std::nullopt, std::optional<double>(), "", Blob{}}));
    auto const got = testing::must(rows("SELECT * FROM t"));
    EXPECT_TRUE(got.at(0).is_null("n"));
    EXPECT_TRUE(got[0].is_null("x"));
    EXPECT_EQ(got[0].maybe_integer("n"), std::nullopt);
    EXPECT_EQ(got[0].maybe_text("name"), "");
    EXPECT_EQ(got[0].blob("data"), "");
}

TEST_P(DatabaseTest, ExtremeDoublesComeBackExactly) {
    for (double const x : {1e300, -5e-324, 1.0 / 3, 0.0, 1.7976931348623157e308}) {
        ASSERT_TRUE(change("DELETE FROM t"));
        ASSERT_TRUE(change("INSERT INTO t (id, x) VALUES (1, $1)", {x}));
        EXPECT_EQ(testing::must(rows("SELECT x FROM t")).at(0).real("x"), x);
    }
    EXPECT_EQ(
        change("UPDATE t SET x = $1", {std::numeric_limits<double>::quiet_NaN()}).error().code,
        ErrorCode::Internal);
}

TEST_P(DatabaseTest, ParametersAreNumberedNotOrdered) {
    auto const got = testing::must(
        rows("SELECT CAST($2 AS text) AS b, CAST($1 AS text) AS a, CAST($2 AS text) AS again, "
             "'$1' AS quoted -- $9\n",
             {"first", "second"}));
    EXPECT_EQ(got.at(0).text("a"), "first");
    EXPECT_EQ(got[0].text("b"), "second");
    EXPECT_EQ(got[0].text("again"), "second");
    EXPECT_EQ(got[0].text("quoted"), "$1");
}

TEST_P(DatabaseTest, SumsAndCountsAreWholeNumbers) {
    ASSERT_TRUE(change("INSERT INTO t (id, n) VALUES (1, 5000000000), (2, 7)"));
    auto const got = testing::must(
        rows("SELECT sum(n) AS total, count(*) AS n, avg(n) AS mean, max(n) > 8 AS big FROM t"));
    EXPECT_EQ(got.at(0).integer("total"), 5'000'000'007);
    EXPECT_EQ(got[0].integer("n"), 2);
    EXPECT_EQ(got[0].real("mean"), 2500000003.5);
    EXPECT_TRUE(got[0].flag("big"));
}

TEST_P(DatabaseTest, ChangeCountsRows) {
    EXPECT_EQ(change("INSERT INTO t (id, n) VALUES (1, 1), (2, 2)"), 2);
    EXPECT_EQ(change("UPDATE t SET n = 3 WHERE id = 9"), 0);
    EXPECT_EQ(change("INSERT INTO t (id) VALUES (1) ON CONFLICT DO NOTHING"), 0);
    EXPECT_EQ(change("DELETE FROM t"), 2);
}

TEST_P(DatabaseTest, ReturningGivesRows) {
    auto const made = database().write([](Session& s) {
        return s.row({"test/x", "INSERT INTO t (id, name) VALUES ($1, $2) RETURNING id, name"},
                     {7, "seven"});
    });
    ASSERT_TRUE(made && *made);
    EXPECT_EQ((*made)->integer("id"), 7);
    EXPECT_EQ((*made)->text("name"), "seven");
}

TEST_P(DatabaseTest, TextThatPostgresCannotStoreIsRefusedByBoth) {
    EXPECT_EQ(
        change("INSERT INTO t (id, name) VALUES (1, $1)", {std::string("a\0b", 3)}).error().code,
        ErrorCode::BadRequest);
    EXPECT_EQ(change("INSERT INTO t (id, name) VALUES (1, $1)", {"\xff"}).error().code,
              ErrorCode::BadRequest);
    EXPECT_EQ(
        change("INSERT INTO t (id, name) VALUES (1, $1)", {std::string(kMostValueBytes + 1, 'a')})
            .error()
            .code,
        ErrorCode::LimitReached);
    EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseTest, ABrokenUniqueIndexIsAConflictWithItsName) {
    ASSERT_TRUE(change("INSERT INTO t (id, name) VALUES (1, 'a')"));
    auto const again = change("INSERT INTO t (id, name) VALUES (2, $1)", {"a"});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::Conflict);
    EXPECT_THAT(again.error().message, HasSubstr("t_by_name"));
    EXPECT_THAT(again.error().message, HasSubstr("test/change"));
}

TEST_P(DatabaseTest, ABrokenPrimaryOrForeignKeyIsAConflict) {
    ASSERT_TRUE(change("INSERT INTO t (id) VALUES (1)"));
    EXPECT_EQ(change("INSERT INTO t (id) VALUES (1)").error().code, ErrorCode::Conflict);
    EXPECT_EQ(change("INSERT INTO child (t) VALUES (5)").error().code, ErrorCode::Conflict);
    ASSERT_TRUE(change("INSERT INTO child (t) VALUES (1)"));
    EXPECT_EQ(change("DELETE FROM t").error().code, ErrorCode::Conflict);
}

TEST_P(DatabaseTest, OurOwnMistakesAreInternalAndNameTheQuery) {
    ASSERT_TRUE(change("INSERT INTO t (id) VALUES (1)"));
    for (auto const* sql : {"SELEC 1", "INSERT INTO child (t, n) VALUES (1, 100)",
                            "INSERT INTO child (t) VALUES (NULL)", "SELECT no_such FROM t",
                            "SELECT 1; SELECT 2", "SELECT $1"}) {
        auto const bad = change(sql);
        ASSERT_FALSE(bad) << sql;
        EXPECT_EQ(bad.error().code, ErrorCode::Internal) << sql;
        EXPECT_THAT(bad.error().message, HasSubstr("test/change"));
    }
}

TEST_P(DatabaseTest, SeveralRowsWhereOneWasExpectedAreAnError) {
    ASSERT_TRUE(change("INSERT INTO t (id) VALUES (1), (2)"));
    auto const one = [&](std::string_view sql) {
        return database().read([&](Session& s) { return s.row({"test/row", sql}); });
    };
    EXPECT_EQ(one("SELECT id FROM t").error().code, ErrorCode::Internal);
    EXPECT_FALSE(testing::must(one("SELECT id FROM t WHERE id = 9")));
}

TEST_P(DatabaseTest, AnErrorRollsEverythingBack) {
    auto const done = database().write([](Session& s) -> Result<> {
        TRY_VOID(s.change({"test/x", "INSERT INTO t (id) VALUES (1)"}));
        return fail(ErrorCode::NotAllowed, "no");
    });
    EXPECT_EQ(done.error().code, ErrorCode::NotAllowed);
    EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseTest, AnExceptionRollsEverythingBackAndPasses) {
    auto const work = [](Session& s) -> Result<std::int64_t> {
        (void)s.change({"test/x", "INSERT INTO t (id) VALUES (1)"});
        return std::vector<int>().at(1);
    };
    EXPECT_THROW((void)database().write(work), std::out_of_range);
    EXPECT_EQ(count(), 0);
    EXPECT_EQ(change("INSERT INTO t (id) VALUES (1)"), 1);
}

TEST_P(DatabaseTest, AFailedStatementSpoilsTheTransactionEvenWhenItsErrorIsIgnored) {
    Result<std::int64_t> later;
    auto const done = database().write([&](Session& s) -> Result<int> {
        TRY_VOID(s.change({"test/x", "INSERT INTO t (id) VALUES (1)"}));
        (void)s.change({"test/x", "INSERT INTO t (id) VALUES (1)"});
        later = s.change({"test/x", "INSERT INTO t (id) VALUES (2)"});
        return 1;
    });
    EXPECT_EQ(done.error().code, ErrorCode::Conflict);
    EXPECT_EQ(later.error().code, ErrorCode::Conflict);
    EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseTest, AReadSeesOneMomentAndMayNotWrite) {
    auto const other = another();
    ASSERT_TRUE(change("INSERT INTO t (id) VALUES (1)"));
    Query const how_many{"test/n", "SELECT count(*) AS n FROM t"};
    auto const seen = database().read([&](Session& s) -> Result<std::int64_t> {
        auto const before = TRY(s.row(how_many))->integer("n");
        TRY_VOID(other->write([](Session& writer) {
            return writer.change({"test/x", "INSERT INTO t (id) VALUES (2)"});
        }));
        EXPECT_EQ(TRY(s.row(how_many))->integer("n"), before);
        return before;
    });
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(count(), 2);
    EXPECT_FALSE(database().read(
        [](Session& s) { return s.change({"test/x", "INSERT INTO t (id) VALUES (3)"}); }));
    EXPECT_EQ(count(), 2);
}

TEST_P(DatabaseTest, WritersAddUpWithoutLosingAny) {
    ASSERT_TRUE(change("INSERT INTO t (id, n) VALUES (1, 0)"));
    auto const other = another();
    auto const add = [](Database& where) {
        for (int i = 0; i < 25; ++i)
            testing::must(where.write([](Session& s) {
                return s.change({"test/add", "UPDATE t SET n = n + 1 WHERE id = 1"});
            }));
    };
    {
        std::jthread const a([&] { add(database()); }), b([&] { add(*other); }),
            c([&] { add(database()); });
    }
    EXPECT_EQ(testing::must(rows("SELECT n FROM t")).at(0).integer("n"), 75);
}

TEST_P(DatabaseTest, MoreRowsThanTheLimitAreAnError) {
    auto const numbers = [](std::size_t count) {
        return fmt::format(
            "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {}) "
            "SELECT i FROM c",
            count);
    };
    EXPECT_EQ(testing::must(rows(numbers(kMostRows))).size(), kMostRows);
    EXPECT_EQ(rows(numbers(kMostRows + 1)).error().code, ErrorCode::LimitReached);
    EXPECT_EQ(count(), 0);  // and the connection is of use again
}

TEST_P(DatabaseTest, AStatementThatTakesTooLongIsEnded) {
    auto const hurried = another({.connections = 1, .statement_timeout_ms = 300});
    auto const endless = hurried->read([](Session& s) {
        return s.rows({"test/endless",
                       "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) "
                       "SELECT count(*) AS n FROM c"});
    });
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(endless.error().message, HasSubstr("test/endless"));
    EXPECT_THAT(endless.error().message, HasSubstr("too long"));
    EXPECT_TRUE(hurried->read([](Session& s) { return s.rows({"test/x", "SELECT 1 AS n"}); }));
}

TEST_P(DatabaseTest, NobodyWaitsForAConnectionForEver) {
    auto const hurried = another({.connections = 1, .wait_ms = 50});
    auto const inner = hurried->write([&](Session&) -> Result<> {
        return hurried->write([](Session&) -> Result<> { return {}; });
    });
    EXPECT_EQ(inner.error().code, ErrorCode::Unavailable);
    EXPECT_TRUE(hurried->write([](Session&) -> Result<> { return {}; }));
}

TEST_P(DatabaseTest, TheDatabasesClockStandsStillInAStatementAndGoesOn) {
    auto const before = machine_clock().now();
    auto const got = testing::must(
        rows("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 500) "
             "SELECT min(now_us()) AS a, max(now_us()) AS b FROM c"));
    auto const after = machine_clock().now();
    EXPECT_EQ(got.at(0).integer("a"), got[0].integer("b"));
    EXPECT_LE(before, got[0].integer("a"));
    EXPECT_LE(got[0].integer("a"), after);
    auto const steps = testing::must(database().read([](Session& s) -> Result<std::vector<int>> {
        Query const ask{"test/now", "SELECT now_us() AS t"};
        auto const first = TRY(s.row(ask))->integer("t");
        std::int64_t next = first;
        while (next == first) next = TRY(s.row(ask))->integer("t");
        return std::vector<int>{next > first ? 1 : -1};
    }));
    EXPECT_THAT(steps, ElementsAre(1));
}

TEST_P(DatabaseTest, CheckRefusesAQueryThatCannotBePrepared) {
    auto const check = [&](std::string_view sql) {
        return database().read([&](Session& s) { return s.check({"test/check", sql}); });
    };
    EXPECT_TRUE(check("SELECT n FROM t WHERE id = $1 AND name = $2 LIMIT $3"));
    EXPECT_FALSE(check("SELECT nn FROM t"));
    EXPECT_FALSE(check("SELECT n FROM t; DELETE FROM t"));
    EXPECT_EQ(check("SELECT $1 * 1000 AS n").has_value(), is_sqlite());
    EXPECT_TRUE(check("SELECT CAST($1 AS bigint) * 1000 AS n"));
}

TEST_P(DatabaseTest, ARowEndsTheProgramRatherThanGiveAWrongValue) {
    auto const got = testing::must(rows("SELECT 1 AS n, 'a' AS s"));
    EXPECT_DEATH((void)got.at(0).integer("m"), "'m' is not in the answer");
    EXPECT_DEATH((void)got.at(0).integer("s"), "'s' is not a whole number");
    EXPECT_DEATH((void)got.at(0).text("n"), "'n' is not text");
    EXPECT_EQ(got.at(0).real("n"), 1.0);
}

TEST(OpenDatabase, RefusesWhatIsNoUrl) {
    for (auto const* url : {"", "mysql://x", "sqlite:", "sqlite::memory:", "/tmp/x.db"}) {
        auto const opened = Database::open({.url = url});
        ASSERT_FALSE(opened) << url;
        EXPECT_EQ(opened.error().code, ErrorCode::Usage) << url;
    }
}

}  // namespace
}  // namespace aiditor::db
