#include "service/db/sqlite_connection.hpp"

#include "base/printable.hpp"

#include <array>
#include <cerrno>
#include <fmt/format.h>

namespace aiditor::db {
namespace {

constexpr std::size_t kMostStatements = 512;  ///< kept prepared by a connection
constexpr int kStepsBetweenLooks = 20'000;    ///< of SQLite's machine, a fraction of a millisecond
constexpr int kPauseForWal = 5;               ///< ms
constexpr std::int64_t kLongestIdleWal = 64 << 20;  ///< bytes the -wal file is cut to

bool is_blank(std::string_view sql) { return sql.find_first_not_of(" \t\r\n") == sql.npos; }

/// Where the literal, quoted name or comment that begins at `at` ends; `at` when none does.
std::size_t end_of_quoted(std::string_view sql, std::size_t at) {
    auto const after = [&](std::string_view mark, std::size_t from) {
        auto const found = sql.find(mark, from);
        return found == sql.npos ? sql.size() : found + mark.size();
    };
    if (sql[at] == '\'' || sql[at] == '"') return after(sql.substr(at, 1), at + 1);
    if (sql.substr(at, 2) == "--") return after("\n", at);
    if (sql.substr(at, 2) == "/*") return after("*/", at + 2);
    return at;
}

bool disk_is_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

struct Verdict {
    ErrorCode code;
    std::string_view what;
};

/// The sentence for a result code that is not about the statement's own text.
Verdict verdict_of(int code, int system_error) {
    switch (code & 0xff) {
    case SQLITE_FULL: return {ErrorCode::Unavailable, "the disk of the database is full"};
    case SQLITE_IOERR:
        if (disk_is_full(system_error))
            return {ErrorCode::Unavailable, "the disk of the database is full"};
        return {ErrorCode::Unavailable, "the disk of the database fails"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {ErrorCode::Unavailable, "the database is busy with another writer"};
    case SQLITE_INTERRUPT: return {ErrorCode::Unavailable, "the statement took too long"};
    case SQLITE_CANTOPEN: return {ErrorCode::Unavailable, "the database cannot be opened"};
    case SQLITE_READONLY: return {ErrorCode::Unavailable, "the database cannot be written"};
    case SQLITE_PERM:
    case SQLITE_AUTH: return {ErrorCode::Unavailable, "the database may not be opened"};
    case SQLITE_NOMEM: return {ErrorCode::Unavailable, "memory is short"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return {ErrorCode::Unavailable, "the database is damaged; restore a backup"};
    case SQLITE_TOOBIG: return {ErrorCode::LimitReached, "a value is too large"};
    default: return {ErrorCode::Internal, "failed"};
    }
}

int bind_value(sqlite3_stmt* statement, int index, Value const& value) {
    if (auto const* x = std::get_if<std::int64_t>(&value))
        return sqlite3_bind_int64(statement, index, *x);
    if (auto const* x = std::get_if<double>(&value))
        return sqlite3_bind_double(statement, index, *x);
    if (auto const* x = std::get_if<std::string>(&value))
        return sqlite3_bind_text64(statement, index, x->data(), x->size(), SQLITE_STATIC,
                                   SQLITE_UTF8);
    if (auto const* x = std::get_if<Blob>(&value))
        return sqlite3_bind_blob64(statement, index, x->bytes.data(), x->bytes.size(),
                                   SQLITE_STATIC);
    return sqlite3_bind_null(statement, index);
}

Value column_value(sqlite3_stmt* statement, int column) {
    auto const bytes = [&](void const* data) {
        auto const size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        return size == 0 ? std::string() : std::string(static_cast<char const*>(data), size);
    };
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: return bytes(sqlite3_column_text(statement, column));
    case SQLITE_BLOB: return Blob{bytes(sqlite3_column_blob(statement, column))};
    default: return std::monostate();
    }
}

/// Makes the statement ready for its next use, whatever happened.
struct Reset {
    sqlite3_stmt* statement;
    explicit Reset(sqlite3_stmt* s) : statement(s) {}
    Reset(Reset const&) = delete;
    Reset& operator=(Reset const&) = delete;
    ~Reset() {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }
};

}  // namespace

std::string with_numbered_parameters(std::string_view sql) {
    std::string out;
    out.reserve(sql.size());
    for (std::size_t i = 0; i < sql.size();) {
        auto const quoted_end = end_of_quoted(sql, i);
        if (quoted_end > i) {
            out += sql.substr(i, quoted_end - i);
            i = quoted_end;
            continue;
        }
        bool const number =
            sql[i] == '$' && i + 1 < sql.size() && sql[i + 1] >= '0' && sql[i + 1] <= '9';
        out += number ? '?' : sql[i];
        ++i;
    }
    return out;
}

SqliteConnection::SqliteConnection(Options const& options)
    : statement_timeout_(options.statement_timeout_ms), wait_(options.wait_ms) {}

SqliteConnection::~SqliteConnection() {
    statements_.clear();
    sqlite3_close(handle_);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(std::string const& path,
                                                                 Options const& options) {
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(options));
    // NOMUTEX: the pool lends a connection to one thread at a time.
    auto const code = sqlite3_open_v2(path.c_str(), &connection->handle_,
                                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                          SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                                      nullptr);
    if (code != SQLITE_OK) return connection->failure("open");
    TRY_VOID(connection->configure());
    return connection;
}

Result<> SqliteConnection::configure() {
    sqlite3_busy_timeout(handle_, static_cast<int>(wait_.count()));
    // A misspelt column in double quotes shall be an error, not a text.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    TRY_VOID(use_wal());
    TRY_VOID(execute("configure", fmt::format("PRAGMA synchronous = FULL;"
                                              "PRAGMA foreign_keys = ON;"
                                              "PRAGMA trusted_schema = OFF;"
                                              "PRAGMA temp_store = MEMORY;"
                                              "PRAGMA journal_size_limit = {};",
                                              kLongestIdleWal)));
    auto const code = sqlite3_create_function(handle_, "now_us", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS,
                                              this, now_us, nullptr, nullptr);
    if (code != SQLITE_OK) return failure("now_us");
    sqlite3_progress_handler(handle_, kStepsBetweenLooks, on_progress, this);
    return {};
}

Result<> SqliteConnection::use_wal() {
    auto const until = std::chrono::steady_clock::now() + wait_;
    for (;;) {
        auto done = execute("configure", "PRAGMA journal_mode = WAL");
        // Two that open a new file at once: SQLite refuses one of them without waiting.
        bool const busy = !done && (sqlite3_errcode(handle_) & 0xff) == SQLITE_BUSY;
        if (!busy || std::chrono::steady_clock::now() > until) {
            TRY_VOID(std::move(done));
            break;
        }
        sqlite3_sleep(kPauseForWal);
    }
    // A file system without shared memory keeps another mode and says no word.
    auto answer = TRY(run({"configure", "PRAGMA journal_mode"}, {}));
    if (answer.rows.size() == 1 && answer.rows[0][0] == Value("wal")) return {};
    return fail(ErrorCode::Unavailable,
                "the disk of the database cannot keep a write-ahead log; use a local one");
}

void SqliteConnection::begin_statement() {
    now_ = machine_clock().now();
    using Clock = std::chrono::steady_clock;
    deadline_ = limited_ ? Clock::now() + statement_timeout_ : Clock::time_point::max();
}

void SqliteConnection::now_us(sqlite3_context* context, int, sqlite3_value**) {
    auto const* self = static_cast<SqliteConnection const*>(sqlite3_user_data(context));
    sqlite3_result_int64(context, self->now_);
}

int SqliteConnection::on_progress(void* self) {
    auto const& connection = *static_cast<SqliteConnection const*>(self);
    return std::chrono::steady_clock::now() > connection.deadline_ ? 1 : 0;
}

Result<SqliteConnection::Statement> SqliteConnection::compile(Query const& query) {
    auto const sql = with_numbered_parameters(query.sql);
    sqlite3_stmt* made = nullptr;
    char const* tail = nullptr;
    auto const code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                         SQLITE_PREPARE_PERSISTENT, &made, &tail);
    Statement statement(made);
    if (code != SQLITE_OK) return failure(query.name);
    if (!statement || !is_blank(tail))
        return fail(ErrorCode::Internal, fmt::format("{}: is not one statement", query.name));
    return statement;
}

Result<sqlite3_stmt*> SqliteConnection::statement(Query const& query) {
    std::string key(query.sql);
    if (auto const found = statements_.find(key); found != statements_.end())
        return found->second.get();
    auto made = TRY(compile(query));
    if (statements_.size() >= kMostStatements) statements_.clear();
    return statements_.emplace(std::move(key), std::move(made)).first->second.get();
}

Result<> SqliteConnection::prepare(Query const& query) {
    begin_statement();
    TRY_VOID(compile(query));
    return {};
}

Result<> SqliteConnection::bind(sqlite3_stmt* statement, Query const& query,
                                std::span<Parameter const> parameters) {
    auto const wanted = static_cast<std::size_t>(sqlite3_bind_parameter_count(statement));
    if (wanted != parameters.size())
        return fail(ErrorCode::Internal, fmt::format("{}: {} parameters, and {} are given",
                                                     query.name, wanted, parameters.size()));
    for (std::size_t i = 0; i < wanted; ++i)
        if (bind_value(statement, static_cast<int>(i) + 1, parameters[i].value()) != SQLITE_OK)
            return failure(query.name);
    return {};
}

Result<SqliteConnection::Answer> SqliteConnection::run(Query const& query,
                                                       std::span<Parameter const> parameters) {
    begin_statement();
    auto* prepared = TRY(statement(query));
    Reset const reset(prepared);
    TRY_VOID(bind(prepared, query, parameters));
    return collect(prepared, query);
}

Result<SqliteConnection::Answer> SqliteConnection::collect(sqlite3_stmt* statement,
                                                           Query const& query) {
    // The first step prepares anew when the schema has changed: columns are asked for after it.
    int code = sqlite3_step(statement);
    Answer answer;
    auto const columns = sqlite3_column_count(statement);
    std::vector<std::string> names;
    for (int i = 0; i < columns; ++i) names.emplace_back(sqlite3_column_name(statement, i));
    answer.names = std::make_shared<std::vector<std::string> const>(std::move(names));

    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
        if (answer.rows.size() == kMostRows)
            return fail(ErrorCode::LimitReached,
                        fmt::format("{}: more than {} rows", query.name, kMostRows));
        auto& row = answer.rows.emplace_back();
        row.reserve(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i) row.push_back(column_value(statement, i));
    }
    if (code != SQLITE_DONE) return failure(query.name);
    if (!sqlite3_stmt_readonly(statement)) answer.changed = sqlite3_changes64(handle_);
    return answer;
}

