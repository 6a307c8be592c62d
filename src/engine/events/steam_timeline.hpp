#pragma once
/// The timeline that Steam Game Recording keeps of a session (`timelines/timeline_*.json`).
///
/// Valve does not document the file; what is read here was observed, and what a game puts in is
/// documented (partner.steamgames.com/doc/api/ISteamTimeline: AddInstantaneousTimelineEvent,
/// AddRangeTimelineEvent, ETimelineEventClipPriority, priority 0 to 1000). Observed in the readers
/// and test files of published converters (SteamClipConverter's SteamTimelineTests: excerpts of
/// Left 4 Dead 2 and Half-Life 2 sessions; SteamClipRemuxer's SessionTimeline; Steempeg):
///
///     {"daterecorded": "1790731591", "starttime": "0", "endtime": "2000000", "entries": [
///       {"id": "4", "time": "367639", "type": "event", "title": "...", "description": "...",
///        "icon": "steam_combat", "priority": 1000, "duration": "0", "possible_clip": 2}, ...]}
///
/// `time` and `duration` are milliseconds as text, from the start of the session, not of a clip;
/// `entries` is sometimes an object with the indexes as keys; other types are gamemode, phase,
/// state_description, error, which mark no moment.

#include "timeline/event_marks.hpp"

namespace aiditor::events {

/// An object without a schema and with entries.
[[nodiscard]] bool is_steam_timeline(json::Value const& value);

/// User markers become `marker` with weight 5, screenshots and achievements weight 4 (the player
/// asked for them, or earned them), events by what the game says of them as a clip
/// (`possible_clip`: featured 4, standard 2.5, none 0.5, not said 1.5) plus priority / 1000. An
/// event with a duration is marked at its end, where a series culminates. Steam writes no clip
/// times: a user may add `offset_s` at the top, which is applied here; what then lies before the
/// clip or after 4 hours is left out. Titles are made printable and cut to 200 bytes.
/// Errors: BadJson with the pointer, LimitReached above 10 000 marks.
[[nodiscard]] Result<timeline::EventMarks> marks_of_steam_timeline(json::Value const& value);

}  // namespace aiditor::events
