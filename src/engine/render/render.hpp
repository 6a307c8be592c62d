#pragma once
/// An EditPlan to finished files.

#include "engine/render/sources.hpp"
#include "timeline/render_report.hpp"

#include <functional>
#include <string>
#include <vector>

namespace aiditor::render {

struct RenderJob {
    timeline::EditPlan plan;          ///< validated
    std::vector<SourceFile> sources;  ///< plan.sources, opened
    std::vector<int> output_fds;      ///< plan.outputs, empty files, read and write
    int scratch_fd = -1;              ///< an empty file, read and write: 384 kB a second of montage
    std::string preset = "veryfast";
    int crf = 20;
};

/// Writes every output of the plan: H.264 + AAC in MP4, constant frame rate, exactly plan.frames
/// frames. The same job gives the same bytes on the same CPU class. File names, sizes and hashes of
/// the report are left empty. Errors: BadMedia, DiskFull, Unwritable, Internal.
[[nodiscard]] Result<timeline::RenderReport> render(RenderJob const& job,
                                                    std::function<void(double)> const& on_progress);

}  // namespace aiditor::render