Result<> SqliteConnection::execute(std::string_view name, std::string const& sql) {
    begin_statement();
    deadline_ = std::chrono::steady_clock::time_point::max();
    auto const code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(name);
    return {};
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::unexpected<Error> SqliteConnection::failure(std::string_view name) {
    auto const code = sqlite3_extended_errcode(handle_);
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
        code == SQLITE_CONSTRAINT_ROWID)
        return fail(ErrorCode::Conflict,
                    fmt::format("{}: exists already ({})", name, constraint_name()));
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
        return fail(
            ErrorCode::Conflict,
            fmt::format("{}: something else needs it, or is not there (foreign key)", name));
    auto const verdict = verdict_of(code, sqlite3_system_errno(handle_));
    return fail(verdict.code,
                fmt::format("{}: {} ({})", name, verdict.what, printable(sqlite3_errmsg(handle_))));
}

/// From "UNIQUE constraint failed: users.email": the index made by CREATE UNIQUE INDEX over these
/// columns where there is one, else the columns.
std::string SqliteConnection::constraint_name() {
    std::string_view const message = sqlite3_errmsg(handle_);
    auto const colon = message.find(": ");
    std::string columns(colon == message.npos ? message : message.substr(colon + 2));
    if (columns.starts_with("index ")) return columns;  // one over an expression: named already
    auto const table = columns.substr(0, columns.find('.'));
    static constexpr Query kIndexOfColumns{
        "db/index_of_columns",
        "SELECT l.name FROM pragma_index_list($1) l WHERE l.\"unique\" AND l.origin = 'c' AND $2 = "
        "(SELECT group_concat($1 || '.' || i.name, ', ') FROM pragma_index_info(l.name) i)"};
    auto const found = run(kIndexOfColumns, std::array{Parameter(table), Parameter(columns)});
    if (!found || found->rows.size() != 1) return columns;
    auto const* name = std::get_if<std::string>(&found->rows[0][0]);
    return name ? *name : columns;
}

}  // namespace aiditor::db
