#pragma once
/// Marks that lie in the clip itself: its chapters.

#include "timeline/event_marks.hpp"
#include "timeline/media_info.hpp"

namespace aiditor::events {

/// The chapter starts as marks. OBS (30.2 and later, hybrid MP4) writes what its hotkey marks as
/// chapters "Unnamed 1", "Unnamed 2", ... after a "Start" of its own at 0
/// (obs-studio/plugins/obs-outputs/mp4-output.c, mp4-mux.c): these become `marker` with weight 5,
/// other chapters `chapter` with weight 3 and their title, unless it only counts ("Chapter 3").
/// The start of the clip is no mark; nor are chapters that cut the clip into three or more equal
/// slices, as muxers make them.
[[nodiscard]] timeline::EventMarks marks_of(timeline::MediaInfo const& media);

}  // namespace aiditor::events
