#pragma once
/// Which parts of a recording are worth decoding, judged by what its first pass measured.

#include "timeline/cue_track.hpp"
#include "timeline/time_span.hpp"

#include <vector>

namespace aiditor::detect {

inline constexpr std::size_t kMostLooks = 2000;

/// From 3 s before to 2 s after each moment of the documented rule, cut to the clip; the best
/// moment first. Also moments that are not worth a highlight, to half of what one must reach. The
/// clip is judged alone and without marks, wishes or the chosen detector: what is found here can be
/// kept with what was measured. Empty where nothing stands out. At most kMostLooks; may overlap.
/// Errors: as weigh() in find_highlights.hpp.
[[nodiscard]] Result<std::vector<timeline::TimeSpan>> closer_looks(timeline::CueTrack const& track);

}  // namespace aiditor::detect
