#pragma once
/// `aiditor backup` and `aiditor restore`: the embedded default (SQLite, local disk) in a folder of
/// its own, whole and checked.
///
///     BACKUP/backup.json          what it is; written last, so that a back-up without it is none
///     BACKUP/database-TIME.db     everything that was committed when it was taken
///     BACKUP/objects/...          clips, proxies and montages under their keys
///
/// The secrets (keys.json) are not in it: who finds a back-up can sign in as nobody.

#include "base/clock.hpp"
#include "base/json.hpp"

#include <stop_token>

namespace aiditor::app {

struct BackupManifest {
    static constexpr std::string_view kSchema = "aiditor.backup/1";
    std::string made_by;  ///< version of the program
    UtcMicros made_at_us = 0;
    std::string database;         ///< name of its file
    std::string database_sha256;  ///< of its bytes
    std::int64_t objects = 0, bytes = 0;
};
BOOST_DESCRIBE_STRUCT(BackupManifest, (),
                      (made_by, made_at_us, database, database_sha256, objects, bytes))

struct BackupReport {
    BackupManifest backup;
    std::int64_t objects_copied = 0;   ///< the others were there from the last time
    std::vector<std::string> damaged;  ///< keys whose bytes are not what the database says
};
BOOST_DESCRIBE_STRUCT(BackupReport, (), (backup, objects_copied, damaged))

struct BackupRequest {
    std::string data;      ///< the service's data folder; it may be serving
    std::string database;  ///< the SQLite file
    std::string folder;  ///< of the back-up: new, empty, or an earlier back-up to bring up to date
    std::string keys;    ///< a file that the secrets are copied to as well; empty: not copied
};

/// Uploads on their way are not in it, nor are clips that were imported in place. Killed at any
/// moment the folder holds the earlier back-up or none. Errors: Usage for a folder that is neither
/// empty nor a back-up, and for keys inside it; Conflict when objects vanish faster than they can
/// be copied; Unreadable, Unwritable, DiskFull, Cancelled.
[[nodiscard]] Result<BackupReport> back_up(BackupRequest const& request,
                                           std::stop_token const& stop);

/// `data` must not be there, or be empty; `folder` is a back-up, `keys` the secrets (empty: new
/// ones are made at the start, everybody signs in again, and one-time codes are to be set up
/// again). Nothing is there under `data` until everything is, checked against its SHA-256. Errors:
/// Usage for folders that do not fit, BadJson, Unreadable for damage with the key, Unwritable,
/// DiskFull, Cancelled.
[[nodiscard]] Result<BackupManifest> restore(BackupRequest const& request,
                                             std::stop_token const& stop);

}  // namespace aiditor::app
