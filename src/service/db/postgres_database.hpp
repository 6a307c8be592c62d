#pragma once
/// The adapter of PostgreSQL; what it promises is in database.hpp.

#include "service/db/database.hpp"

namespace aiditor::db {

/// Opens a pool and one connection of it. Works through a pooler in transaction mode: no named
/// statements, no settings outside a transaction. Errors: Usage, Unavailable.
[[nodiscard]] Result<std::unique_ptr<Database>> open_postgres(Options const& options);

}  // namespace aiditor::db
