#include "service/clips/clips.hpp"

#include "base/json.hpp"
#include "service/clips/file_names.hpp"
#include "service/clips/queries.hpp"
#include "service/events/events.hpp"
#include "service/jobs/jobs.hpp"

#include <array>

namespace aiditor::clips {
namespace {

constexpr std::string_view kLastId = "~";  // after every id
constexpr std::array<std::string_view, 4> kMadeKeys{"analysis_key", "proxy_key", "poster_key",
                                                    "strip_key"};

Clip clip_of(db::Row const& row) {
    return {.id = row.text("id"),
            .workspace_id = row.text("workspace_id"),
            .name = row.text("name"),
            .state = json::from_value<ClipState>(json::Value(row.text("state"))).value(),
            .source_key = row.maybe_text("source_key"),
            .source_path = row.maybe_text("source_path"),
            .size = row.integer("size"),
            .sha256 = row.text("sha256"),
            .media = row.maybe_text("media"),
            .analysis_key = row.maybe_text("analysis_key"),
            .proxy_key = row.maybe_text("proxy_key"),
            .poster_key = row.maybe_text("poster_key"),
            .strip_key = row.maybe_text("strip_key"),
            .problem = row.maybe_text("problem"),
            .created_at_us = row.integer("created_at_us")};
}

std::unexpected<Error> no_clip() { return fail(ErrorCode::NotFound, "there is no such clip"); }

Result<> tell(db::Session& session, std::string_view workspace_id, std::string_view news,
              std::string_view id, std::string_view name) {
    json::Object const data{{"name", name}};
    return events::append(session, workspace_id, "clip." + std::string(news), id,
                          boost::json::serialize(data));
}

/// Locks the clip, gives what it had been made into to the sweep, and stores what is known now.
Result<> set(db::Session& session, std::string_view id, ClipState state,
             std::optional<Checked> const& checked, std::optional<std::string_view> problem) {
    auto const row = TRY(session.row(queries::kLockClip, {id}));
    if (!row) return no_clip();
    for (auto const column : kMadeKeys)
        if (auto const key = row->maybe_text(column)) TRY_VOID(mark_deleting(session, *key));
    auto const part = [&](std::string Checked::* member) {
        return checked ? std::optional((*checked).*member) : std::nullopt;
    };
    std::string const name(std::string_view(json::to_value(state).as_string()));
    TRY_VOID(session.change(
        queries::kSetClip,
        {id, name, part(&Checked::media), part(&Checked::analysis_key), part(&Checked::proxy_key),
         part(&Checked::poster_key), part(&Checked::strip_key), problem}));
    return tell(session, row->text("workspace_id"), name, id, row->text("name"));
}

}  // namespace

Result<Added> add(db::Session& session, NewClip const& clip) {
    auto const added = TRY(
        session.change(queries::kAddClip, {clip.id, clip.workspace_id, clip.name, clip.source_key,
                                           clip.source_path, clip.size, clip.sha256}));
    if (added == 0) {
        auto const known = TRY(find_content(session, clip.workspace_id, clip.sha256));
        // It may have been removed between the two queries.
        if (!known)
            return fail(ErrorCode::Unavailable, "the clip changes right now; again in a moment");
        return Added{.clip_id = *known, .is_new = false};
    }
    TRY_VOID(jobs::enqueue(
        session, {.workspace_id = clip.workspace_id, .kind = "ingest", .subject_id = clip.id}));
    TRY_VOID(tell(session, clip.workspace_id, "added", clip.id, clip.name));
    return Added{.clip_id = clip.id};
}

Result<std::optional<std::string>> find_content(db::Session& session, std::string_view workspace_id,
                                                std::string_view sha256) {
    auto const row = TRY(session.row(queries::kFindContent, {workspace_id, sha256}));
    if (!row) return std::nullopt;
    return row->text("id");
}

Result<Clip> find(db::Session& session, std::string_view workspace_id, std::string_view id) {
    auto const row = TRY(session.row(queries::kFindClip, {id, workspace_id}));
    if (!row) return no_clip();
    return clip_of(*row);
}

Result<std::vector<Clip>> list(db::Session& session, std::string_view workspace_id,
                               std::string_view cursor, std::int64_t limit) {
    std::vector<Clip> out;
    for (auto const& row : TRY(session.rows(
             queries::kListClips, {workspace_id, cursor.empty() ? kLastId : cursor, limit})))
        out.push_back(clip_of(row));
    return out;
}

Result<> rename(db::Session& session, std::string_view workspace_id, std::string_view id,
                std::string_view name) {
    TRY_VOID(check_name(name));
    if (TRY(session.change(queries::kRenameClip, {id, workspace_id, name})) == 0) return no_clip();
    return {};
}

Result<> remove(db::Session& session, std::string_view workspace_id, std::string_view id) {
    auto const clip = TRY(find(session, workspace_id, id));
    auto const row = TRY(session.row(queries::kRemoveClip, {id, workspace_id}));
    if (!row) return no_clip();
    if (auto const key = row->maybe_text("source_key")) TRY_VOID(mark_deleting(session, *key));
    for (auto const column : kMadeKeys)
        if (auto const key = row->maybe_text(column)) TRY_VOID(mark_deleting(session, *key));
    TRY_VOID(jobs::cancel_about(session, workspace_id, id));
    return tell(session, workspace_id, "removed", id, clip.name);
}

Result<> set_checked(db::Session& session, std::string_view id, Checked const& checked) {
    return set(session, id, ClipState::Ready, checked, std::nullopt);
}

Result<> set_unusable(db::Session& session, std::string_view id, std::string_view problem) {
    return set(session, id, ClipState::Unusable, std::nullopt, problem);
}

}  // namespace aiditor::clips
