#include "service/db/migrations.hpp"

#include "base/sha256.hpp"
#include "service/db/testing.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <thread>

namespace aiditor::db {
namespace {

using ::testing::HasSubstr;

int newest() { return static_cast<int>(migrations(Engine::Sqlite).size()); }

class MigrationsTest : public ::testing::TestWithParam<testing::Server> {
protected:
    [[nodiscard]] Database& database() { return *database_; }
    [[nodiscard]] std::unique_ptr<Database> another() const { return where_.open(); }
    int version() { return testing::must(schema_state(*database_)).version; }
    void change(std::string_view sql, std::initializer_list<Parameter> parameters = {}) {
        testing::must(database_->write(
            [&](Session& s) { return s.change({"test/change", sql}, parameters); }));
    }
    bool has_settings() {
        return database_
            ->read([](Session& s) { return s.rows({"test/x", "SELECT name FROM settings"}); })
            .has_value();
    }

private:
    testing::TestDatabase where_{GetParam(), false};
    std::unique_ptr<Database> database_ = where_.open();
};
INSTANTIATE_TEST_SUITE_P(Databases, MigrationsTest, testing::databases_and_pooler(),
                         testing::name_of);

TEST_P(MigrationsTest, AnEmptyDatabaseIsAtStepZero) {
    auto const state = testing::must(schema_state(database()));
    EXPECT_EQ(state.version, 0);
    EXPECT_EQ(state.newest, newest());
}

TEST_P(MigrationsTest, EveryStepGoesUpAndDownAndUpAgain) {
    for (int target = 1; target <= newest(); ++target) {
        ASSERT_TRUE(migrate(database(), target));
        EXPECT_EQ(version(), target);
        ASSERT_TRUE(migrate(database(), target - 1));
        ASSERT_TRUE(migrate(database(), target));
    }
    EXPECT_TRUE(has_settings());
    ASSERT_TRUE(migrate(database(), 0));
    EXPECT_EQ(version(), 0);
    EXPECT_FALSE(has_settings());
    ASSERT_TRUE(migrate(database(), newest()));
    EXPECT_TRUE(migrate(database(), newest()));
    EXPECT_EQ(version(), newest());
}

TEST_P(MigrationsTest, GoingDownLeavesNothingBehind) {
    ASSERT_TRUE(migrate(database(), newest()));
    ASSERT_TRUE(migrate(database(), 0));
    Query const left{"test/left",
                     GetParam() == testing::Server::Sqlite
                         ? "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
                         : "SELECT CAST(relname AS text) AS name FROM pg_class "
                           "WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i' "
                           "UNION ALL SELECT CAST(proname AS text) FROM pg_proc "
                           "WHERE pronamespace = 'public'::regnamespace"};
    auto const rows = testing::must(database().read([&](Session& s) { return s.rows(left); }));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].text("name"), "schema_migrations");
}

TEST_P(MigrationsTest, ATargetThatThereIsNotIsRefused) {
    EXPECT_EQ(migrate(database(), newest() + 1).error().code, ErrorCode::Usage);
    EXPECT_EQ(migrate(database(), -1).error().code, ErrorCode::Usage);
}

TEST_P(MigrationsTest, AStepWithAnotherTextIsAConflict) {
    ASSERT_TRUE(migrate(database(), newest()));
    change("UPDATE schema_migrations SET sha256 = $1 WHERE number = 1", {sha256_hex("other")});
    auto const state = schema_state(database());
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().code, ErrorCode::Conflict);
    EXPECT_THAT(state.error().message, HasSubstr("begin"));
    EXPECT_EQ(migrate(database(), 0).error().code, ErrorCode::Conflict);
}

TEST_P(MigrationsTest, AMissingStepIsAConflict) {
    ASSERT_TRUE(migrate(database(), newest()));
    change("UPDATE schema_migrations SET number = number + 1000");
    EXPECT_EQ(schema_state(database()).error().code, ErrorCode::Conflict);
}

