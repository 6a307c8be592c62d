#pragma once
/// POST .../clips: a small file in a form, for scripts and plain pages.

#include "service/api/route.hpp"
#include "service/uploads/uploads.hpp"

namespace aiditor::uploads {

/// multipart/form-data with one file of at most kMostFormBytes; the answer is the clip, 201 for a
/// new one and 200 when the workspace had its content.
[[nodiscard]] api::Route form_route(Uploads& uploads, db::Database& database);

}  // namespace aiditor::uploads
