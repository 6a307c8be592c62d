#pragma once
/// What happened in a workspace, numbered without gaps and committed together with what it tells
/// of. WebSocket, SSE and polling read the same log.

#include "service/db/database.hpp"

namespace aiditor::events {

struct Event {
    std::int64_t seq = 0;
    std::int64_t at_us = 0;
    std::string kind;        ///< "job.done", "clip.ready": object and what became of it
    std::string subject_id;  ///< of the object
    std::string data;        ///< JSON
};

/// How long events are kept.
inline constexpr std::int64_t kKeptUs = 7LL * 24 * 3600 * 1'000'000;
inline constexpr std::int64_t kMostAtOnce = 500;

/// Appends an event in the caller's transaction. Writers of one workspace wait for each other from
/// here to their commit, so that numbers appear in order: call it last.
[[nodiscard]] Result<> append(db::Session& session, std::string_view workspace_id,
                              std::string_view kind, std::string_view subject_id,
                              std::string_view data = "{}");

struct Replay {
    std::vector<Event> events;  ///< at most kMostAtOnce, oldest first
    bool is_reset = false;      ///< events after `seq` were forgotten: read the state anew
    std::int64_t newest = 0;    ///< where a reader that reset goes on
};
/// What came after `seq`. A seq that never was is a reset too: the database was restored.
[[nodiscard]] Result<Replay> since(db::Session& session, std::string_view workspace_id,
                                   std::int64_t seq);

/// Forgets what is older than kKeptUs at the time `now_us`; the count of events.
[[nodiscard]] Result<std::int64_t> forget_old(db::Session& session, std::int64_t now_us);

}  // namespace aiditor::events
