#pragma once
/// Jobs of a workspace, their progress, and what happens there as it happens.

#include "service/api/route.hpp"
#include "service/jobs/jobs.hpp"

#include <functional>

namespace aiditor::jobs {

struct Deps {
    db::Database& database;
    std::function<void()> work_came;  ///< wakes the workers of this process
    Tidy tidy;                        ///< for jobs that are cancelled while they wait
};

/// `deps` must outlive the routes. Streams have the workspace's id as their topic.
[[nodiscard]] std::vector<api::Route> routes(Deps const& deps);

}  // namespace aiditor::jobs
