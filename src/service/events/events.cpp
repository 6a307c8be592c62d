#include "service/events/events.hpp"

#include "service/events/queries.hpp"

namespace aiditor::events {

Result<> append(db::Session& session, std::string_view workspace_id, std::string_view kind,
                std::string_view subject_id, std::string_view data) {
    auto const row = TRY(session.row(queries::kNextSeq, {workspace_id}));
    TRY_VOID(session.change(queries::kAppend,
                            {workspace_id, row->integer("seq"), kind, subject_id, data}));
    return {};
}

Result<Replay> since(db::Session& session, std::string_view workspace_id, std::int64_t seq) {
    Replay out;
    if (auto const row = TRY(session.row(queries::kNewest, {workspace_id})))
        out.newest = row->integer("seq");
    auto const oldest = TRY(session.row(queries::kOldest, {workspace_id}))
                            ->maybe_integer("seq")
                            .value_or(out.newest + 1);
    out.is_reset = seq > out.newest || seq + 1 < oldest;
    if (out.is_reset || seq == out.newest) return out;
    for (auto const& row : TRY(session.rows(queries::kSince, {workspace_id, seq, kMostAtOnce})))
        out.events.push_back({row.integer("seq"), row.integer("at_us"), row.text("kind"),
                              row.text("subject_id"), row.text("data")});
    return out;
}

Result<std::int64_t> forget_old(db::Session& session, std::int64_t now_us) {
    return session.change(queries::kForget, {now_us - kKeptUs});
}

}  // namespace aiditor::events
