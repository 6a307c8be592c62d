#pragma once
/// A copy of a SQLite database while programs use it.

#include "base/result.hpp"

#include <string>

namespace aiditor::db {

/// What was committed when it began, in a new file with mode 0600 that is durable on return;
/// writers go on meanwhile (https://www.sqlite.org/backup.html: one step over all pages is one
/// snapshot). What lies in the write-ahead log is in the copy, which a copy of the file alone would
/// miss. Errors: Unreadable, Unwritable (also when there is a file `to`), DiskFull.
[[nodiscard]] Result<> copy_sqlite(std::string const& from, std::string const& to);

}  // namespace aiditor::db
