#pragma once
/// The file of thumbs up and down that `like` writes and `--learn` reads (docs/likes.md).

#include "timeline/cue_track.hpp"
#include "timeline/highlight.hpp"
#include "timeline/likes.hpp"

#include <string>

namespace aiditor::app {

/// Errors name the file: NotFound, Unreadable, BadJson with the place, LimitReached above 4 MiB or
/// too many marks.
[[nodiscard]] Result<timeline::Likes> read_likes(std::string const& path);
/// The same, without marks where there is no file yet.
[[nodiscard]] Result<timeline::Likes> likes_so_far(std::string const& path);

/// Adds the moment at `at`, or what culminates nearest to it: the highlight that covers it, or one
/// within 3 s. A mark of the same moment (1 s) of the same clip is replaced. Errors: Usage for a
/// time beyond the clip.
[[nodiscard]] Result<> add_like(timeline::Likes& likes, timeline::CueTrack const& track,
                                timeline::ClipHighlights const& found, timeline::Time at,
                                bool is_liked);

}  // namespace aiditor::app
