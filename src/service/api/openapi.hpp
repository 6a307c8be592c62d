#pragma once
/// The OpenAPI 3.1 document of all routes, from the same descriptions that parse and answer.

#include "base/json.hpp"
#include "service/api/router.hpp"

#include <span>
#include <string>
#include <vector>

namespace aiditor::api {

struct ApiInfo {
    std::string title = "Aiditor";
    std::string version = "1";  ///< of the API
};

/// Routes with the tag "hidden" (static files, pages) are left out. Errors: Internal for two types
/// with one name among the schemas.
[[nodiscard]] Result<json::Value> openapi(std::span<Route const> routes, ApiInfo const& info);

/// Serves the document of `routes` at /openapi.json; add it to them.
[[nodiscard]] Result<Route> openapi_route(std::vector<Route> const& routes, ApiInfo const& info);

}  // namespace aiditor::api
