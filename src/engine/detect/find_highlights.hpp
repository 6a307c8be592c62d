#pragma once
/// From evidence to highlights: what is the same for every detector.

#include "engine/detect/detector.hpp"
#include "timeline/event_marks.hpp"
#include "timeline/highlight.hpp"
#include "timeline/likes.hpp"

#include <map>
#include <span>
#include <string>

namespace aiditor::detect {

struct Wishes {
    /// How much a group counts, by its name in Highlight::why; 1 where it is not named. 0 to 10.
    std::map<std::string, double, std::less<>> weights;
    /// What the person liked so far; with marks in it a part `taste` (taste.hpp) is added.
    timeline::Likes likes = {};
};

/// Errors: Usage when a wish names a group that is neither in the evidence nor added here.
[[nodiscard]] Result<> check(Wishes const& wishes, std::span<Evidence const> evidence);

/// Checks the tracks and lets the detector judge them. Errors: BadJson, naming the file, for a
/// track that cannot be read or is on another grid.
[[nodiscard]] Result<std::vector<Evidence>> weigh(Detector const& detector,
                                                  std::span<timeline::CueTrack const> tracks);

/// One entry per track, in the same order. `evidence` is what weigh() gave for the tracks; `marks`
/// is empty or holds one entry per track. No cue is read again for other wishes; the cost is
/// that of find_moments.
///
/// To the detector's parts two are added. `ending`: clips under 90 s are saved just after the
/// moment, so closeness to the end counts up to half of what a moment must reach; alone it never
/// makes one. `event`: a mark of weight w counts w / 2 times that, from 2.5 s before it to 1.5 s
/// after it (8 s before to 1 s after a "marker", which people set when they saw it), so that a mark
/// of weight 2 is enough for a highlight.
///
/// A moment is found as peaks.hpp says. Its score and reasons are those of its highest sample, and
/// the parts in `why` add up to the score exactly, in any order. Its kind is that of the part that
/// is largest for its unit, the place aside; "ending" when none is positive.
[[nodiscard]] timeline::Highlights find_highlights(std::string_view detector,
                                                   std::span<timeline::CueTrack const> tracks,
                                                   std::span<Evidence const> evidence,
                                                   std::span<timeline::EventMarks const> marks,
                                                   Wishes const& wishes);

}  // namespace aiditor::detect
