/// What whoever runs the installation does with accounts; needs a second factor.

#include "service/accounts/route_parts.hpp"
#include "service/accounts/routes.hpp"

namespace aiditor::accounts {
namespace {

using api::endpoint;
using api::Method;
using api::Page;
using api::Request;
using api::Route;

constexpr api::Policy kOperator{.access = api::Access::Operator};
constexpr std::string_view kUser = "/api/v1/admin/users/{user_id}";
constexpr std::string_view kExample =
    R"({"id": "user_018f3c2e5b7a7c3d9e4f5a6b7c8d9e0f", "email": "ann@example.org", "name": "",
        "verified": true, "is_operator": false, "suspended": false, "totp": false,
        "created_at_us": 1764000000000000})";

struct OperatorChange {
    bool is_operator = false;
};
BOOST_DESCRIBE_STRUCT(OperatorChange, (), (is_operator))

struct OneTimeLink {
    std::string link;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "link", .about = "To be handed over; good once, shown only now."}};
    }
};
BOOST_DESCRIBE_STRUCT(OneTimeLink, (), (link))

api::RouteDocs docs(std::string id, std::string summary, std::string_view answer = "",
                    std::vector<ErrorCode> problems = {}) {
    return {.id = std::move(id),
            .tag = "admin",
            .summary = std::move(summary),
            .answer_example = std::string(answer),
            .problems = std::move(problems)};
}

Route list_route(Accounts& a) {
    return endpoint<void, Page<User>>(
        Method::Get, "/api/v1/admin/users", kOperator,
        docs("list_users", "Everybody, in the order they came",
             std::string(R"({"items": [)").append(kExample).append("]}")),
        [&a](Request const& r) -> Result<Page<User>> {
            auto const limit = api::page_limit(r);
            Page<User> out;
            out.items =
                TRY(a.users.page(r.query_text("cursor").value_or(""), static_cast<int>(limit) + 1));
            if (std::ssize(out.items) > limit) {
                out.items.pop_back();
                out.next_cursor = out.items.back().id;
            }
            return out;
        },
        {.query = api::page_parameters()});
}

Route get_route(Accounts& a) {
    return endpoint<void, User>(Method::Get, std::string(kUser), kOperator,
                                docs("get_user", "A person", kExample),
                                [&a](Request const& r) { return a.users.get(r.param("user_id")); });
}

Route suspend_route(Accounts& a) {
    return endpoint<void, void>(
        Method::Post, std::string(kUser) + "/suspend", kOperator,
        docs("suspend_user", "Keep somebody out; sessions and keys end within a second", "",
             {ErrorCode::Conflict}),
        [&a](Request const& r) -> Result<> {
            TRY_VOID(a.users.suspend(r.param("user_id"), true, r.principal.user_id));
            a.api_keys.forget();
            return {};
        });
}

Route readmit_route(Accounts& a) {
    return endpoint<void, void>(
        Method::Post, std::string(kUser) + "/readmit", kOperator,
        docs("readmit_user", "Let somebody in again who was suspended"), [&a](Request const& r) {
            return a.users.suspend(r.param("user_id"), false, r.principal.user_id);
        });
}

Route operator_route(Accounts& a) {
    auto about =
        docs("set_operator", "Make somebody an operator, or no longer", "", {ErrorCode::Conflict});
    about.request_example = R"({"is_operator": true})";
    return endpoint<OperatorChange, void>(
        Method::Post, std::string(kUser) + "/operator", kOperator, std::move(about),
        [&a](Request const& r, OperatorChange const& body) {
            return a.users.set_operator(r.param("user_id"), body.is_operator, r.principal.user_id);
        });
}

Route reset_link_route(Accounts& a) {
    return endpoint<void, OneTimeLink>(
        Method::Post, std::string(kUser) + "/reset_link", kOperator,
        docs("make_reset_link", "A link for a new password, good for an hour",
             R"({"link": "https://aiditor.example/reset#q2Zt0cXyqfRZ2T2Z0xqg1rI1o5Yw0m0cQm8n1"})"),
        [&a](Request const& r) -> Result<OneTimeLink> {
            return OneTimeLink{TRY(a.users.reset_link(r.param("user_id"), r.principal.user_id))};
        });
}

Route remove_factor_route(Accounts& a) {
    return endpoint<void, void>(
        Method::Post, std::string(kUser) + "/remove_second_factor", kOperator,
        docs("remove_users_second_factor",
             "For somebody who lost the telephone and the recovery codes"),
        [&a](Request const& r) -> Result<> {
            TRY_VOID(a.users.get(r.param("user_id")));
            TRY_VOID(a.second_factor.remove(r.param("user_id"), r.principal.user_id));
            a.sessions.forget();
            return {};
        });
}

Route invite_route(Accounts& a) {
    return endpoint<void, OneTimeLink>(
        Method::Post, "/api/v1/admin/invites", kOperator,
        docs("make_invite", "A link to register by, good for seven days",
             R"({"link": "https://aiditor.example/register#q2Zt0cXyqfRZ2T2Z0xqg1rI1o5Yw0m0cQ"})"),
        [&a](Request const& r) -> Result<OneTimeLink> {
            return OneTimeLink{TRY(a.users.make_invite(r.principal.user_id))};
        },
        {.success = 201});
}

Route audit_route(Accounts& a) {
    return endpoint<void, Page<AuditEntry>>(
        Method::Get, "/api/v1/admin/audit_log", kOperator,
        docs("list_audit_log", "What everybody did to accounts, newest first",
             R"({"items": [{"id": "audit_018f3c2e5b7a7c3d9e4f5a6b7c8d9e11",
                            "actor_id": "user_018f3c2e5b7a7c3d9e4f5a6b7c8d9e0f",
                            "action": "user.suspended",
                            "object_id": "user_018f3c2e5b7a7c3d9e4f5a6b7c8d9e10",
                            "address": "", "details": "{}", "at_us": 1764000000000000}]})"),
        [&a](Request const& r) { return audit_page(a, r, ""); }, {.query = api::page_parameters()});
}

}  // namespace

std::vector<Route> admin_routes(Accounts& accounts) {
    std::vector<Route> out;
    for (auto const make : {list_route, get_route, suspend_route, readmit_route, operator_route,
                            reset_link_route, remove_factor_route, invite_route, audit_route})
        out.push_back(make(accounts));
    return out;
}

}  // namespace aiditor::accounts
