#pragma once
/// One connection to a PostgreSQL server that comes back by itself. Only postgres_database.cpp
/// includes this.

#include "service/db/database.hpp"
#include "service/db/postgres_url.hpp"

#include <chrono>
#include <libpq-fe.h>
#include <string>

namespace aiditor::db {

/// Why a statement failed.
struct PostgresFailure {
    /// RolledBack: a serialization failure or a deadlock; without any effect. Lost: the connection
    /// is gone, and the transaction too unless this was its COMMIT. Both may go well when they are
    /// begun again.
    enum class Kind : std::uint8_t { Final = 1, RolledBack, Lost };
    Error error;
    Kind kind = Kind::Final;
};
template <class T = void>
using PostgresResult = std::expected<T, PostgresFailure>;

/// One thread at a time. Every wait has an end.
class PostgresConnection {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    struct Answer {
        std::shared_ptr<std::vector<std::string> const> names;
        std::vector<std::vector<Value>> rows;
        std::int64_t changed = 0;
        std::string command;  ///< the last command's tag: "COMMIT", "INSERT 0 1"
    };

    explicit PostgresConnection(PostgresTarget const& target) : target_(target) {}

    /// Connects when there is no connection, or one that the server has closed or that is inside a
    /// transaction. Errors: Unavailable.
    [[nodiscard]] Result<> make_ready();
    /// One statement with parameters, by the unnamed statement of the protocol.
    [[nodiscard]] PostgresResult<Answer> run(Query const& query,
                                             std::span<Parameter const> parameters,
                                             Deadline deadline);
    /// Statements without parameters; gives the tag of the last.
    [[nodiscard]] PostgresResult<std::string> execute(std::string_view name, std::string const& sql,
                                                      Deadline deadline);
    /// Prepares and forgets; refuses parameters of less than 64 bits.
    [[nodiscard]] PostgresResult<> prepare(Query const& query, Deadline deadline);
    /// Hangs up; the server rolls back.
    void drop() { connection_.reset(); }
    [[nodiscard]] bool lost() const;

private:
    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    using ResultPtr = std::unique_ptr<PGresult, Clear>;

    bool closed_by_server();
    /// Waits until the next result is here; false when the connection is lost or time is over.
    bool wait(Deadline deadline);
    PostgresResult<Answer> collect(std::string_view name, Deadline deadline);
    std::unexpected<PostgresFailure> broken(std::string_view name);

    PostgresTarget const& target_;
    std::unique_ptr<PGconn, Finish> connection_;
    bool timed_out_ = false;
};

}  // namespace aiditor::db
