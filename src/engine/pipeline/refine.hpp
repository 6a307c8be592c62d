#pragma once
/// The second part of measuring a clip: a closer look at where it seems worth it.

#include "engine/pipeline/media_work.hpp"

namespace aiditor::pipeline {

/// Fills the `detail` cues of an analysis; at most `share` (0..1) of the clip's pictures are
/// decoded for it, and how many is written into it. A clip whose pictures cannot be decoded keeps
/// what it has, with a note. Errors: Cancelled, SandboxFailed, DiskFull, Unwritable; what
/// detect::closer_looks gives.
[[nodiscard]] Result<> refine(MediaWork& media, Clip const& clip, sandbox::Analysis& analysis,
                              double share, sandbox::OnProgress const& on_progress);

}  // namespace aiditor::pipeline
