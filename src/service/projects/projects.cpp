#include "service/projects/projects.hpp"

#include "base/json.hpp"
#include "base/random.hpp"
#include "service/events/events.hpp"
#include "service/jobs/jobs.hpp"
#include "service/projects/queries.hpp"

#include <set>

namespace aiditor::projects {
namespace {

constexpr double kShortest = 1, kLongest = 3600, kMostWeight = 10;
constexpr std::string_view kLastId = "~";

Project project_of(db::Row const& row) {
    Project out{.id = row.text("id"),
                .name = row.text("name"),
                .version = row.integer("version"),
                .wishes = {},
                .clips = {},
                .created_at_us = row.integer("created_at_us"),
                .changed_at_us = row.integer("changed_at_us")};
    // What an older program wrote and this one cannot read counts as no wishes at all.
    if (auto wishes = json::from_text<Wishes>(row.text("wishes"))) out.wishes = std::move(*wishes);
    return out;
}

std::unexpected<Error> no_project() {
    return fail(ErrorCode::NotFound, "there is no such project");
}

Result<> set_clips(db::Session& session, std::string_view workspace_id, std::string_view id,
                   std::vector<std::string> const& clip_ids) {
    TRY_VOID(session.change(queries::kForgetClips, {id}));
    std::int64_t place = 0;
    for (auto const& clip : clip_ids)
        if (TRY(session.change(queries::kAddClip, {id, clip, workspace_id, ++place})) == 0)
            return fail(ErrorCode::BadRequest,
                        "clip_ids: the workspace has no clip " + clip.substr(0, 64));
    return {};
}

}  // namespace

Result<> Wishes::validate(std::string const& pointer) const {
    auto const at = [&](char const* key) { return json::join_pointer(pointer, key); };
    if (!(length_s >= kShortest && length_s <= kLongest))
        return json::bad(at("length_s"), "must be from 1 to 3600 seconds");
    if (formats.empty() || std::set(formats.begin(), formats.end()).size() != formats.size())
        return json::bad(at("formats"), "must name each format once, and at least one");
    for (auto const& [group, weight] : weights)
        if (group.empty() || group.size() > 64 || !(weight >= 0 && weight <= kMostWeight))
            return json::bad(at("weights"), "must be numbers from 0 to 10 by reason");
    if (weights.size() > 32) return json::bad(at("weights"), "must be at most 32");
    if (detector && *detector != "rules" && *detector != "model" && *detector != "auto")
        return json::bad(at("detector"), "must be one of rules, model, auto");
    return {};
}

Result<> ProjectDraft::validate(std::string const& pointer) const {
    if (name.empty() || name.size() > kLongestName)
        return json::bad(json::join_pointer(pointer, "name"), "must have 1 to 200 bytes");
    if (!clip_ids) return {};
    auto const at = json::join_pointer(pointer, "clip_ids");
    if (clip_ids->size() > kMostClips) return json::bad(at, "must be at most 256");
    if (std::set(clip_ids->begin(), clip_ids->end()).size() != clip_ids->size())
        return json::bad(at, "must name each clip once");
    return {};
}

Result<Project> create(db::Session& session, std::string_view workspace_id,
                       ProjectDraft const& draft) {
    auto const id = new_id("project");
    auto const wishes = json::to_text(draft.wishes.value_or(Wishes{}), json::Layout::OneLine);
    TRY_VOID(session.change(queries::kInsertProject, {id, workspace_id, draft.name, wishes}));
    if (draft.clip_ids) TRY_VOID(set_clips(session, workspace_id, id, *draft.clip_ids));
    TRY_VOID(events::append(session, workspace_id, "project.created", id));
    return find(session, workspace_id, id);
}

Result<Project> find(db::Session& session, std::string_view workspace_id, std::string_view id) {
    auto const row = TRY(session.row(queries::kFindProject, {id, workspace_id}));
    if (!row) return no_project();
    auto out = project_of(*row);
    for (auto const& clip : TRY(sources(session, id)))
        out.clips.push_back({clip.clip_id, clip.name, clip.state});
    return out;
}

Result<std::vector<Project>> list(db::Session& session, std::string_view workspace_id,
                                  std::string_view cursor, std::int64_t limit) {
    std::vector<Project> out;
    for (auto const& row : TRY(session.rows(
             queries::kListProjects, {workspace_id, cursor.empty() ? kLastId : cursor, limit})))
        out.push_back(project_of(row));
    return out;
}

Result<Project> change(db::Session& session, std::string_view workspace_id, std::string_view id,
                       std::int64_t version, ProjectDraft const& draft) {
    auto const before = TRY(find(session, workspace_id, id));
    auto const wishes = json::to_text(draft.wishes.value_or(before.wishes), json::Layout::OneLine);
    if (TRY(session.change(queries::kChangeProject,
                           {id, workspace_id, version, draft.name, wishes})) == 0)
        return fail(ErrorCode::Stale,
                    "the project was changed meanwhile; read it again and repeat the change");
    if (draft.clip_ids) TRY_VOID(set_clips(session, workspace_id, id, *draft.clip_ids));
    TRY_VOID(events::append(session, workspace_id, "project.changed", id));
    return find(session, workspace_id, id);
}

Result<std::vector<MontageFile>> remove(db::Session& session, std::string_view workspace_id,
                                        std::string_view id) {
    std::vector<MontageFile> out;
    for (auto const& row : TRY(session.rows(queries::kMontagesOf, {id, workspace_id}))) {
        TRY_VOID(jobs::cancel_about(session, workspace_id, row.text("id")));
        auto const files = TRY(json::from_text<std::vector<MontageFile>>(row.text("files")));
        out.insert(out.end(), files.begin(), files.end());
    }
    if (TRY(session.change(queries::kRemoveProject, {id, workspace_id})) == 0) return no_project();
    TRY_VOID(events::append(session, workspace_id, "project.removed", id));
    return out;
}

Result<std::vector<Source>> sources(db::Session& session, std::string_view project_id) {
    std::vector<Source> out;
    for (auto const& row : TRY(session.rows(queries::kClipsOf, {project_id})))
        out.push_back({.clip_id = row.text("id"),
                       .name = row.text("name"),
                       .state = row.text("state"),
                       .sha256 = row.text("sha256"),
                       .analysis_key = row.maybe_text("analysis_key"),
                       .source_key = row.maybe_text("source_key"),
                       .source_path = row.maybe_text("source_path")});
    return out;
}

}  // namespace aiditor::projects
