#pragma once
/// What people open in a browser: pages, scripts and styles that lie in the program itself.
///
/// A file answers at its path, an index.html at its folder. Names in a folder `assets` hold their
/// content's hash, so browsers keep them for a year; everything else is asked for again by its
/// ETag. Nothing here knows who asks, and scripts and styles come from files alone, as the policy
/// of every answer demands.

#include "base/result.hpp"
#include "service/api/route.hpp"
#include "service/web/files.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace aiditor::web {

/// One of `files` as an answer, compressed for whom that suits.
[[nodiscard]] api::Response answer_of(File const& file, api::Request const& request);

/// A route for every file, the page of the API for problems too (/docs/problems), and "/", which
/// leads there. `files` outlive the routes.
[[nodiscard]] std::vector<api::Route> routes(std::span<File const> files = web::files());

}  // namespace aiditor::web
