#pragma once
/// The marks of each clip, from the files beside it and from its chapters.

#include "engine/pipeline/pipeline.hpp"
#include "timeline/event_marks.hpp"

namespace aiditor::pipeline {

/// One EventMarks per clip of the set, in the same order: what the clip's sidecar
/// (events/sidecar.hpp, beside `media.file` as given) and its chapters mark, in time order, inside
/// the clip, with offset 0. Reads text only, at most 4 MiB a clip. A sidecar that cannot be used is
/// told as a note with its error and left out; so are marks outside the clip, and what is used.
[[nodiscard]] std::vector<timeline::EventMarks> events_for(AnalysisSet const& analysed,
                                                           Reporter& reporter);

}  // namespace aiditor::pipeline
