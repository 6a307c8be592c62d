/// Workspaces as such.

#include "service/accounts/route_parts.hpp"
#include "service/accounts/routes.hpp"

namespace aiditor::accounts {
namespace {

using api::Access;
using api::endpoint;
using api::Method;
using api::Page;
using api::Request;
using api::Role;
using api::Route;

constexpr std::string_view kPath = "/api/v1/workspaces/{workspace_id}";

struct WorkspaceName {
    std::string name;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "name", .about = "1 to 100 bytes of printable text.", .most = 100}};
    }
};
BOOST_DESCRIBE_STRUCT(WorkspaceName, (), (name))

constexpr std::string_view kNameExample = R"({"name": "Friday team"})";
constexpr std::string_view kExample =
    R"({"id": "ws_018f3c2e5b7a7c3d9e4f5a6b7c8d9e12", "name": "Friday team", "personal": false,
        "role": "owner", "created_at_us": 1764000000000000})";

api::RouteDocs docs(std::string id, std::string summary, std::string_view example,
                    std::string answer, std::vector<ErrorCode> problems = {}) {
    return {.id = std::move(id),
            .tag = "workspaces",
            .summary = std::move(summary),
            .request_example = std::string(example),
            .answer_example = std::move(answer),
            .problems = std::move(problems)};
}

Route list_route(Accounts& a) {
    return endpoint<void, Page<Workspace>>(
        Method::Get, "/api/v1/workspaces", kSignedIn,
        docs("list_workspaces", "Where you may work", "",
             std::string(R"({"items": [)").append(kExample).append("]}")),
        [&a](Request const& r) -> Result<Page<Workspace>> {
            return Page<Workspace>{.items = TRY(a.workspaces.list(r.principal.user_id)),
                                   .next_cursor = {}};
        });
}

Route create_route(Accounts& a) {
    return endpoint<WorkspaceName, Workspace>(
        Method::Post, "/api/v1/workspaces", kSignedIn,
        docs("create_workspace", "Make a workspace for working together; you own it", kNameExample,
             std::string(kExample), {ErrorCode::BadRequest, ErrorCode::QuotaReached}),
        [&a](Request const& r, WorkspaceName const& body) {
            return a.workspaces.create(body.name, r.principal.user_id);
        },
        {.success = 201});
}

Route get_route(Accounts& a) {
    return endpoint<void, Workspace>(
        Method::Get, std::string(kPath),
        {.access = Access::Workspace, .role = Role::Viewer, .scope = "read"},
        docs("get_workspace", "A workspace, and your role in it", "", std::string(kExample)),
        [&a](Request const& r) {
            return a.workspaces.get(r.param("workspace_id"), r.principal.user_id);
        });
}

Route rename_route(Accounts& a) {
    return endpoint<WorkspaceName, Workspace>(
        Method::Patch, std::string(kPath), {.access = Access::Workspace, .role = Role::Admin},
        docs("rename_workspace", "Give a workspace another name", kNameExample,
             std::string(kExample), {ErrorCode::BadRequest}),
        [&a](Request const& r, WorkspaceName const& body) -> Result<Workspace> {
            auto const& id = r.param("workspace_id");
            TRY_VOID(a.workspaces.rename(id, body.name, r.principal.user_id));
            return a.workspaces.get(id, r.principal.user_id);
        });
}

}  // namespace

std::vector<Route> workspace_routes(Accounts& accounts) {
    std::vector<Route> out;
    for (auto const make : {list_route, create_route, get_route, rename_route})
        out.push_back(make(accounts));
    return out;
}

}  // namespace aiditor::accounts
