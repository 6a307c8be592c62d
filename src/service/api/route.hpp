#pragma once
/// One route: what it answers to, who may use it, what it takes and gives, and who does the work.
///
///     std::vector<Route> routes(Projects& projects) {
///         return {endpoint<NewProject, Project>(
///             Method::Post, "/api/v1/workspaces/{workspace_id}/projects",
///             {.access = Access::Workspace, .role = Role::Editor, .scope = "write"},
///             {.id = "create_project", .tag = "projects", .summary = "Make a project",
///              .request_example = R"({"name": "Friday night"})"},
///             [&](Request const& request, NewProject const& body) -> Result<Project> {
///                 return projects.create(request.param("workspace_id"), body.name);
///             },
///             {.success = 201, .idempotent = true})};
///     }

#include "base/json.hpp"
#include "service/api/http.hpp"
#include "service/api/principal.hpp"
#include "service/api/schema.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace aiditor::api {

/// At most `requests` in any `window` for one principal (one address for nobody), counted together
/// for all routes with the same bucket.
struct RateLimit {
    std::string_view bucket;
    std::int64_t requests;
    std::chrono::seconds window;
};
inline constexpr RateLimit kOrdinaryRate{"api", 1200, std::chrono::seconds(60)};
inline constexpr std::uint64_t kOrdinaryBodyBytes = 64U << 10;

/// What may stand behind '?'. The service refuses a request with any other, and with a value that
/// does not fit.
struct QueryParameter {
    enum class Type : std::uint8_t { Text = 1, Number, Flag };  ///< a flag is "true" or "false"
    std::string_view name;
    std::string_view about;
    Type type = Type::Text;
    bool required = false;
    std::int64_t least = 0, most = 200;          ///< of the number, or of the text's bytes
    std::vector<std::string_view> choices = {};  ///< where only some texts make sense
};

/// For people, and for programs that make clients.
struct RouteDocs {
    std::string id;                     ///< operationId, snake_case, one of a kind
    std::string tag;                    ///< the feature
    std::string summary;                ///< a few words
    std::string details{};              ///< Markdown
    std::string request_example{};      ///< JSON; must parse as the body
    std::string answer_example{};       ///< JSON; must parse as the answer
    std::vector<ErrorCode> problems{};  ///< besides those every such route can have
};

struct RouteRules {
    int success = 0;          ///< 0: 200, or 204 without an answer
    bool idempotent = false;  ///< an Idempotency-Key makes a repeated POST happen once
    RateLimit rate = kOrdinaryRate;
    std::uint64_t most_body_bytes = kOrdinaryBodyBytes;
    std::vector<QueryParameter> query{};
    /// Content-Type that a body must have, and an upload also without one; "" is any.
    std::string_view request_type = "application/json";
    std::string_view answer_type = "application/json";
    /// On every answer of the route, failures too.
    std::vector<std::pair<std::string_view, std::string_view>> headers{};
};

/// How a body is documented, and how an example of it is checked.
struct Shape {
    std::function<json::Value(Schemas&)> schema;
    std::function<Result<>(std::string_view)> parse;
};
template <class T>
[[nodiscard]] Shape shape_of() {
    return {.schema = [](Schemas& schemas) { return schemas.of<T>(); },
            .parse = [](std::string_view text) -> Result<> {
                TRY_VOID(read_body<T>(text));
                return {};
            }};
}

struct Route {
    Method method;
    /// Segments are literal, {name}, or at the end {name...} for all that remains.
    std::string pattern;
    Policy policy;
    RouteDocs docs;
    RouteRules rules;
    std::optional<Shape> request{}, answer{};
    std::variant<Handler, UploadHandler> handler;
};

/// An answer with more than a value. A status of 0 is the route's.
template <class T>
struct Reply {
    T value;
    Headers headers{};
    int status = 0;
};
template <>
struct Reply<void> {
    Headers headers{};
    int status = 0;
};

/// Lists come in pages. `next_cursor` is the parameter `cursor` of the next one, absent at the end.
template <class T>
struct Page {
    std::vector<T> items;
    std::optional<std::string> next_cursor;
    BOOST_DESCRIBE_CLASS(Page, (), (items, next_cursor), (), ())
};
inline constexpr std::int64_t kOrdinaryPage = 50, kMostPage = 200;
/// `limit` and `cursor`, for RouteRules::query.
[[nodiscard]] std::vector<QueryParameter> page_parameters();
[[nodiscard]] std::int64_t page_limit(Request const& request);

namespace detail {

template <class Answer, class T>
[[nodiscard]] Response to_response(T&& result) {
    Response out;
    out.status = 0;
    if constexpr (requires {
                      result.headers;
                      result.status;
                  }) {
        out.headers = std::move(result.headers);
        out.status = result.status;
    }
    if constexpr (!std::is_void_v<Answer>) {
        if constexpr (std::is_same_v<std::remove_cvref_t<T>, Reply<Answer>>)
            out.body = json::to_text<Answer>(result.value, json::Layout::OneLine);
        else out.body = json::to_text<Answer>(result, json::Layout::OneLine);
    }
    return out;
}

template <class Answer, class R>
[[nodiscard]] Result<Response> answer_of(R&& result) {
    if (!result) return std::unexpected(std::forward<R>(result).error());
    if constexpr (std::is_void_v<typename std::remove_cvref_t<R>::value_type>)
        return to_response<void>(Reply<void>{});
    else return to_response<Answer>(*std::forward<R>(result));
}

}  // namespace detail

/// A route whose body is a Body and whose answer is an Answer, each a described struct or void.
/// `work` is called as work(Request const&, Body const&), without a Body as work(Request const&),
/// on several threads at once, and gives Result<Answer> or Result<Reply<Answer>>.
template <class Body, class Answer, class Work>
[[nodiscard]] Route endpoint(Method method, std::string pattern, Policy policy, RouteDocs docs,
                             Work work, RouteRules rules = {}) {
    Route out{.method = method,
              .pattern = std::move(pattern),
              .policy = policy,
              .docs = std::move(docs),
              .rules = std::move(rules),
              .request = std::nullopt,
              .answer = std::nullopt,
              .handler = Handler()};
    if (out.rules.success == 0) out.rules.success = std::is_void_v<Answer> ? 204 : 200;
    if constexpr (!std::is_void_v<Answer>) out.answer = shape_of<Answer>();
    if constexpr (std::is_void_v<Body>) {
        out.rules.most_body_bytes = 0;
        out.handler = [work = std::move(work)](Request const& request) {
            return detail::answer_of<Answer>(work(request));
        };
    } else {
        out.request = shape_of<Body>();
        out.handler = [work = std::move(work)](Request const& request) -> Result<Response> {
            auto const body = TRY(read_body<Body>(request.body));
            return detail::answer_of<Answer>(work(request, body));
        };
    }
    return out;
}

}  // namespace aiditor::api
