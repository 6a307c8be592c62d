#pragma once
/// Marks that lie in a text file beside a clip: what a game, Steam, a script or a person wrote.

#include "timeline/event_marks.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aiditor::events {

inline constexpr std::size_t kMostSidecarBytes = 4 << 20;

/// The sidecar of a clip, or nothing. Of `clip.mp4` that is the first that exists of
/// clip.mp4.events.json, clip.mp4.events.csv, clip.events.json, clip.events.csv; folders do not
/// count. The longer name goes first because it tells clip.mp4 from clip.mkv.
[[nodiscard]] std::optional<std::string> sidecar_of(std::string const& clip_path);

/// Reads a sidecar, whatever its name: Aiditor's JSON (timeline/event_marks.hpp), a Steam timeline
/// (steam_timeline.hpp) or CSV (csv_events.hpp), told apart by content. UTF-8, a byte order mark is
/// tolerated. Errors name the file and the JSON pointer or the line: NotFound, Unreadable, BadJson
/// (also for CSV and for what is no text), LimitReached (4 MiB, 10 000 events).
[[nodiscard]] Result<timeline::EventMarks> read_sidecar(std::string const& path);

/// The same for text that is already here; errors do not name the file.
[[nodiscard]] Result<timeline::EventMarks> marks_of_text(std::string_view text);

}  // namespace aiditor::events
