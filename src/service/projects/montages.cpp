#include "service/projects/montages.hpp"

#include "base/json.hpp"
#include "base/random.hpp"
#include "base/sha256.hpp"
#include "service/events/events.hpp"
#include "service/jobs/jobs.hpp"
#include "service/projects/projects.hpp"
#include "service/projects/queries.hpp"

#include <limits>

namespace aiditor::projects {
namespace {

constexpr std::string_view kLastId = "~";
constexpr int kSomebodyWaits = 10;

std::unexpected<Error> missing(std::string_view what) {
    return fail(ErrorCode::NotFound, "there is no such " + std::string(what));
}

Plan plan_of(db::Row const& row) {
    return {.id = row.text("id"),
            .project_id = row.text("project_id"),
            .number = row.integer("number"),
            .text = {},
            .made_by = row.text("made_by"),
            .created_at_us = row.integer("created_at_us")};
}

Result<Montage> montage_of(db::Row const& row) {
    return Montage{.id = row.text("id"),
                   .project_id = row.text("project_id"),
                   .plan_id = row.text("plan_id"),
                   .job_id = row.text("job_id"),
                   .state = TRY(json::from_value<MontageState>(json::Value(row.text("state")))),
                   .files = TRY(json::from_text<std::vector<MontageFile>>(row.text("files"))),
                   .report = row.maybe_text("report"),
                   .problem = row.maybe_text("problem"),
                   .created_at_us = row.integer("created_at_us")};
}

Share share_of(db::Row const& row) {
    return {.id = row.text("id"),
            .workspace_id = row.text("workspace_id"),
            .montage_id = row.text("montage_id"),
            .created_at_us = row.integer("created_at_us"),
            .expires_at_us = row.maybe_integer("expires_at_us")};
}

}  // namespace

Result<Plan> add_plan(db::Session& session, std::string_view workspace_id,
                      std::string_view project_id, std::string_view text,
                      std::string_view made_by) {
    TRY_VOID(find(session, workspace_id, project_id));
    auto const number = TRY(session.row(queries::kNextPlanNumber, {project_id}))->integer("number");
    auto const id = new_id("plan");
    TRY_VOID(session.change(queries::kInsertPlan,
                            {id, workspace_id, project_id, number, text, made_by}));
    TRY_VOID(events::append(session, workspace_id, "plan.created", id));
    return find_plan(session, workspace_id, id);
}

Result<Plan> find_plan(db::Session& session, std::string_view workspace_id, std::string_view id) {
    auto const row = TRY(session.row(queries::kFindPlan, {id, workspace_id}));
    if (!row) return missing("plan");
    auto out = plan_of(*row);
    out.text = row->text("plan");
    return out;
}

Result<std::vector<Plan>> list_plans(db::Session& session, std::string_view project_id,
                                     std::int64_t before, std::int64_t limit) {
    if (before <= 0) before = std::numeric_limits<std::int64_t>::max();
    std::vector<Plan> out;
    for (auto const& row : TRY(session.rows(queries::kListPlans, {project_id, before, limit})))
        out.push_back(plan_of(row));
    return out;
}

Result<Montage> start_montage(db::Session& session, std::string_view workspace_id,
                              std::string_view plan_id) {
    auto const plan = TRY(find_plan(session, workspace_id, plan_id));
    auto const id = new_id("montage");
    TRY_VOID(
        session.change(queries::kInsertMontage, {id, workspace_id, plan.project_id, plan_id, ""}));
    auto const job = TRY(jobs::enqueue(session, {.workspace_id = std::string(workspace_id),
                                                 .kind = "render",
                                                 .subject_id = id,
                                                 .payload = "{}",
                                                 .priority = kSomebodyWaits,
                                                 .delay_us = 0}));
    TRY_VOID(session.change(queries::kSetMontageJob, {id, workspace_id, job}));
    TRY_VOID(events::append(session, workspace_id, "montage.created", id));
    return find_montage(session, workspace_id, id);
}

Result<Montage> find_montage(db::Session& session, std::string_view workspace_id,
                             std::string_view id) {
    auto const row = TRY(session.row(queries::kFindMontage, {id, workspace_id}));
    if (!row) return missing("montage");
    return montage_of(*row);
}

Result<std::vector<Montage>> list_montages(db::Session& session, std::string_view project_id,
                                           std::string_view cursor, std::int64_t limit) {
    std::vector<Montage> out;
    for (auto const& row : TRY(session.rows(
             queries::kListMontages, {project_id, cursor.empty() ? kLastId : cursor, limit})))
        out.push_back(TRY(montage_of(row)));
    return out;
}

Result<> finish_montage(db::Session& session, std::string_view workspace_id, std::string_view id,
                        std::vector<MontageFile> const& files, std::string_view report) {
    auto const list = json::to_text(files, json::Layout::OneLine);
    if (TRY(session.change(queries::kFinishMontage, {id, workspace_id, list, report})) == 0)
        return fail(ErrorCode::Gone, "the montage was removed while it was rendered");
    return events::append(session, workspace_id, "montage.ready", id);
}

Result<std::vector<MontageFile>> remove_montage(db::Session& session, std::string_view workspace_id,
                                                std::string_view id) {
    auto montage = TRY(find_montage(session, workspace_id, id));
    TRY_VOID(session.change(queries::kRemoveMontage, {id, workspace_id}));
    TRY_VOID(jobs::cancel_about(session, workspace_id, id));
    TRY_VOID(events::append(session, workspace_id, "montage.removed", id));
    return std::move(montage.files);
}

Result<NewShare> share(db::Session& session, std::string_view workspace_id,
                       std::string_view montage_id, std::string_view made_by,
                       std::optional<std::int64_t> expires_at_us) {
    auto const montage = TRY(find_montage(session, workspace_id, montage_id));
    if (montage.state != MontageState::Ready)
        return fail(ErrorCode::Conflict, "the montage is not rendered yet");
    auto token = random_secret();
    TRY_VOID(session.change(queries::kInsertShare, {new_id("share"), workspace_id, montage_id,
                                                    sha256_hex(token), made_by, expires_at_us}));
    return NewShare{TRY(find_share(session, token)), std::move(token)};
}

Result<Share> find_share(db::Session& session, std::string_view token) {
    auto const row = TRY(session.row(queries::kFindShare, {sha256_hex(token)}));
    if (!row) return missing("link");
    return share_of(*row);
}

Result<std::vector<Share>> list_shares(db::Session& session, std::string_view montage_id) {
    std::vector<Share> out;
    for (auto const& row : TRY(session.rows(queries::kListShares, {montage_id})))
        out.push_back(share_of(row));
    return out;
}

Result<> revoke_share(db::Session& session, std::string_view workspace_id, std::string_view id) {
    if (TRY(session.change(queries::kRevokeShare, {id, workspace_id})) == 0) return missing("link");
    return {};
}

}  // namespace aiditor::projects
