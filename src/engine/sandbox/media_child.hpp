#pragma once
/// The child's side: confines itself, reads its one request, answers, ends.

#include "engine/sandbox/media_request.hpp"

#include <functional>

namespace aiditor::sandbox {

/// Reports progress to the parent; calls more often than ten a second are dropped.
using ReportProgress = std::function<void(double fraction)>;
using MediaHandler =
    std::function<Result<json::Value>(MediaRequest const& request, ReportProgress const& progress)>;

/// The body of main() of aiditor-media. Confines the process while it is single-threaded, then
/// reads the request, answers SelfTest itself and gives every other task to `handler`.
/// Returns the exit status: 0 when an answer (also an error answer) was sent.
[[nodiscard]] int serve(MediaHandler const& handler);

}  // namespace aiditor::sandbox