TEST_P(MigrationsTest, ANewerDatabaseIsUsedOnlyWhenItsStepsSaySo) {
    ASSERT_TRUE(migrate(database(), newest()));
    change(
        "INSERT INTO schema_migrations (number, name, sha256, needs, at_us) "
        "VALUES ($1, 'later', 'x', $2, 0)",
        {newest() + 1, newest()});
    EXPECT_EQ(version(), newest() + 1);
    EXPECT_TRUE(migrate(database(), newest()));
    EXPECT_EQ(version(), newest() + 1);
    EXPECT_EQ(migrate(database(), 0).error().code, ErrorCode::Conflict);

    change("UPDATE schema_migrations SET needs = $1 WHERE name = 'later'", {newest() + 1});
    auto const state = schema_state(database());
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().code, ErrorCode::Conflict);
    EXPECT_THAT(state.error().message, HasSubstr("newer program"));
}

TEST_P(MigrationsTest, TwoProgramsAtOnceTakeEachStepOnce) {
    auto const other = another();
    Result<> a, b;
    {
        std::jthread const first([&] { a = migrate(database(), newest()); }),
            second([&] { b = migrate(*other, newest()); });
    }
    EXPECT_TRUE(a) << a.error().message;
    EXPECT_TRUE(b) << b.error().message;
    EXPECT_EQ(version(), newest());
}

TEST_P(MigrationsTest, KilledInsideAStepItIsAsBeforeTheStep) {
    EXPECT_EXIT(
        {
            auto const own = another();
            (void)own->reshape([&](Session& s) -> Result<> {
                TRY_VOID(s.script(migrations(own->engine())[0].up));
                ::raise(SIGKILL);
                return {};
            });
        },
        ::testing::KilledBySignal(SIGKILL), "");
    EXPECT_EQ(version(), 0);
    EXPECT_FALSE(has_settings());
    ASSERT_TRUE(migrate(database(), newest()));
    EXPECT_TRUE(has_settings());
}

TEST_P(MigrationsTest, AStepWhoseSqlFailsHasNoEffectAndIsNamed) {
    change("CREATE TABLE settings (x INTEGER)");
    auto const done = migrate(database(), newest());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::Internal);
    EXPECT_THAT(done.error().message, HasSubstr("step 1 begin up"));
    EXPECT_EQ(version(), 0);
}

TEST_P(MigrationsTest, ATableCanBeRebuiltUnderItsForeignKeysButNotLoseThem) {
    bool const sqlite = GetParam() == testing::Server::Sqlite;
    auto const reshape = [&](std::string_view sql) {
        return database().reshape([&](Session& s) { return s.script(sql); });
    };
    ASSERT_TRUE(
        reshape("CREATE TABLE a (id BIGINT PRIMARY KEY);"
                "CREATE TABLE b (a BIGINT REFERENCES a (id) ON DELETE CASCADE);"
                "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)"));
    if (!sqlite) return;  // there ALTER TABLE can do it all
    ASSERT_TRUE(
        reshape("CREATE TABLE a2 (id BIGINT PRIMARY KEY, more TEXT);"
                "INSERT INTO a2 SELECT id, '' FROM a;"
                "DROP TABLE a; ALTER TABLE a2 RENAME TO a"));
    auto const left = testing::must(
        database().read([](Session& s) { return s.rows({"test/x", "SELECT a FROM b"}); }));
    EXPECT_EQ(left.size(), 1U);
    EXPECT_EQ(reshape("DELETE FROM a").error().code, ErrorCode::Internal);
    EXPECT_EQ(
        database()
            .write([](Session& s) { return s.change({"test/x", "INSERT INTO b VALUES (9)"}); })
            .error()
            .code,
        ErrorCode::Conflict);
}

TEST(Migrations, AreTheSameStepsOnBothEngines) {
    auto const sqlite = migrations(Engine::Sqlite), postgres = migrations(Engine::Postgres);
    ASSERT_EQ(sqlite.size(), postgres.size());
    for (std::size_t i = 0; i < sqlite.size(); ++i) {
        EXPECT_EQ(sqlite[i].number, static_cast<int>(i) + 1);
        EXPECT_EQ(sqlite[i].number, postgres[i].number);
        EXPECT_EQ(sqlite[i].name, postgres[i].name);
    }
}

}  // namespace
}  // namespace aiditor::db
