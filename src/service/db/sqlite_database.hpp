#pragma once
/// The adapter of SQLite; what it promises is in database.hpp.

#include "service/db/database.hpp"

namespace aiditor::db {

/// One connection that writes and 4 that read. Errors: Usage for no path or ":memory:" (each
/// connection would have a database of its own), Unavailable.
[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite(std::string const& path,
                                                            Options const& options);

}  // namespace aiditor::db
