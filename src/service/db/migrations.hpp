#pragma once
/// The schema, in numbered steps up and down: migrations/{sqlite,postgres}/NNNN_name.{up,down}.sql,
/// built into the program. Both engines have the same numbers, names, tables and columns.

#include "service/db/database.hpp"

namespace aiditor::db {

struct Migration {
    int number;  ///< 1, 2, ... without gaps
    std::string_view name;
    std::string_view up, down;
};

/// All of them for an engine, in order.
[[nodiscard]] std::span<Migration const> migrations(Engine engine);

struct SchemaState {
    int version = 0;  ///< 0: empty
    int newest = 0;   ///< what this program knows
};
/// Errors: those of Database, and Conflict when a step that was taken is not what this program has
/// (another SHA-256), or the database is newer than kOldestNeeds allows.
[[nodiscard]] Result<SchemaState> schema_state(Database& database);

/// Takes the steps from the present version to `target`, up or down, each in one transaction with
/// its row in `schema_migrations` (number, name, sha256, at_us). Holds a lock that other programs
/// wait for (PostgreSQL: pg_advisory_xact_lock; SQLite: BEGIN IMMEDIATE), so that two may call it
/// at once. Killed at any point it can be called again. Errors: those of schema_state; Internal
/// with the step's name when its SQL fails.
[[nodiscard]] Result<> migrate(Database& database, int target);

}  // namespace aiditor::db
