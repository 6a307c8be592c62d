#pragma once
/// Edit plans, which never change, the montages rendered of them, and links that show one.

#include "service/projects/projects.hpp"

namespace aiditor::projects {

struct Plan {
    std::string id, project_id;
    std::int64_t number = 0;  ///< 1, 2, ... within the project
    std::string text;         ///< JSON, aiditor.edit_plan; empty in lists
    std::string made_by;
    std::int64_t created_at_us = 0;
};
/// Errors: NotFound for the project.
[[nodiscard]] Result<Plan> add_plan(db::Session& session, std::string_view workspace_id,
                                    std::string_view project_id, std::string_view text,
                                    std::string_view made_by);
[[nodiscard]] Result<Plan> find_plan(db::Session& session, std::string_view workspace_id,
                                     std::string_view id);
/// Newest first, those below `before` (0: all).
[[nodiscard]] Result<std::vector<Plan>> list_plans(db::Session& session,
                                                   std::string_view project_id, std::int64_t before,
                                                   std::int64_t limit);

enum class MontageState : std::uint8_t { Rendering = 1, Ready, Failed };
BOOST_DESCRIBE_ENUM(MontageState, Rendering, Ready, Failed)

/// Until it is ready it is what its job is: to cancel it or to render it again is the job's matter.
struct Montage {
    std::string id, project_id, plan_id, job_id;
    MontageState state = MontageState::Rendering;
    std::vector<MontageFile> files;
    std::optional<std::string> report;
    std::optional<std::string> problem;  ///< of the last attempt, for people
    std::int64_t created_at_us = 0;
};

/// Enqueues a job "render" about it in the same transaction. Errors: NotFound for the plan.
[[nodiscard]] Result<Montage> start_montage(db::Session& session, std::string_view workspace_id,
                                            std::string_view plan_id);
[[nodiscard]] Result<Montage> find_montage(db::Session& session, std::string_view workspace_id,
                                           std::string_view id);
[[nodiscard]] Result<std::vector<Montage>> list_montages(db::Session& session,
                                                         std::string_view project_id,
                                                         std::string_view cursor,
                                                         std::int64_t limit);
/// In the transaction that ends the job. Errors: Gone when it was removed meanwhile.
[[nodiscard]] Result<> finish_montage(db::Session& session, std::string_view workspace_id,
                                      std::string_view id, std::vector<MontageFile> const& files,
                                      std::string_view report);
/// Jobs about it are cancelled. What is to be taken out of the storage is returned. Errors:
/// NotFound.
[[nodiscard]] Result<std::vector<MontageFile>> remove_montage(db::Session& session,
                                                              std::string_view workspace_id,
                                                              std::string_view id);

struct Share {
    std::string id, workspace_id, montage_id;
    std::int64_t created_at_us = 0;
    std::optional<std::int64_t> expires_at_us;
};
struct NewShare {
    Share share;
    std::string token;  ///< shown once; only its SHA-256 is kept
};
/// Errors: NotFound for the montage, Conflict unless it is ready.
[[nodiscard]] Result<NewShare> share(db::Session& session, std::string_view workspace_id,
                                     std::string_view montage_id, std::string_view made_by,
                                     std::optional<std::int64_t> expires_at_us);
/// Errors: NotFound for a link that never was, was revoked or has expired: they look the same.
[[nodiscard]] Result<Share> find_share(db::Session& session, std::string_view token);
[[nodiscard]] Result<std::vector<Share>> list_shares(db::Session& session,
                                                     std::string_view montage_id);
[[nodiscard]] Result<> revoke_share(db::Session& session, std::string_view workspace_id,
                                    std::string_view id);

}  // namespace aiditor::projects
