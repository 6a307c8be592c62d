#pragma once
/// /api/v1/workspaces/{workspace_id}/projects and what belongs to them.

#include "base/clock.hpp"
#include "service/api/route.hpp"
#include "service/projects/montages.hpp"
#include "service/projects/projects.hpp"
#include "service/storage/object_store.hpp"

#include <functional>
#include <span>

namespace aiditor::projects {

/// What needs the engine; bound in apps. Both work on stored cues, in milliseconds, without media.
struct Planner {
    /// aiditor.highlights of the analyses (JSON texts of aiditor.analysis_set, one clip each).
    std::function<Result<json::Value>(std::span<std::string const> analyses, Wishes const&)>
        highlights;
    /// aiditor.edit_plan of those.
    std::function<Result<json::Value>(json::Value const& highlights, Wishes const&)> plan;
    /// Whether a plan that somebody made holds together and takes only from these clips.
    std::function<Result<>(json::Value const& plan, std::span<Source const> sources)> check;
};

struct Deps {
    db::Database& database;
    storage::ObjectStore& store;
    Planner planner;
    Clock const& clock;
    std::function<void()> work_came;  ///< wakes the workers of this process
    /// An object of the storage is needed no more.
    std::function<Result<>(db::Session&, std::string_view key)> unwanted;
};

/// `deps` must outlive the routes.
[[nodiscard]] std::vector<api::Route> routes(Deps const& deps);

}  // namespace aiditor::projects
