#include "service/db/sqlite_database.hpp"

#include "base/file.hpp"
#include "base/printable.hpp"
#include "service/db/pool.hpp"
#include "service/db/sqlite_connection.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>

namespace aiditor::db {
namespace {

constexpr int kReaders = 4;

class SqliteSession final : public Session {
public:
    explicit SqliteSession(SqliteConnection& connection) : connection_(connection) {}
    [[nodiscard]] Engine engine() const override { return Engine::Sqlite; }

private:
    Result<Answer> run(Query const& query, std::span<Parameter const> parameters) override {
        auto got = TRY(connection_.run(query, parameters));
        Answer answer{.rows = {}, .changed = got.changed};
        answer.rows.reserve(got.rows.size());
        for (auto& values : got.rows) answer.rows.emplace_back(got.names, std::move(values));
        return answer;
    }
    Result<> run_script(std::string const& sql) override {
        return connection_.execute("script", sql);
    }
    Result<> prepare(Query const& query) override { return connection_.prepare(query); }

    SqliteConnection& connection_;
};

/// Rolls back unless it was committed; exceptions of the work pass through.
class Transaction {
public:
    explicit Transaction(SqliteConnection& connection) : connection_(connection) {}
    Transaction(Transaction const&) = delete;
    Transaction& operator=(Transaction const&) = delete;
    // A full disk or a failing one may have rolled back already.
    ~Transaction() {
        if (!connection_.in_transaction()) return;
        [[maybe_unused]] auto const done = connection_.execute("rollback", "ROLLBACK");
    }

private:
    SqliteConnection& connection_;
};

/// Foreign keys and time limits off for as long as tables are rebuilt. Foreign keys can be switched
/// only outside of a transaction.
class WithoutForeignKeys {
public:
    explicit WithoutForeignKeys(SqliteConnection& connection) : connection_(connection) {
        connection_.limit_statements(false);
    }
    WithoutForeignKeys(WithoutForeignKeys const&) = delete;
    WithoutForeignKeys& operator=(WithoutForeignKeys const&) = delete;
    ~WithoutForeignKeys() {
        [[maybe_unused]] auto const done =
            connection_.execute("foreign_keys", "PRAGMA foreign_keys = ON");
        connection_.limit_statements(true);
    }
    Result<> begin() { return connection_.execute("foreign_keys", "PRAGMA foreign_keys = OFF"); }
    Result<> check() {
        auto broken = TRY(connection_.run({"foreign_key_check", "PRAGMA foreign_key_check"}, {}));
        if (broken.rows.empty()) return {};
        auto const* table = std::get_if<std::string>(&broken.rows[0][0]);
        return fail(ErrorCode::Internal,
                    fmt::format("{} rows with broken foreign keys, first in {}", broken.rows.size(),
                                table ? *table : ""));
    }

private:
    SqliteConnection& connection_;
};

class SqliteDatabase final : public Database {
public:
    explicit SqliteDatabase(Options const& options) : wait_(options.wait_ms) {}
    [[nodiscard]] Engine engine() const override { return Engine::Sqlite; }

    Result<> open(std::string const& path, Options const& options) {
        writer_.add(TRY(SqliteConnection::open(path, options)));
        for (int i = 0; i < kReaders; ++i) {
            auto reader = TRY(SqliteConnection::open(path, options));
            TRY_VOID(reader->execute("configure", "PRAGMA query_only = ON"));
            readers_.add(std::move(reader));
        }
        return {};
    }

protected:
    Result<> run(Access access, std::function<Result<>(Session&)> const& body) override {
        auto const connection = (access == Access::Read ? readers_ : writer_).lend(wait_);
        if (!connection)
            return fail(ErrorCode::Unavailable, "the database is busy: no connection came free");
        if (access == Access::Reshape) return reshape_with(*connection, body);
        return transact_with(*connection, access == Access::Read ? "BEGIN" : "BEGIN IMMEDIATE",
                             body);
    }

private:
    static Result<> transact_with(SqliteConnection& connection, char const* begin,
                                  std::function<Result<>(Session&)> const& body) {
        TRY_VOID(connection.execute("begin", begin));
        Transaction const transaction(connection);
        SqliteSession session(connection);
        auto done = body(session);
        TRY_VOID(std::move(done));
        if (session.failure()) return std::unexpected(*session.failure());
        return connection.execute("commit", "COMMIT");
    }

    static Result<> reshape_with(SqliteConnection& connection,
                                 std::function<Result<>(Session&)> const& body) {
        WithoutForeignKeys keys(connection);
        TRY_VOID(keys.begin());
        return transact_with(connection, "BEGIN IMMEDIATE", [&](Session& session) -> Result<> {
            TRY_VOID(body(session));
            return keys.check();
        });
    }

    std::chrono::milliseconds wait_;
    Pool<SqliteConnection> writer_, readers_;
};

/// A new file of mode 0600; one that is there stays as it is. It is not opened then: closing it
/// again would drop the locks that this process holds on it (POSIX).
Result<> make_file(std::string const& path) {
    UniqueFd const made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (made || errno == EEXIST) return {};
    auto const full = errno == ENOSPC || errno == EDQUOT;
    return fail(ErrorCode::Unavailable,
                fmt::format("{}: the database cannot be made{}", printable(path),
                            full ? ": the disk is full" : "; is its folder there and writable?"));
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(std::string const& path, Options const& options) {
    if (path.empty() || path == ":memory:")
        return fail(ErrorCode::Usage, "the database needs a file: sqlite:PATH");
    TRY_VOID(make_file(path));
    auto database = std::make_unique<SqliteDatabase>(options);
    if (auto opened = database->open(path, options); !opened)
        return std::unexpected(std::move(opened).error().while_doing(printable(path)));
    return database;
}

}  // namespace aiditor::db
