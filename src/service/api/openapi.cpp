#include "service/api/openapi.hpp"

#include "base/sha256.hpp"
#include "service/api/problem.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <set>

namespace aiditor::api {
namespace {

constexpr std::string_view kHidden = "hidden";
constexpr std::string_view kAbout =
    "Unknown keys in requests are refused, except those that begin with `x_`. Answers may gain "
    "keys "
    "and enumerations may gain values within v1: pass over what you do not know. Every failure is "
    "a "
    "problem of RFC 9457 with a stable `code`.";

json::Value ref(std::string_view kind, std::string_view name) {
    return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}};
}

/// "{path...}" is "{path}" to OpenAPI.
std::string path_of(Route const& route) {
    std::string out;
    for (auto const segment : Router::segments(route.pattern)) {
        auto const name = Router::parameter_name(segment);
        out += name.empty() ? fmt::format("/{}", segment) : fmt::format("/{{{}}}", name);
    }
    return out;
}

json::Value parameter(std::string_view name, std::string_view place, bool required,
                      std::string_view about, json::Object schema) {
    json::Object out{{"name", name}, {"in", place}, {"schema", std::move(schema)}};
    if (required) out["required"] = true;
    if (!about.empty()) out["description"] = about;
    return out;
}

json::Value query_parameter(QueryParameter const& p) {
    json::Object schema;
    switch (p.type) {
    case QueryParameter::Type::Flag: schema = {{"type", "boolean"}}; break;
    case QueryParameter::Type::Number:
        schema = {{"type", "integer"}, {"minimum", p.least}, {"maximum", p.most}};
        break;
    case QueryParameter::Type::Text:
        schema = {{"type", "string"}, {"minLength", p.least}, {"maxLength", p.most}};
        break;
    }
    if (!p.choices.empty()) {
        json::Array names;
        for (auto const choice : p.choices) names.emplace_back(choice);
        schema = {{"type", "string"}, {"enum", std::move(names)}};
    }
    return parameter(p.name, "query", p.required, p.about, std::move(schema));
}

json::Array parameters(Route const& route) {
    json::Array out;
    for (auto const segment : Router::segments(route.pattern))
        if (auto const name = Router::parameter_name(segment); !name.empty())
            out.push_back(parameter(name, "path", true, "", {{"type", "string"}}));
    for (auto const& p : route.rules.query) out.push_back(query_parameter(p));
    if (route.rules.idempotent)
        out.push_back(parameter("Idempotency-Key", "header", false,
                                "Any text of your own; the same request sent again with it has its "
                                "effect once and gets the same answer.",
                                {{"type", "string"}, {"minLength", 1}, {"maxLength", 200}}));
    return out;
}

json::Object content(std::string_view type, std::optional<Shape> const& shape,
                     std::string const& example, Schemas& schemas) {
    json::Object media;
    if (shape) media["schema"] = shape->schema(schemas);
    if (!example.empty())
        if (auto value = json::parse(example)) media["example"] = *std::move(value);
    return {{type, std::move(media)}};
}

/// Which failures any route of this kind can have, and those it names itself.
std::set<int> problem_statuses(Route const& route) {
    std::set<int> out{400, 413, 429, 500, 503};  // 413: a body where none is taken, too
    auto const add = [&](ErrorCode code) { out.insert(problem_kind(code).status); };
    if (route.policy.access != Access::Public && route.policy.access != Access::Share)
        for (auto const code : {ErrorCode::NotSignedIn, ErrorCode::NotAllowed}) add(code);
    if (route.pattern.find('{') != std::string::npos) add(ErrorCode::NotFound);
    if (route.rules.most_body_bytes > 0) out.insert(415);
    if (route.rules.idempotent) add(ErrorCode::Conflict);
    for (auto const code : route.docs.problems) add(code);
    return out;
}

std::string titles_of(int status) {
    std::string out;
    for (auto const& kind : all_problem_kinds())
        if (kind.status == status)
            out += fmt::format("{}{} (`{}`)", out.empty() ? "" : "; ", kind.title,
                               code_name(kind.code));
    return out.empty() ? "A media type that this path does not take" : out;
}

json::Object responses(Route const& route, Schemas& schemas) {
    json::Object out;
    int const success = route.rules.success == 0 ? 200 : route.rules.success;
    json::Object good{{"description", route.docs.summary}};
    if (route.answer || success != 204)
        good["content"] =
            content(route.rules.answer_type, route.answer, route.docs.answer_example, schemas);
    out[std::to_string(success)] = std::move(good);
    for (int const status : problem_statuses(route))
        out[std::to_string(status)] = ref("responses", fmt::format("Problem{}", status));
    return out;
}

json::Array security(Route const& route) {
    switch (route.policy.access) {
    case Access::Public: return {};
    case Access::Share: return {json::Object{{"share_link", json::Array()}}};
    case Access::SignedIn:
    case Access::Operator: return {json::Object{{"session", json::Array()}}};
    case Access::Workspace: break;
    }
    json::Array out{json::Object{{"session", json::Array()}}};
    if (!route.policy.scope.empty())
        out.push_back(json::Object{{"api_key", json::Array{json::Value(route.policy.scope)}}});
    return out;
}

