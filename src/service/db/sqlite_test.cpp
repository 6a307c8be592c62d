// What only SQLite does.

#include "service/db/sqlite_connection.hpp"
#include "service/db/testing.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <sys/stat.h>

namespace aiditor::db {
namespace {

using ::testing::HasSubstr;

class SqliteTest : public ::testing::Test {
protected:
    SqliteTest() {
        testing::must(database_->write([](Session& s) {
            return s.script("CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB) STRICT");
        }));
    }
    [[nodiscard]] std::string path() const { return where_.url().substr(7); }
    Result<std::int64_t> insert(Database& database, std::size_t bytes) {
        return database.write([&](Session& s) {
            return s.change({"test/insert", "INSERT INTO t (data) VALUES ($1)"},
                            {Blob{std::string(bytes, 'x')}});
        });
    }
    std::int64_t pragma(std::string const& name) {
        Query const ask{"test/pragma", name};
        auto const row = testing::must(database_->write([&](Session& s) { return s.row(ask); }));
        auto const column = name.substr(7, name.find(' ', 7) - 7);
        return row->integer(column);
    }

    testing::TestDatabase where_{testing::Server::Sqlite, false};
    std::unique_ptr<Database> database_ = where_.open();
};

TEST_F(SqliteTest, TheFileAndItsLogAreTheOwnersAlone) {
    ASSERT_TRUE(insert(*database_, 10));
    for (auto const* end : {"", "-wal", "-shm"}) {
        struct stat facts{};
        ASSERT_EQ(::stat((path() + end).c_str(), &facts), 0) << end;
        EXPECT_EQ(facts.st_mode & 0777U, 0600U) << end;
    }
}

TEST_F(SqliteTest, EveryCommitIsSynced) {
    EXPECT_EQ(pragma("PRAGMA synchronous"), 2);
    EXPECT_EQ(pragma("PRAGMA foreign_keys"), 1);
}

TEST_F(SqliteTest, AFullDiskIsSaidAndHeals) {
    ASSERT_TRUE(insert(*database_, 10));
    pragma("PRAGMA max_page_count = 8");
    auto const full = insert(*database_, 1 << 20);
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(full.error().message, HasSubstr("disk of the database is full"));
    pragma("PRAGMA max_page_count = 100000");
    EXPECT_TRUE(insert(*database_, 1 << 20));
}

TEST_F(SqliteTest, AnotherWriterIsWaitedForOnlySoLong) {
    auto const hurried = where_.open({.wait_ms = 50});
    auto const done = database_->write([&](Session&) -> Result<> {
        auto const refused = insert(*hurried, 1);
        EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
        EXPECT_THAT(refused.error().message, HasSubstr("busy"));
        // Readers never wait.
        EXPECT_TRUE(hurried->read(
            [](Session& s) { return s.rows({"test/x", "SELECT count(*) AS n FROM t"}); }));
        return {};
    });
    EXPECT_TRUE(done);
    EXPECT_TRUE(insert(*hurried, 1));
}

TEST_F(SqliteTest, WhatWasPreparedFollowsTheSchema) {
    auto const all = [&] {
        return testing::must(
            database_->read([](Session& s) { return s.rows({"test/all", "SELECT * FROM t"}); }));
    };
    ASSERT_TRUE(insert(*database_, 1));
    (void)all();
    testing::must(database_->reshape(
        [](Session& s) { return s.script("ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'm'"); }));
    EXPECT_EQ(all().at(0).text("more"), "m");
}

TEST_F(SqliteTest, ADoubleQuotedWordIsNeverText) {
    EXPECT_FALSE(database_->read(
        [](Session& s) { return s.rows({"test/x", "SELECT \"no such column\" AS x"}); }));
}

TEST(SqliteFile, ThatIsNoDatabaseIsSaidToBeDamaged) {
    testing::TestDatabase const where(testing::Server::Sqlite, false);
    std::ofstream(where.url().substr(7)) << std::string(10'000, 'x');
    auto const opened = Database::open({.url = where.url()});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(opened.error().message, HasSubstr("damaged"));
}

TEST(SqliteFile, InAFolderThatIsNotThereCannotBeMade) {
    auto const opened = Database::open({.url = "sqlite:/no/such/folder/a.db"});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(opened.error().message, HasSubstr("/no/such/folder/a.db"));
}

TEST(NumberedParameters, AreMadeOfDollarsOutsideOfTexts) {
    EXPECT_EQ(with_numbered_parameters("SELECT $2, $1, $10, $2"), "SELECT ?2, ?1, ?10, ?2");
    EXPECT_EQ(with_numbered_parameters("'$1' \"$1\" -- $1\n$1 /* $1 */ $2"),
              "'$1' \"$1\" -- $1\n?1 /* $1 */ ?2");
    EXPECT_EQ(with_numbered_parameters("'it''s $1' || $1"), "'it''s $1' || ?1");
    EXPECT_EQ(with_numbered_parameters("$x $ '$1"), "$x $ '$1");
    EXPECT_EQ(with_numbered_parameters("-- $1"), "-- $1");
}

}  // namespace
}  // namespace aiditor::db
