#pragma once
/// The list of all routes, and which of them a request means.

#include "service/api/route.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aiditor::api {

/// Immutable once built; thread-safe.
class Router {
public:
    /// Errors: Internal, naming the route, for one without a policy or a handler, two that answer
    /// to the same, two with one operation id or none, a workspace policy without {workspace_id} in
    /// the pattern, an API key's scope elsewhere than in a workspace, a pattern that is malformed,
    /// an example that is not what the route takes or gives.
    [[nodiscard]] static Result<Router> build(std::vector<Route> routes);

    struct Match {
        Route const* route = nullptr;  ///< null for none
        std::map<std::string, std::string, std::less<>> params;
        /// What the path answers to; empty for a path that nothing answers to.
        std::vector<Method> allowed;
    };
    /// GET routes answer to HEAD too. Literal segments come before parameters.
    [[nodiscard]] Match match(Method method, std::string_view path) const;

    [[nodiscard]] std::span<Route const> routes() const { return routes_; }

    /// "{workspace_id}" gives "workspace_id"; empty for a literal segment.
    [[nodiscard]] static std::string_view parameter_name(std::string_view segment);
    /// A path or a pattern without its first slash, at the slashes.
    [[nodiscard]] static std::vector<std::string_view> segments(std::string_view path);

private:
    std::vector<Route> routes_;                            // the more literal first
    std::vector<std::vector<std::string_view>> segments_;  // of each route's pattern
};

}  // namespace aiditor::api
