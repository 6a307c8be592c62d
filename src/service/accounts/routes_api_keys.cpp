/// Keys for programs.

#include "service/accounts/route_parts.hpp"
#include "service/accounts/routes.hpp"

namespace aiditor::accounts {
namespace {

using api::endpoint;
using api::Method;
using api::Page;
using api::Request;
using api::Route;

constexpr std::string_view kPath = "/api/v1/me/api_keys";
constexpr std::string_view kKey =
    R"({"id": "key_018f3c2e5b7a7c3d9e4f5a6b7c8d9e14",
        "workspace_id": "ws_018f3c2e5b7a7c3d9e4f5a6b7c8d9e12", "name": "uploader",
        "prefix": "aik_q2Zt", "scopes": ["read", "upload"], "created_at_us": 1764000000000000})";

api::RouteDocs docs(std::string id, std::string summary, std::string details, std::string example,
                    std::string answer, std::vector<ErrorCode> problems = {}) {
    return {.id = std::move(id),
            .tag = "api_keys",
            .summary = std::move(summary),
            .details = std::move(details),
            .request_example = std::move(example),
            .answer_example = std::move(answer),
            .problems = std::move(problems)};
}

Route list_route(Accounts& a) {
    return endpoint<void, Page<ApiKeyInfo>>(
        Method::Get, std::string(kPath), kSignedIn,
        docs("list_api_keys", "Your keys for programs", "", "",
             std::string(R"({"items": [)").append(kKey).append("]}")),
        [&a](Request const& r) -> Result<Page<ApiKeyInfo>> {
            return Page<ApiKeyInfo>{.items = TRY(a.api_keys.list(r.principal.user_id)),
                                    .next_cursor = {}};
        });
}

Route create_route(Accounts& a) {
    return endpoint<ApiKeyWish, NewApiKey>(
        Method::Post, std::string(kPath), kSignedIn,
        docs("create_api_key", "Make a key for a program",
             "Good for one workspace, with at most your own role there, and for the scopes `read`, "
             "`write` and `upload`. The secret is shown only now.",
             R"({"workspace_id": "ws_018f3c2e5b7a7c3d9e4f5a6b7c8d9e12", "name": "uploader",
                 "scopes": ["read", "upload"], "days": 90})",
             std::string(R"({"secret": "aik_q2Zt0cXyqfRZ2T2Z0xqg1rI1o5Yw0m0cQm8n1w2e3r4", "key": )")
                 .append(kKey)
                 .append("}"),
             {ErrorCode::BadRequest, ErrorCode::NotFound, ErrorCode::QuotaReached}),
        [&a](Request const& r, ApiKeyWish const& body) {
            return a.api_keys.create(r.principal.user_id, body);
        },
        {.success = 201, .rate = kSecretRate});
}

Route revoke_route(Accounts& a) {
    return endpoint<void, void>(
        Method::Delete, std::string(kPath) + "/{key_id}", kSignedIn,
        docs("revoke_api_key", "End a key, within a second", "", "", ""), [&a](Request const& r) {
            return a.api_keys.revoke(r.param("key_id"), r.principal.user_id);
        });
}

}  // namespace

std::vector<Route> api_key_routes(Accounts& accounts) {
    std::vector<Route> out;
    for (auto const make : {list_route, create_route, revoke_route}) out.push_back(make(accounts));
    return out;
}

}  // namespace aiditor::accounts
