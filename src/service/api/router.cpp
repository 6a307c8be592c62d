#include "service/api/router.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <span>

namespace aiditor::api {
namespace {

constexpr std::string_view kRest = "...";

bool takes_rest(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with("...}");
}

/// '0' for a literal, '1' for a parameter, '2' for the rest: sorts what is more literal first.
std::string literalness(std::string_view pattern) {
    std::string out;
    for (auto const segment : Router::segments(pattern)) {
        if (takes_rest(segment)) out += '2';
        else out += Router::parameter_name(segment).empty() ? '0' : '1';
    }
    return out;
}

/// The pattern without the names of its parameters: equal ones answer to the same paths.
std::string same_for(Route const& route) {
    auto out = fmt::format("{} ", method_name(route.method));
    for (auto const segment : Router::segments(route.pattern)) {
        if (takes_rest(segment)) out += "/{...}";
        else if (!Router::parameter_name(segment).empty()) out += "/{}";
        else out += fmt::format("/{}", segment);
    }
    return out;
}

Result<> check_pattern(std::string_view pattern) {
    if (!pattern.starts_with('/')) return fail(ErrorCode::Internal, "the pattern lacks its slash");
    std::set<std::string_view> names;
    auto const segments = Router::segments(pattern);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        auto const name = Router::parameter_name(segments[i]);
        bool const braces = segments[i].find_first_of("{}") != std::string_view::npos;
        if (name.empty() && braces)
            return fail(ErrorCode::Internal, "a parameter must be a whole segment");
        if (!name.empty() && !names.insert(name).second)
            return fail(ErrorCode::Internal, "a parameter has the name of another");
        if (takes_rest(segments[i]) && i + 1 != segments.size())
            return fail(ErrorCode::Internal, "{name...} must stand at the end");
    }
    return {};
}

Result<> check_policy(Route const& route) {
    auto const access = route.policy.access;
    if (access < Access::Public || access > Access::Share)
        return fail(ErrorCode::Internal, "the route has no access policy");
    auto const segments = Router::segments(route.pattern);
    bool const named = std::ranges::any_of(
        segments, [](auto s) { return Router::parameter_name(s) == "workspace_id"; });
    if (access == Access::Workspace && !named)
        return fail(ErrorCode::Internal, "a workspace policy needs {workspace_id} in the pattern");
    if (access != Access::Workspace && !route.policy.scope.empty())
        return fail(ErrorCode::Internal, "only a workspace policy has a scope");
    return {};
}

Result<> check_examples(Route const& route) {
    if (route.request && !route.docs.request_example.empty())
        if (auto const ok = route.request->parse(route.docs.request_example); !ok)
            return fail(ErrorCode::Internal, "request example: " + ok.error().message);
    if (route.answer && !route.docs.answer_example.empty())
        if (auto const ok = route.answer->parse(route.docs.answer_example); !ok)
            return fail(ErrorCode::Internal, "answer example: " + ok.error().message);
    return {};
}

Result<> check(Route const& route) {
    TRY_VOID(check_pattern(route.pattern));
    TRY_VOID(check_policy(route));
    if (route.docs.id.empty()) return fail(ErrorCode::Internal, "the route has no operation id");
    if (!std::visit([](auto const& handler) { return static_cast<bool>(handler); }, route.handler))
        return fail(ErrorCode::Internal, "the route has no handler");
    return check_examples(route);
}

/// Whether the path is one of the pattern's; fills `params`.
bool fits(std::span<std::string_view const> segments, std::span<std::string_view const> path,
          std::map<std::string, std::string, std::less<>>* params) {
    bool const rest = !segments.empty() && takes_rest(segments.back());
    if (rest ? path.size() < segments.size() : path.size() != segments.size()) return false;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        auto const name = Router::parameter_name(segments[i]);
        if (name.empty() && segments[i] != path[i]) return false;
        if (!name.empty() && path[i].empty()) return false;
        if (name.empty() || !params) continue;
        auto const last = takes_rest(segments[i]) ? path.back() : path[i];
        (*params)[std::string(name)].assign(path[i].begin(), last.end());
    }
    return true;
}

}  // namespace

std::string_view Router::parameter_name(std::string_view segment) {
    if (segment.size() < 3 || !segment.starts_with('{') || !segment.ends_with('}')) return {};
    auto name = segment.substr(1, segment.size() - 2);
    if (name.ends_with(kRest)) name.remove_suffix(kRest.size());
    return name;
}

std::vector<std::string_view> Router::segments(std::string_view path) {
    std::vector<std::string_view> out;
    if (path.starts_with('/')) path.remove_prefix(1);
    for (;;) {
        auto const slash = path.find('/');
        out.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return out;
        path.remove_prefix(slash + 1);
    }
}

Result<Router> Router::build(std::vector<Route> routes) {
    std::set<std::string> ids, patterns;
    for (auto const& route : routes) {
        auto const name = fmt::format("route {} {}", method_name(route.method), route.pattern);
        if (auto ok = check(route); !ok)
            return std::unexpected(std::move(ok).error().while_doing(name));
        if (!ids.insert(route.docs.id).second)
            return fail(ErrorCode::Internal,
                        fmt::format("{}: the id {} is another route's", name, route.docs.id));
        if (!patterns.insert(same_for(route)).second)
            return fail(ErrorCode::Internal,
                        fmt::format("{}: another route answers to the same", name));
    }
    Router out;
    out.routes_ = std::move(routes);
    std::ranges::stable_sort(out.routes_, {},
                             [](Route const& r) { return literalness(r.pattern); });
    for (auto const& route : out.routes_) out.segments_.push_back(segments(route.pattern));
    return out;
}

Router::Match Router::match(Method method, std::string_view path) const {
    Match out;
    auto const parts = segments(path);
    std::size_t found = 0;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        if (!fits(segments_[i], parts, nullptr)) continue;
        auto const& route = routes_[i];
        out.allowed.push_back(route.method);
        bool const answers =
            route.method == method || (method == Method::Head && route.method == Method::Get);
        // A route for HEAD itself stands above the GET that could stand in for it.
        bool const closer = out.route && route.method == method && out.route->method != method &&
                            out.route->pattern == route.pattern;
        if (answers && (!out.route || closer)) {
            out.route = &route;
            found = i;
        }
    }
    if (out.route) fits(segments_[found], parts, &out.params);
    return out;
}

}  // namespace aiditor::api
