#pragma once
/// Uploads over HTTP: tus 1.0.0 for files of any size, a form for small ones.

#include "service/api/route.hpp"
#include "service/uploads/uploads.hpp"

namespace aiditor::uploads {

inline constexpr std::int64_t kMostFormBytes = 1LL << 30;

namespace shown {

/// An upload as clients see it.
struct Upload {
    std::string id, name;
    UploadState state = UploadState::Open;
    std::int64_t length = 0, received = 0;
    std::int64_t created_at_us = 0, expires_at_us = 0;
    std::optional<std::string> clip_id;

    static std::vector<api::FieldDoc> fields();
};
BOOST_DESCRIBE_STRUCT(Upload, (),
                      (id, name, state, length, received, created_at_us, expires_at_us, clip_id))

}  // namespace shown

/// Both outlive the routes.
[[nodiscard]] std::vector<api::Route> routes(Uploads& uploads, db::Database& database);

}  // namespace aiditor::uploads
