#pragma once
/// The rows of uploads; for uploads.cpp and appender.cpp.

#include "service/uploads/uploads.hpp"

namespace aiditor::uploads {

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
