#pragma once
/// SQL in one form over SQLite and PostgreSQL.
///
/// Queries are written once, in the common subset: parameters $1, $2 ..., RETURNING and ON
/// CONFLICT; columns are whole numbers of 64 bits, doubles, text (UTF-8) and blobs; a flag is 0
/// or 1. Times are integers (UTC microseconds); `now_us()` is the database's own clock on both, the
/// same throughout a statement. Every store takes a Session, so that what belongs together is one
/// transaction of its caller. How to add a query, a migration or a test: README.md in this folder.

#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace aiditor::db {

enum class Engine : std::uint8_t { Sqlite = 1, Postgres };

/// One query: `queries/NAME.sql` in its feature's folder, made a constant by cmake/queries.cmake.
/// A single statement.
struct Query {
    std::string_view name;  ///< "jobs/claim_job", for messages and metrics
    std::string_view sql;
};

struct Blob {
    std::string bytes;
    friend bool operator==(Blob const&, Blob const&) = default;
};
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

/// A parameter: text, whole numbers, bool (0 or 1), double, Blob, nullopt or an optional of these.
/// PostgreSQL infers its type from the place where it stands, also for a whole number: where that
/// says too little (`$1 * 1000`), write CAST($1 AS bigint).
class Parameter {
public:
    // NOLINTBEGIN(google-explicit-constructor): a list of values is a list of parameters
    Parameter(std::nullopt_t) {}
    Parameter(std::string_view text) : value_(std::string(text)) {}
    Parameter(std::string text) : value_(std::move(text)) {}
    Parameter(char const* text) : value_(std::string(text)) {}
    Parameter(Blob blob) : value_(std::move(blob)) {}
    Parameter(double x) : value_(x) {}
    template <std::integral T>
    Parameter(T x) : value_(static_cast<std::int64_t>(x)) {}
    template <class T>
    Parameter(std::optional<T> const& x) {
        if (x) value_ = Parameter(*x).value_;
    }
    // NOLINTEND(google-explicit-constructor)
    [[nodiscard]] Value const& value() const { return value_; }

private:
    Value value_;
};

/// One row of an answer. Columns are asked for by the name that the query gives them; a name it
/// does not have, a NULL or another type where the accessor does not allow it is our own bug and
/// ends the program with a message.
class Row {
public:
    Row(std::shared_ptr<std::vector<std::string> const> names, std::vector<Value> values)
        : names_(std::move(names)), values_(std::move(values)) {}
    [[nodiscard]] bool is_null(std::string_view column) const;
    [[nodiscard]] std::int64_t integer(std::string_view column) const;
    [[nodiscard]] bool flag(std::string_view column) const { return integer(column) != 0; }
    [[nodiscard]] double real(std::string_view column) const;  ///< whole numbers too
    [[nodiscard]] std::string const& text(std::string_view column) const;
    [[nodiscard]] std::string const& blob(std::string_view column) const;
    [[nodiscard]] std::optional<std::int64_t> maybe_integer(std::string_view column) const;
    [[nodiscard]] std::optional<std::string> maybe_text(std::string_view column) const;

private:
    [[nodiscard]] Value const& at(std::string_view column) const;
    std::shared_ptr<std::vector<std::string> const> names_;
    std::vector<Value> values_;
};

/// At most kMostRows rows, all of them here.
using Rows = std::vector<Row>;
inline constexpr std::size_t kMostRows = 10'000;
/// Of one text or blob that goes to the database.
inline constexpr std::size_t kMostValueBytes = std::size_t{16} << 20;

/// One transaction. Lives only inside Database::read, write and reshape; one thread.
///
/// After the first error the transaction is lost: every later call gives that error again, and it
/// is rolled back also when the work returns a value. Who expects a Conflict and wants to go on
/// writes ON CONFLICT DO NOTHING.
class Session {
public:
    virtual ~Session() = default;
    Session() = default;
    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;
    [[nodiscard]] virtual Engine engine() const = 0;

    /// Errors: Conflict for a broken UNIQUE or foreign key (the message names it: an index made by
    /// CREATE UNIQUE INDEX by its name on both engines), Unavailable when the database is gone,
    /// busy or at the statement for too long, or its disk is full; LimitReached above kMostRows and
    /// kMostValueBytes; BadRequest for text that is not UTF-8 or holds a NUL, which PostgreSQL
    /// cannot store; Internal for all else, our own bug.
    [[nodiscard]] Result<Rows> rows(Query const& query,
                                    std::initializer_list<Parameter> parameters = {});
    /// The only row, or nothing. Internal when there are several.
    [[nodiscard]] Result<std::optional<Row>> row(Query const& query,
                                                 std::initializer_list<Parameter> parameters = {});
    /// How many rows were changed.
    [[nodiscard]] Result<std::int64_t> change(Query const& query,
                                              std::initializer_list<Parameter> parameters = {});

