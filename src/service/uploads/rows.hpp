#pragma once
/// The rows of uploads; for uploads.cpp and appender.cpp.

#include "service/uploads/uploads.hpp"

namespace aiditor::uploads {

/// What the system said when bytes of an upload were to be stored: DiskFull, Unavailable where it
/// may be over soon (a disk that is read-only, no descriptors), else Unwritable.
[[nodiscard]] std::unexpected<Error> not_stored(int error);

/// Where the bytes go in the end.
[[nodiscard]] std::string object_key(Upload const& upload);

/// Errors: NotFound.
[[nodiscard]] Result<Upload> find_row(db::Session& session, std::string_view workspace_id,
                                      std::string_view id);

/// Bytes up to `upload.received` are durable, after `before`. Errors: Gone when the upload has
/// ended or somebody else has written.
[[nodiscard]] Result<> store_checkpoint(db::Session& session, Upload const& upload,
                                        std::int64_t before);

}  // namespace aiditor::uploads
