#pragma once
/// One clip as a picture for people: what it looks like, what was measured, what was found.
///
/// Pure: the same values, fonts and build give the same bytes. From top to bottom: title, picture
/// strip, time axis; with highlights the score and a block each; one lane a cue, a family of
/// cues (band0, band1, ...) as one lane with a row each. What was not measured is left blank.

#include "timeline/cue_track.hpp"
#include "timeline/highlight.hpp"
#include "timeline/media_info.hpp"
#include "timeline/picture_strip.hpp"

#include <string>
#include <vector>

namespace aiditor::plot {

inline constexpr int kWidth = 1600;  ///< pixels; the height follows from the number of lanes

/// What is drawn; all of it borrowed, and all text made printable before it is drawn.
struct Scene {
    timeline::CueTrack const& track;
    timeline::PictureStrip const& strip;
    timeline::MediaInfo const* media = nullptr;       ///< for the line below the title
    timeline::ClipHighlights const* found = nullptr;  ///< of the same clip
    /// In words, for each of found->highlights ("sudden sound 62 %"); may be shorter.
    std::vector<std::string> reasons = {};
};

/// The PNG file. Cost: about 0.2 s, and 6.4 kB of memory a row of pixels; a longer clip adds one
/// pass over its columns. Errors: Internal when cairo cannot draw (out of memory).
[[nodiscard]] Result<std::string> draw_png(Scene const& scene);

}  // namespace aiditor::plot
