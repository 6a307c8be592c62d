#pragma once
/// One connection to a SQLite file: its settings, statements and errors. Only sqlite_database.cpp
/// includes this.

#include "base/clock.hpp"
#include "service/db/database.hpp"

#include <chrono>
#include <sqlite3.h>
#include <string>
#include <unordered_map>

namespace aiditor::db {

/// The query with ?1 for $1: SQLite takes $1 for a name and would number names as they come.
/// Strings, quoted names and comments stay.
[[nodiscard]] std::string with_numbered_parameters(std::string_view sql);

/// One thread at a time.
class SqliteConnection {
public:
    struct Answer {
        std::shared_ptr<std::vector<std::string> const> names;
        std::vector<std::vector<Value>> rows;
        std::int64_t changed = 0;
    };

    /// The file is made when it is not there. Errors: Unavailable.
    [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> open(std::string const& path,
                                                                        Options const& options);
    ~SqliteConnection();
    SqliteConnection(SqliteConnection const&) = delete;
    SqliteConnection& operator=(SqliteConnection const&) = delete;

    /// Errors: those of Session.
    [[nodiscard]] Result<Answer> run(Query const& query, std::span<Parameter const> parameters);
    /// Prepares and forgets. Errors: Internal.
    [[nodiscard]] Result<> prepare(Query const& query);
    /// Statements without parameters and time limit; `name` is for messages.
    [[nodiscard]] Result<> execute(std::string_view name, std::string const& sql);
    [[nodiscard]] bool in_transaction() const;
    /// Whether statements have a time limit from now on; they do at first.
    void limit_statements(bool limited) { limited_ = limited; }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

    explicit SqliteConnection(Options const& options);
    Result<> configure();
    Result<> use_wal();
    Result<Statement> compile(Query const& query);
    Result<sqlite3_stmt*> statement(Query const& query);
    Result<> bind(sqlite3_stmt* statement, Query const& query,
                  std::span<Parameter const> parameters);
    Result<Answer> collect(sqlite3_stmt* statement, Query const& query);
    std::unexpected<Error> failure(std::string_view name);
    std::string constraint_name();
    void begin_statement();

    static void now_us(sqlite3_context* context, int, sqlite3_value**);
    static int on_progress(void* self);

    std::chrono::milliseconds statement_timeout_, wait_;
    std::chrono::steady_clock::time_point deadline_;
    bool limited_ = true;
    UtcMicros now_ = 0;  ///< when the running statement began
    sqlite3* handle_ = nullptr;
    std::unordered_map<std::string, Statement> statements_;  ///< by their text
};

}  // namespace aiditor::db
