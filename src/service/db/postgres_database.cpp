#include "service/db/postgres_database.hpp"

#include "service/db/pool.hpp"
#include "service/db/postgres_connection.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::db {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kGrace(5'000);          ///< the server's own time-out comes first
constexpr milliseconds kLongestPause(60'000);  ///< of a transaction in which nothing is asked
constexpr std::int64_t kReshapeLock = 0x4149'4449'544F'5201;  ///< "AIDITOR" 1

class PostgresSession final : public Session {
public:
    PostgresSession(PostgresConnection& connection, milliseconds timeout)
        : connection_(connection), timeout_(timeout) {}
    [[nodiscard]] Engine engine() const override { return Engine::Postgres; }
    [[nodiscard]] PostgresFailure::Kind failure_kind() const { return failure_kind_; }

private:
    [[nodiscard]] Clock::time_point deadline() const { return Clock::now() + timeout_ + kGrace; }
    std::unexpected<Error> note(PostgresFailure failure) {
        failure_kind_ = failure.kind;
        return std::unexpected(std::move(failure.error));
    }
    Result<Answer> run(Query const& query, std::span<Parameter const> parameters) override {
        auto got = connection_.run(query, parameters, deadline());
        if (!got) return note(std::move(got).error());
        Answer answer{.rows = {}, .changed = got->changed};
        answer.rows.reserve(got->rows.size());
        for (auto& values : got->rows) answer.rows.emplace_back(got->names, std::move(values));
        return answer;
    }
    Result<> run_script(std::string const& sql) override {
        auto const done = connection_.execute("script", "SET LOCAL statement_timeout = 0;" + sql,
                                              Clock::time_point::max());
        if (!done) return note(done.error());
        return {};
    }
    Result<> prepare(Query const& query) override {
        if (auto done = connection_.prepare(query, deadline()); !done)
            return note(std::move(done).error());
        return {};
    }

    PostgresConnection& connection_;
    milliseconds timeout_;
    PostgresFailure::Kind failure_kind_ = PostgresFailure::Kind::Final;
};

/// Hangs up unless the transaction ended: what an exception of the work leaves open must not go
/// back into the pool, and the server rolls back by itself.
class HangUp {
public:
    explicit HangUp(PostgresConnection& connection) : connection_(&connection) {}
    HangUp(HangUp const&) = delete;
    HangUp& operator=(HangUp const&) = delete;
    ~HangUp() {
        if (connection_) connection_->drop();
    }
    void not_needed() { connection_ = nullptr; }

private:
    PostgresConnection* connection_;
};

class PostgresDatabase final : public Database {
public:
    PostgresDatabase(Options const& options, PostgresTarget target)
        : target_(std::move(target)),
          statement_timeout_(options.statement_timeout_ms),
          wait_(options.wait_ms) {
        for (unsigned i = 0; i < std::max(1U, options.connections); ++i)
            pool_.add(std::make_unique<PostgresConnection>(target_));
    }
    [[nodiscard]] Engine engine() const override { return Engine::Postgres; }

    Result<> try_one() { return pool_.lend(wait_)->make_ready(); }

protected:
    Result<> run(Access access, std::function<Result<>(Session&)> const& body) override {
        auto const connection = pool_.lend(wait_);
        if (!connection)
            return fail(ErrorCode::Unavailable, "the database is busy: no connection came free");
        for (int repeats = 0;; ++repeats) {
            auto done = attempt(*connection, access, body);
            if (done) return {};
            if (done.error().kind == PostgresFailure::Kind::Final || repeats == kMostRepeats)
                return std::unexpected(std::move(done).error().error);
        }
    }

private:
    [[nodiscard]] std::string begin(Access access) const {
        // One message, one round trip; settings of the transaction alone, for poolers.
        auto const* mode =
            access == Access::Read ? "REPEATABLE READ READ ONLY" : "READ COMMITTED READ WRITE";
        auto text = fmt::format(
            "BEGIN ISOLATION LEVEL {}; SET LOCAL statement_timeout = {}; "
            "SET LOCAL idle_in_transaction_session_timeout = {}",
            mode, access == Access::Reshape ? 0 : statement_timeout_.count(),
            kLongestPause.count());
        if (access == Access::Reshape)
            text += fmt::format("; SELECT pg_advisory_xact_lock({})", kReshapeLock);
        return text;
    }

    PostgresResult<> attempt(PostgresConnection& connection, Access access,
                             std::function<Result<>(Session&)> const& body) {
        if (auto ready = connection.make_ready(); !ready)
            return std::unexpected(PostgresFailure{std::move(ready).error()});
        auto const timeout =
            access == Access::Reshape ? milliseconds(24 * 3600 * 1000) : statement_timeout_;
        auto const deadline = [&] { return Clock::now() + timeout + kGrace; };
        HangUp hang_up(connection);
        if (auto begun = connection.execute("begin", begin(access), deadline()); !begun)
            return std::unexpected(std::move(begun).error());
        PostgresSession session(connection, timeout);
        auto done = body(session);
        if (session.failure() || !done) {
            // A rollback that fails leaves the connection to hang_up.
            if (!connection.lost() && connection.execute("rollback", "ROLLBACK", deadline()))
                hang_up.not_needed();
            // The work may have said in its own words what failed.
            return std::unexpected(
                PostgresFailure{done ? *session.failure() : done.error(), session.failure_kind()});
        }
        auto const committed = connection.execute("commit", "COMMIT", deadline());
        if (committed && *committed == "COMMIT") hang_up.not_needed();
        return commit_result(committed, connection, access);
    }

    static PostgresResult<> commit_result(PostgresResult<std::string> const& committed,
                                          PostgresConnection const& connection, Access access) {
        if (committed && *committed == "COMMIT") return {};
        if (access == Access::Read) return {};  // it has read what it wanted, in one snapshot
        if (committed)
            return std::unexpected(
                PostgresFailure{{ErrorCode::Internal, "commit: rolled back by the database"}});
        // Of a broken connection nobody knows whether the commit arrived.
        if (connection.lost() || committed.error().kind == PostgresFailure::Kind::Lost)
            return std::unexpected(PostgresFailure{
                {ErrorCode::Unavailable,
                 "commit: the database went away; whether it was done is not known"}});
        return std::unexpected(committed.error());
    }

    PostgresTarget target_;
    milliseconds statement_timeout_, wait_;
    Pool<PostgresConnection> pool_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(Options const& options) {
    auto target = TRY(read_postgres_url(options.url, static_cast<int>(options.wait_ms / 1000)));
    auto database = std::make_unique<PostgresDatabase>(options, std::move(target));
    TRY_VOID(database->try_one());
    return database;
}

}  // namespace aiditor::db
