#pragma once
/// The schema, in numbered steps up and down: migrations/{sqlite,postgres}/NNNN_name.{up,down}.sql,
/// built into the program. Both engines have the same numbers, names, tables, columns and indexes;
/// columns are NOT NULL or not, of INTEGER, REAL, TEXT or BLOB in STRICT tables (SQLite) and of
/// bigint, double precision, text or bytea (PostgreSQL).

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
/// (another SHA-256 of its up.sql), or the database has steps that a program as old as this one
/// cannot live with: each step says in a line `-- needs: N` of its up.sql which newest step a
/// program must know to work with the schema after it. Without the line that is the step itself;
/// one that only adds (expand) names an older one.
[[nodiscard]] Result<SchemaState> schema_state(Database& database);

/// Takes the steps from the present version to `target`, up or down, each in one transaction with
/// its row in `schema_migrations` (number, name, sha256, needs, at_us). Holds a lock that other
/// programs wait for (Database::reshape), so that two may call it at once. Killed at any point it
/// can be called again. A database with steps that this program does not know stays as it is when
/// `target` is the newest known. Errors: those of schema_state; Usage for a target that there is
/// not, Conflict for a way down from unknown steps; Internal with the step's name when its SQL
/// fails.
[[nodiscard]] Result<> migrate(Database& database, int target);

}  // namespace aiditor::db
