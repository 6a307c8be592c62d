#include "apps/aiditor/departing.hpp"

#include "service/clips/clips.hpp"
#include "service/jobs/jobs.hpp"
#include "service/projects/montages.hpp"
#include "service/projects/projects.hpp"

#include <fmt/format.h>

namespace aiditor::app {
namespace {

constexpr std::int64_t kAtOnce = 200;

/// All of a list that comes in pages, newest first; `next(cursor)` gives a page.
template <class Next, class Take>
Result<> each(Next const& next, Take const& take) {
    std::string cursor;
    for (;;) {
        auto const page = TRY(next(cursor));
        for (auto const& item : page) TRY_VOID(take(item));
        if (std::ssize(page) < kAtOnce) return {};
        cursor = page.back().id;
    }
}

json::Value text_or_null(std::optional<std::string> const& text) {
    return text ? json::Value(*text) : json::Value();
}

/// JSON that is kept as text.
Result<json::Value> value_of(std::optional<std::string> const& text) {
    if (!text) return json::Value();
    return json::parse(*text);
}

Result<json::Object> clip_of(clips::Clip const& clip, std::string const& base) {
    return json::Object{{"id", clip.id},
                        {"name", clip.name},
                        {"state", json::to_value(clip.state)},
                        {"size", clip.size},
                        {"sha256", clip.sha256},
                        {"media", TRY(value_of(clip.media))},
                        {"problem", text_or_null(clip.problem)},
                        {"created_at_us", clip.created_at_us},
                        {"source_url", fmt::format("{}/clips/{}/source", base, clip.id)}};
}

Result<json::Object> montage_of(projects::Montage const& montage, std::string const& base) {
    json::Array files;
    for (auto const& file : montage.files)
        files.push_back(json::Object{
            {"format", file.format},
            {"size", file.size},
            {"sha256", file.sha256},
            {"url", fmt::format("{}/montages/{}/files/{}", base, montage.id, file.format)}});
    return json::Object{{"id", montage.id},
                        {"plan_id", montage.plan_id},
                        {"state", json::to_value(montage.state)},
                        {"files", std::move(files)},
                        {"report", TRY(value_of(montage.report))},
                        {"created_at_us", montage.created_at_us}};
}

Result<json::Array> plans_of(db::Session& session, std::string const& workspace,
                             std::string const& project) {
    json::Array out;
    for (std::int64_t before = 0;;) {
        auto const page = TRY(projects::list_plans(session, project, before, kAtOnce));
        for (auto const& entry : page) {
            auto const plan = TRY(projects::find_plan(session, workspace, entry.id));
            out.push_back(json::Object{{"id", plan.id},
                                       {"number", plan.number},
                                       {"made_by", plan.made_by},
                                       {"created_at_us", plan.created_at_us},
                                       {"plan", TRY(json::parse(plan.text))}});
        }
        if (std::ssize(page) < kAtOnce) return out;
        before = page.back().number;
    }
}

Result<json::Object> project_of(db::Session& session, std::string const& workspace,
                                std::string const& id, std::string const& base) {
    auto out = json::to_value(TRY(projects::find(session, workspace, id))).as_object();
    out["plans"] = TRY(plans_of(session, workspace, id));
    json::Array montages;
    auto const listed = each(
        [&](std::string const& cursor) {
            return projects::list_montages(session, id, cursor, kAtOnce);
        },
        [&](projects::Montage const& montage) -> Result<> {
            montages.push_back(TRY(montage_of(montage, base)));
            return {};
        });
    TRY_VOID(listed);
    out["montages"] = std::move(montages);
    return out;
}

Result<> cancel_jobs(db::Session& session, std::string const& workspace) {
    return each(
        [&](std::string const& cursor) { return jobs::list(session, workspace, cursor, kAtOnce); },
        [&](jobs::Job const& job) -> Result<> {
            if (job.state != jobs::State::Queued && job.state != jobs::State::Running) return {};
            auto const done = jobs::cancel(session, workspace, job.id);
            // It may have ended between the two queries.
            if (!done && done.error().code != ErrorCode::Conflict) return done;
            return {};
        });
}

Result<> remove_projects(db::Session& session, std::string const& workspace) {
    for (;;) {
        auto const page = TRY(projects::list(session, workspace, "", kAtOnce));
        for (auto const& project : page) TRY_VOID(projects::remove(session, workspace, project.id));
        if (std::ssize(page) < kAtOnce) return {};
    }
}

/// Whether nothing is left of it.
Result<bool> clear(db::Database& database, storage::ObjectStore& store,
                   std::string const& workspace) {
    auto const running =
        TRY(database.read([&](db::Session& session) { return jobs::running(session, workspace); }));
    if (!running.empty()) return false;  // they have been asked to stop
    // Again: a job may have staged its outputs while it was asked to stop.
    TRY_VOID(database.write(
        [&](db::Session& session) { return clips::mark_all_deleting(session, workspace); }));
    while (TRY(clips::sweep(database, store)) > 0) {
    }
    return true;
}

}  // namespace

Result<> leave_workspace(db::Session& session, std::string const& workspace_id) {
    TRY_VOID(cancel_jobs(session, workspace_id));
    TRY_VOID(remove_projects(session, workspace_id));
    return clips::mark_all_deleting(session, workspace_id);
}

Result<> clear_departed(accounts::Accounts& accounts, db::Database& database,
                        storage::ObjectStore& store) {
    std::optional<Error> failure;
    auto const note = [&](auto const& result) {
        if (!result && !failure) failure = result.error();
    };
    for (auto const& workspace : TRY(accounts.departures.gone_workspaces())) {
        auto const cleared = clear(database, store, workspace);
        note(cleared);
        if (cleared && *cleared) note(accounts.departures.drop(workspace));
    }
    note(accounts.departures.forget_people());
    if (failure) return std::unexpected(std::move(*failure));
    return {};
}

Result<json::Value> workspace_contents(db::Session& session, std::string const& workspace_id) {
    auto const base = "/api/v1/workspaces/" + workspace_id;
    json::Array all_clips, all_projects;
    auto const clips_listed = each(
        [&](std::string const& cursor) {
            return clips::list(session, workspace_id, cursor, kAtOnce);
        },
        [&](clips::Clip const& clip) -> Result<> {
            all_clips.push_back(TRY(clip_of(clip, base)));
            return {};
        });
    TRY_VOID(clips_listed);
    auto const projects_listed = each(
        [&](std::string const& cursor) {
            return projects::list(session, workspace_id, cursor, kAtOnce);
        },
        [&](projects::Project const& project) -> Result<> {
            all_projects.push_back(TRY(project_of(session, workspace_id, project.id, base)));
            return {};
        });
    TRY_VOID(projects_listed);
    return json::Object{{"clips", std::move(all_clips)}, {"projects", std::move(all_projects)}};
}

}  // namespace aiditor::app
