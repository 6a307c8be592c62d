// What only PostgreSQL does: conflicts of transactions, connections that break, urls.

#include "service/db/postgres_url.hpp"
#include "service/db/testing.hpp"

#include <barrier>
#include <csignal>
#include <gmock/gmock.h>
#include <thread>

namespace aiditor::db {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Server;

constexpr Query kPid{"test/pid", "SELECT pg_backend_pid() AS pid"};

class PostgresTest : public testing::EachDatabase {
protected:
    void SetUp() override {
        testing::must(database().write([](Session& s) {
            return s.script(
                "CREATE TABLE t (id bigint PRIMARY KEY, n bigint NOT NULL);"
                "INSERT INTO t VALUES (1, 0), (2, 0)");
        }));
    }
    static Result<std::int64_t> add(Session& s, int id) {
        return s.change({"test/add", "UPDATE t SET n = n + 1 WHERE id = $1"}, {id});
    }
    std::int64_t number(int id) {
        auto const row = testing::must(database().read(
            [&](Session& s) { return s.row({"test/n", "SELECT n FROM t WHERE id = $1"}, {id}); }));
        return row->integer("n");
    }
    static void terminate(std::int64_t pid) {
        testing::Servers::get().sql(fmt::format("SELECT pg_terminate_backend({}, 5000)", pid));
    }
};
INSTANTIATE_TEST_SUITE_P(Databases, PostgresTest,
                         ::testing::Values(Server::Postgres, Server::Pooler), testing::name_of);

TEST_P(PostgresTest, ASerializationFailureIsTriedAgain) {
    std::atomic<int> calls = 0;
    std::barrier both_have_read(2);
    auto const work = [&](int mine, int theirs) {
        bool first = true;
        return database().write([&, mine, theirs](Session& s) -> Result<std::int64_t> {
            ++calls;
            TRY_VOID(s.script("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"));
            TRY_VOID(s.rows({"test/n", "SELECT n FROM t WHERE id = $1"}, {theirs}));
            if (std::exchange(first, false)) both_have_read.arrive_and_wait();
            return add(s, mine);
        });
    };
    Result<std::int64_t> a, b;
    {
        std::jthread const one([&] { a = work(1, 2); }), two([&] { b = work(2, 1); });
    }
    EXPECT_TRUE(a) << a.error().message;
    EXPECT_TRUE(b) << b.error().message;
    EXPECT_GE(calls, 3);
    EXPECT_EQ(number(1) + number(2), 2);
}

TEST_P(PostgresTest, ADeadlockIsTriedAgain) {
    std::atomic<int> calls = 0;
    std::barrier both_have_one(2);
    auto const work = [&](int first_id, int second_id) {
        bool first = true;
        return database().write([&](Session& s) -> Result<> {
            ++calls;
            TRY_VOID(add(s, first_id));
            if (std::exchange(first, false)) both_have_one.arrive_and_wait();
            TRY_VOID(add(s, second_id));
            return {};
        });
    };
    Result<> a, b;
    {
        std::jthread const one([&] { a = work(1, 2); }), two([&] { b = work(2, 1); });
    }
    EXPECT_TRUE(a) << a.error().message;
    EXPECT_TRUE(b) << b.error().message;
    EXPECT_GE(calls, 3);
    EXPECT_EQ(number(1), 2);
    EXPECT_EQ(number(2), 2);
}

TEST_P(PostgresTest, RepeatingHasAnEnd) {
    int calls = 0;
    auto const done = database().write([&](Session& s) {
        ++calls;
        return s.script("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$");
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(calls, 6);
}

TEST_P(PostgresTest, AConnectionThatBreaksInTheMiddleIsMadeAgainAndTheWorkRepeated) {
    int calls = 0;
    auto const done = database().write([&](Session& s) -> Result<std::int64_t> {
        auto const pid = TRY(s.row(kPid))->integer("pid");
        TRY_VOID(add(s, 1));
        if (++calls == 1) terminate(pid);
        return add(s, 2);
    });
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(number(1), 1);
    EXPECT_EQ(number(2), 1);
}

TEST_P(PostgresTest, AConnectionThatBreaksOnCommitIsNotRepeated) {
    testing::must(database().write([](Session& s) {
        return s.script(
            "CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;"
            "CREATE CONSTRAINT TRIGGER hang_up AFTER UPDATE ON t DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION hang_up()");
    }));
    int calls = 0;
    auto const done = database().write([&](Session& s) {
        ++calls;
        return add(s, 1);
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(done.error().message, HasSubstr("not known"));
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(number(1), 0);
}

TEST_P(PostgresTest, AConstraintThatBreaksOnCommitIsAConflict) {
    testing::must(database().write([](Session& s) {
        return s.script(
            "CREATE TABLE child (t bigint CONSTRAINT child_of_t REFERENCES t (id) "
            "DEFERRABLE INITIALLY DEFERRED)");
    }));
    auto const done = database().write(
        [](Session& s) { return s.change({"test/x", "INSERT INTO child VALUES (9)"}); });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::Conflict);
    EXPECT_THAT(done.error().message, HasSubstr("child_of_t"));
}

TEST_P(PostgresTest, ConnectionsClosedWhileIdleAreNoticed) {
    auto const own = another({.connections = 3});
    for (int i = 0; i < 10; ++i) {
        auto const pid =
            testing::must(own->read([](Session& s) { return s.row(kPid); }))->integer("pid");
        terminate(pid);
        EXPECT_TRUE(own->write([](Session& s) { return add(s, 1); }));
    }
    EXPECT_EQ(number(1), 10);
}

TEST_P(PostgresTest, EveryTransactionHasItsOwnTimeOut) {
    auto const own = another({.connections = 1, .statement_timeout_ms = 4321});
    auto const timeout = [](Session& s) -> Result<std::string> {
        return TRY(s.row({"test/x", "SELECT current_setting('statement_timeout') AS t"}))
            ->text("t");
    };
    EXPECT_EQ(own->read(timeout), "4321ms");
    EXPECT_EQ(own->reshape(timeout), "0");
    EXPECT_EQ(own->write(timeout), "4321ms");
}

TEST(PostgresServer, ThatStopsAnsweringIsGivenUp) {
    testing::TestDatabase const where(Server::Postgres);
    auto const hurried = where.open({.connections = 1, .statement_timeout_ms = 100});
    auto const pid =
        testing::must(hurried->read([](Session& s) { return s.row(kPid); }))->integer("pid");
    ASSERT_EQ(::kill(static_cast<pid_t>(pid), SIGSTOP), 0);
    auto const done = hurried->read([](Session& s) { return s.row(kPid); });
    ::kill(static_cast<pid_t>(pid), SIGCONT);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::Unavailable);
    EXPECT_THAT(done.error().message, HasSubstr("does not answer"));
    EXPECT_TRUE(hurried->read([](Session& s) { return s.row(kPid); }));
}

TEST(PostgresServer, ThatWasAwayIsUsedAgainWhenItIsBack) {
    auto const folder = testing::Servers::get().folder() + "/own";
    testing::run_script("postgres.sh", {"start", folder, std::to_string(::getpid())});
    auto const url = "postgresql:///postgres?port=5432&user=aiditor&host=" + folder;
    auto const database = testing::must(Database::open({.url = url, .connections = 2}));
    auto const ask = [](Session& s) { return s.row(kPid); };
    EXPECT_TRUE(database->read(ask));

    testing::run_script("postgres.sh", {"crash", folder});
    for (int i = 0; i < 3; ++i) {
        auto const done = database->read(ask);
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, ErrorCode::Unavailable);
    }
    EXPECT_EQ(Database::open({.url = url}).error().code, ErrorCode::Unavailable);
    testing::run_script("postgres.sh", {"resume", folder});
    EXPECT_TRUE(database->read(ask));
    testing::run_script("postgres.sh", {"stop", folder});
}

Result<PostgresTarget> read(std::string const& url) { return read_postgres_url(url, 5); }

std::string option(std::string const& url, std::string const& key) {
    auto const target = testing::must(read(url));
    for (auto const& [name, value] : target.options)
        if (name == key) return value;
    return {};
}

TEST(PostgresUrl, OverANetworkOnlyVerifyFullIsAccepted) {
    for (auto const* host : {"db.example.org", "10.0.0.1", "[2001:db8::1]", "127.example.org",
                             "localhost,db.example.org", "localhost.example.org"}) {
        auto const base = fmt::format("postgresql://u:p@{}/app", host);
        EXPECT_EQ(option(base, "sslmode"), "verify-full") << host;
        EXPECT_EQ(option(base, "sslrootcert"), "/etc/ssl/certs/ca-certificates.crt") << host;
        for (auto const* mode : {"disable", "allow", "prefer", "require", "verify-ca"}) {
            auto const weak = read(base + "?sslmode=" + mode);
            ASSERT_FALSE(weak) << host << mode;
            EXPECT_EQ(weak.error().code, ErrorCode::Usage);
            EXPECT_THAT(weak.error().message, Not(HasSubstr("example")));
        }
        EXPECT_EQ(option(base + "?sslmode=verify-full&sslrootcert=/ca.pem", "sslrootcert"),
                  "/ca.pem");
    }
    EXPECT_FALSE(read("postgresql://localhost/app?hostaddr=10.0.0.1&sslmode=disable"));
}

TEST(PostgresUrl, OnThisMachineEveryModeIsAccepted) {
    for (auto const* url : {"postgresql://u@localhost/app?sslmode=disable",
                            "postgresql://127.0.0.2:5432/app?"
                            "sslmode=prefer",
                            "postgresql://[::1]/app?sslmode=require",
                            "postgresql:///app?host=/run/x&sslmode=disable", "postgresql:///app"})
        EXPECT_TRUE(read(url)) << url;
    // Nothing in the environment may decide where it connects to.
    EXPECT_EQ(option("postgresql:///app", "host"), "/var/run/postgresql");
}

TEST(PostgresUrl, WhatIsMalformedIsRefusedWithoutShowingIt) {
    for (auto const* url :
         {"postgresql://u:s3cret@ss@host/app", "postgresql://u:s3/cret@host/app",
          "postgresql://u:s3cret@host:port/app", "postgresql://u:s3cret@host/app?nonsense=s3cret",
          "postgresql://u:s3cret%zz@host/app", "postgresql://u:s3cret@host/app?service=s3cret",
          "postgresql://u:s3cret@host/a@b"}) {
        auto const target = read(url);
        ASSERT_FALSE(target) << url;
        EXPECT_EQ(target.error().code, ErrorCode::Usage) << url;
        EXPECT_THAT(target.error().message, Not(HasSubstr("s3"))) << url;
    }
}

TEST(PostgresUrl, AnUnreachableServerIsSaidWithoutThePassword) {
    for (auto const* url : {"postgresql://someone:s3cret@127.0.0.1:1/app",
                            "postgresql://someone:s3cret@/app?host=/no/such/s3cret/folder"}) {
        auto const opened = Database::open({.url = url});
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, ErrorCode::Unavailable);
        EXPECT_THAT(opened.error().message, Not(HasSubstr("s3cret")));
        EXPECT_THAT(opened.error().message, HasSubstr("cannot be reached"));
    }
}

TEST(PostgresUrl, ThePasswordIsTakenOutOfAText) {
    EXPECT_EQ(without_password("a b a b", "b"), "a *** a ***");
    EXPECT_EQ(without_password("***", "*"), "*********");
    EXPECT_EQ(without_password("text", ""), "text");
}

}  // namespace
}  // namespace aiditor::db
