#include "service/db/sqlite_copy.hpp"

#include "base/file.hpp"
#include "base/printable.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <sqlite3.h>
#include <unistd.h>

namespace aiditor::db {
namespace {

constexpr int kWaitMs = 5000;  // for a writer that holds the whole file

struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

struct Finish {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

std::unexpected<Error> failure(ErrorCode code, std::string const& path, int sqlite) {
    auto const primary = sqlite & 0xFF;
    return fail(primary == SQLITE_FULL ? ErrorCode::DiskFull : code,
                fmt::format("{}: {}", printable(path), sqlite3_errstr(primary)));
}

Result<Handle> open(std::string const& path, int flags, ErrorCode otherwise) {
    sqlite3* raw = nullptr;
    auto const code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_EXRESCODE, nullptr);
    Handle handle(raw);
    if (code != SQLITE_OK) return failure(otherwise, path, code);
    sqlite3_busy_timeout(handle.get(), kWaitMs);
    return handle;
}

Result<> copy_pages(std::string const& from, std::string const& to) {
    auto const source = TRY(open(from, SQLITE_OPEN_READWRITE, ErrorCode::Unreadable));
    auto const target = TRY(open(to, SQLITE_OPEN_READWRITE, ErrorCode::Unwritable));
    std::unique_ptr<sqlite3_backup, Finish> const backup(
        sqlite3_backup_init(target.get(), "main", source.get(), "main"));
    if (!backup) return failure(ErrorCode::Unwritable, to, sqlite3_errcode(target.get()));
    auto const code = sqlite3_backup_step(backup.get(), -1);
    if (code != SQLITE_DONE) return failure(ErrorCode::Unreadable, from, code);
    return {};
}

}  // namespace

Result<> copy_sqlite(std::string const& from, std::string const& to) {
    // Read for writing: a database whose last program was killed is recovered first, as it would be
    // at the next start.
    TRY_VOID(open_regular(from));
    UniqueFd file(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file)
        return fail(errno == ENOSPC ? ErrorCode::DiskFull : ErrorCode::Unwritable,
                    fmt::format("{}: {}", printable(to), std::strerror(errno)));
    if (auto const copied = copy_pages(from, to); !copied) {
        std::error_code ignored;
        std::filesystem::remove(to, ignored);
        return copied;
    }
    if (::fsync(file.get()) != 0)
        return fail(ErrorCode::Unwritable,
                    fmt::format("{}: {}", printable(to), std::strerror(errno)));
    return {};
}

}  // namespace aiditor::db