    /// Several statements without parameters and without a time limit; for migrations.
    [[nodiscard]] Result<> script(std::string_view sql);
    /// Whether the database can prepare the query; for the test of all queries. Refuses on
    /// PostgreSQL a parameter that would be a number of 32 bits. Errors: Internal with the reason.
    [[nodiscard]] Result<> check(Query const& query);

    /// What broke the transaction, if something did.
    [[nodiscard]] std::optional<Error> const& failure() const { return failure_; }

protected:
    struct Answer {
        Rows rows;
        std::int64_t changed = 0;
    };
    virtual Result<Answer> run(Query const& query, std::span<Parameter const> parameters) = 0;
    virtual Result<> run_script(std::string const& sql) = 0;
    virtual Result<> prepare(Query const& query) = 0;

private:
    Result<Answer> ask(Query const& query, std::span<Parameter const> parameters);
    template <class T>
    Result<T> remember(Result<T> result);
    std::optional<Error> failure_;
};

/// What a deployment says about its database. Immutable.
struct Options {
    /// "sqlite:PATH", or "postgresql://..." (libpq's form). Unless the host is a socket or loopback
    /// the connection is made with sslmode=verify-full and a weaker one is refused; the authorities
    /// trusted are the system's where sslrootcert names no others.
    std::string url = {};
    unsigned connections = 8;  ///< of PostgreSQL; SQLite has one writer and 4 readers
    std::int64_t statement_timeout_ms = 10'000;
    std::int64_t wait_ms = 5'000;  ///< for a free connection, a new one, or SQLite's lock
};

/// A database with its connections. Thread-safe; connections come back by themselves after the
/// server was away.
class Database {
public:
    /// Opens without asking the schema (migrations.hpp does). SQLite: WAL, synchronous=FULL,
    /// foreign keys, a busy time-out; the file is made with mode 0600. Errors, none of which shows
    /// the url or its password: Usage for a url of another form or a weak sslmode, Unavailable.
    [[nodiscard]] static Result<std::unique_ptr<Database>> open(Options const& options);
    virtual ~Database() = default;
    [[nodiscard]] virtual Engine engine() const = 0;

    /// Runs `work(Session&)` in one transaction and commits it when it gives a value; an error or
    /// an exception rolls back. SQLite begins IMMEDIATE; PostgreSQL READ COMMITTED, and a
    /// serialization failure, a deadlock or a lost connection before COMMIT was sent is tried again
    /// up to kMostRepeats times: `work` must have no effect but through its session. A commit of
    /// which the outcome is unknown (the connection broke on COMMIT) is Unavailable and is not
    /// repeated. A write inside a write waits for itself until wait_ms is over.
    template <class F>
    auto write(F const& work) {
        return transact(Access::Write, work);
    }
    /// The same for reading: a snapshot (SQLite BEGIN; PostgreSQL REPEATABLE READ READ ONLY).
    template <class F>
    auto read(F const& work) {
        return transact(Access::Read, work);
    }
    /// The same for migrations: one at a time among all programs, without a statement time-out.
    /// SQLite keeps foreign keys off meanwhile, so that tables can be rebuilt, and checks them all
    /// at the end; another program waits for it wait_ms.
    template <class F>
    auto reshape(F const& work) {
        return transact(Access::Reshape, work);
    }

protected:
    enum class Access : std::uint8_t { Read = 1, Write, Reshape };
    static constexpr int kMostRepeats = 5;
    /// Runs `body` as described, at most 1 + kMostRepeats times. What `body` returns: an error to
    /// roll back.
    virtual Result<> run(Access access, std::function<Result<>(Session&)> const& body) = 0;

private:
    template <class F>
    auto transact(Access access, F const& work) -> std::invoke_result_t<F const&, Session&> {
        using R = std::invoke_result_t<F const&, Session&>;
        std::optional<R> out;
        auto const done = run(access, [&](Session& session) -> Result<> {
            out.emplace(work(session));
            if (!*out) return std::unexpected(out->error());
            return {};
        });
        if (!done) return std::unexpected(done.error());
        return std::move(*out);
    }
};

}  // namespace aiditor::db
