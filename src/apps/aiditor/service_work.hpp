#pragma once
/// What workers do: "ingest" looks into a new clip, "render" makes a montage.

#include "apps/aiditor/engine_work.hpp"
#include "service/clips/objects.hpp"
#include "service/storage/object_store.hpp"

namespace aiditor::app {

struct ServiceWork {
    db::Database& database;
    storage::ObjectStore& store;
    EngineWork const& engine;
    clips::Quota quota;
    std::string work_folder;  ///< for files in the making; emptied when the program starts
};

/// By kind of job. `parts` must outlive the worker.
[[nodiscard]] std::map<std::string, jobs::Work> work_of(ServiceWork const& parts);

/// What an attempt made and did not commit is dropped; a clip of which the look into it has failed
/// or was cancelled says so.
[[nodiscard]] Result<> tidy(db::Session& session, jobs::Job const& job);

/// What the planner of the projects' routes answers.
[[nodiscard]] Result<json::Value> highlights_of(EngineWork const& engine,
                                                std::span<std::string const> analyses,
                                                projects::Wishes const& wishes);
[[nodiscard]] Result<json::Value> plan_of(EngineWork const& engine, json::Value const& highlights,
                                          projects::Wishes const& wishes);
/// A plan that somebody changed: whole, and of these clips only. Errors: BadJson, BadRequest.
[[nodiscard]] Result<> check_plan(json::Value const& plan,
                                  std::span<projects::Source const> sources);

}  // namespace aiditor::app
