#include "service/db/migrations.hpp"

#include "base/sha256.hpp"
#include "service/db/migration_files.hpp"
#include "service/db/queries.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace aiditor::db {
namespace {

constexpr std::string_view kMakeStepsSqlite =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY NOT NULL, "
    "name TEXT NOT NULL, sha256 TEXT NOT NULL, needs INTEGER NOT NULL, at_us INTEGER NOT NULL) "
    "STRICT";
constexpr std::string_view kMakeStepsPostgres =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number bigint PRIMARY KEY, name text NOT NULL, "
    "sha256 text NOT NULL, needs bigint NOT NULL, at_us bigint NOT NULL)";
constexpr Query kHasStepsSqlite{
    "db/has_steps", "SELECT count(*) AS n FROM sqlite_schema WHERE name = 'schema_migrations'"};
constexpr Query kHasStepsPostgres{
    "db/has_steps",
    "SELECT count(*) AS n FROM (SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL) t"};

/// The newest step that a program must know after this one.
int needs_of(Migration const& step) {
    constexpr std::string_view kMark = "-- needs: ";
    auto const at = step.up.find(kMark);
    if (at == step.up.npos) return step.number;
    auto const text = step.up.substr(at + kMark.size());
    int needs = step.number;
    std::from_chars(text.data(), text.data() + text.size(), needs);
    return needs;
}

Result<> check_step(Row const& row, std::span<Migration const> known) {
    auto const number = row.integer("number");
    auto const newest = static_cast<std::int64_t>(known.size());
    if (number > newest) {
        if (row.integer("needs") <= newest) return {};
        return fail(
            ErrorCode::Conflict,
            fmt::format("the database was taken to step {} ({}) by a newer program, and "
                        "this one knows {} steps; use the newer program, or go down with it",
                        number, row.text("name"), newest));
    }
    auto const& step = known[static_cast<std::size_t>(number - 1)];
    if (row.text("name") == step.name && row.text("sha256") == sha256_hex(step.up)) return {};
    return fail(ErrorCode::Conflict,
                fmt::format("step {} of the database is '{}', not the '{}' of this program", number,
                            row.text("name"), step.name));
}

/// The newest step taken; 0 for an empty database.
Result<int> version_of(Session& session) {
    auto const steps = TRY(session.rows(queries::kTakenSteps));
    auto const known = migrations(session.engine());
    std::int64_t expected = 0;
    for (auto const& row : steps) {
        if (row.integer("number") != ++expected)
            return fail(ErrorCode::Conflict,
                        fmt::format("step {} is missing in the database", expected));
        TRY_VOID(check_step(row, known));
    }
    return static_cast<int>(expected);
}

Result<> take(Session& session, Migration const& step) {
    TRY_VOID(session.script(step.up));
    TRY_VOID(session.change(queries::kNoteStep,
                            {step.number, step.name, sha256_hex(step.up), needs_of(step)}));
    return {};
}

Result<> undo(Session& session, Migration const& step) {
    TRY_VOID(session.change(queries::kForgetStep, {step.number}));
    return session.script(step.down);
}

std::string label(Migration const& step, std::string_view way) {
    return fmt::format("step {} {} {}", step.number, step.name, way);
}

/// One step towards the target. Whether it was the last.
Result<bool> one_step(Session& session, int target) {
    TRY_VOID(
        session.script(session.engine() == Engine::Sqlite ? kMakeStepsSqlite : kMakeStepsPostgres));
    auto const version = TRY(version_of(session));
    auto const known = migrations(session.engine());
    auto const newest = static_cast<int>(known.size());
    if (version == target || (version > newest && target == newest)) return true;
    if (version > newest)
        return fail(ErrorCode::Conflict,
                    fmt::format("the database is at step {}, made by a newer program; only that "
                                "one can take it down",
                                version));
    bool const up = version < target;
    auto const& step = known[static_cast<std::size_t>(up ? version : version - 1)];
    auto done = up ? take(session, step) : undo(session, step);
    if (!done)
        return std::unexpected(
            std::move(done).error().while_doing(label(step, up ? "up" : "down")));
    return (up ? version + 1 : version - 1) == target;
}

}  // namespace

std::span<Migration const> migrations(Engine engine) {
    if (engine == Engine::Sqlite) return kSqliteMigrations;
    return kPostgresMigrations;
}

Result<SchemaState> schema_state(Database& database) {
    return database.read([](Session& session) -> Result<SchemaState> {
        bool const sqlite = session.engine() == Engine::Sqlite;
        SchemaState state{.version = 0,
                          .newest = static_cast<int>(migrations(session.engine()).size())};
        auto const has = TRY(session.row(sqlite ? kHasStepsSqlite : kHasStepsPostgres));
        if (has && has->integer("n") > 0) state.version = TRY(version_of(session));
        return state;
    });
}

Result<> migrate(Database& database, int target) {
    auto const newest = static_cast<int>(migrations(database.engine()).size());
    if (target < 0 || target > newest)
        return fail(ErrorCode::Usage, fmt::format("step {}: there are 0 to {}", target, newest));
    for (;;) {
        bool const last =
            TRY(database.reshape([&](Session& session) { return one_step(session, target); }));
        if (last) return {};
    }
}

}  // namespace aiditor::db
