#pragma once
/// What the confined process does for each request, in terms of the media rooms.

#include "engine/sandbox/media_child.hpp"

namespace aiditor::media_app {

/// Runs one request to its answer. Errors: those of the rooms; library exceptions become
/// LimitReached (out of memory) or Internal here, at the edge.
[[nodiscard]] Result<json::Value> run_task(sandbox::MediaRequest const& request,
                                           sandbox::ReportProgress const& progress);

}  // namespace aiditor::media_app