std::string description(Route const& route) {
    auto out = route.docs.details;
    if (route.policy.access != Access::Workspace) return out;
    constexpr std::array<std::string_view, 5> kRoles{"", "viewer", "editor", "admin", "owner"};
    return fmt::format("{}{}Needs the role {} in the workspace.", out, out.empty() ? "" : "\n\n",
                       kRoles[static_cast<std::size_t>(route.policy.role)]);
}

json::Object operation(Route const& route, Schemas& schemas) {
    json::Object out{{"operationId", route.docs.id},
                     {"tags", json::Array{json::Value(route.docs.tag)}},
                     {"summary", route.docs.summary},
                     {"security", security(route)},
                     {"responses", responses(route, schemas)}};
    if (auto const text = description(route); !text.empty()) out["description"] = text;
    if (auto list = parameters(route); !list.empty()) out["parameters"] = std::move(list);
    bool const uploads = std::holds_alternative<UploadHandler>(route.handler);
    if (route.request || uploads || route.rules.most_body_bytes > 0) {
        auto const type = route.rules.request_type.empty() ? "application/octet-stream"
                                                           : route.rules.request_type;
        out["requestBody"] = {
            {"required", route.request.has_value()},
            {"content", content(type, route.request, route.docs.request_example, schemas)}};
    }
    return out;
}

json::Object components(Schemas& schemas, std::set<int> const& statuses) {
    json::Object problems;
    for (int const status : statuses)
        problems[fmt::format("Problem{}", status)] = {
            {"description", titles_of(status)},
            {"content", {{"application/problem+json", {{"schema", schemas.of<Problem>()}}}}}};
    json::Object schemes{
        {"session",
         {{"type", "http"},
          {"scheme", "bearer"},
          {"description",
           "A short access token of somebody who signed in; browsers hold it in a "
           "cookie instead."}}},
        {"api_key",
         {{"type", "http"},
          {"scheme", "bearer"},
          {"description", "A key of one workspace with scopes, for programs."}}},
        {"share_link",
         {{"type", "http"},
          {"scheme", "bearer"},
          {"description", "The secret of a share link; it stands in the link itself."}}}};
    return {{"schemas", schemas.components()},
            {"responses", std::move(problems)},
            {"securitySchemes", std::move(schemes)}};
}

/// What /docs/problems shows: OpenAPI has no place of its own for codes.
json::Array problem_list() {
    json::Array out;
    for (auto const& kind : all_problem_kinds())
        out.push_back(json::Object{{"code", code_name(kind.code)},
                                   {"status", kind.status},
                                   {"title", kind.title},
                                   {"remedy", kind.remedy}});
    return out;
}

}  // namespace

Result<json::Value> openapi(std::span<Route const> routes, ApiInfo const& info) {
    Schemas schemas;
    json::Object paths;
    std::set<std::string> tags;
    std::set<int> statuses;
    for (auto const& route : routes) {
        if (route.docs.tag == kHidden) continue;
        tags.insert(route.docs.tag);
        statuses.merge(problem_statuses(route));
        std::string method(method_name(route.method));
        std::ranges::transform(method, method.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        auto const path = path_of(route);
        if (!paths.contains(path)) paths[path] = json::Object();
        paths[path].as_object()[method] = operation(route, schemas);
    }
    json::Array tag_list;
    for (auto const& tag : tags) tag_list.push_back(json::Object{{"name", tag}});
    auto all = components(schemas, statuses);
    if (!schemas.clashes().empty())
        return fail(ErrorCode::Internal, fmt::format("two types have the name {} in the API",
                                                     schemas.clashes().front()));
    return json::Object{
        {"openapi", "3.1.0"},
        {"info", {{"title", info.title}, {"version", info.version}, {"description", kAbout}}},
        {"tags", std::move(tag_list)},
        {"paths", std::move(paths)},
        {"components", std::move(all)},
        {"x-problems", problem_list()}};
}

Result<Route> openapi_route(std::vector<Route> const& routes, ApiInfo const& info) {
    Route out{.method = Method::Get,
              .pattern = "/openapi.json",
              .policy = {.access = Access::Public},
              .docs = {.id = "openapi", .tag = std::string(kHidden), .summary = "This document"},
              .rules = {.most_body_bytes = 0},
              .request = std::nullopt,
              .answer = std::nullopt,
              .handler = Handler()};
    auto const text = json::print(TRY(openapi(routes, info)));
    auto const etag = fmt::format("\"{}\"", sha256_hex(text).substr(0, 32));
    out.handler = [text, etag](Request const&) -> Result<Response> {
        Response response;
        response.headers.set("ETag", etag);
        response.headers.set("Cache-Control", "no-cache");
        response.body = text;
        return response;
    };
    return out;
}

}  // namespace aiditor::api
