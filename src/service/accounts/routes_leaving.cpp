/// Taking one's things along, and going.

#include "service/accounts/route_parts.hpp"
#include "service/accounts/routes.hpp"

namespace aiditor::accounts {
namespace {

using api::Access;
using api::endpoint;
using api::Method;
using api::Request;
using api::Role;
using api::Route;

constexpr api::RateLimit kExportRate{"export", 10, std::chrono::seconds(3600)};
constexpr int kAuditAtOnce = 1000;

struct Deletion {
    std::string password;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "password", .most = 1024, .format = "password"}};
    }
};
BOOST_DESCRIBE_STRUCT(Deletion, (), (password))

struct DeletionDue {
    UtcMicros due_at_us = 0;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "due_at_us", .about = "Until then it can be withdrawn."}};
    }
};
BOOST_DESCRIBE_STRUCT(DeletionDue, (), (due_at_us))

Route remove_workspace_route(Accounts& a) {
    return endpoint<void, void>(
        Method::Delete, "/api/v1/workspaces/{workspace_id}",
        {.access = Access::Workspace, .role = Role::Owner},
        {.id = "delete_workspace",
         .tag = "workspaces",
         .summary = "Delete a workspace with all that is in it",
         .details = "It is gone for everybody at once; its films leave the disk within minutes. A "
                    "personal workspace goes with its account.",
         .problems = {ErrorCode::Conflict}},
        [&a](Request const& r) -> Result<> {
            TRY_VOID(a.departures.remove_workspace(r.param("workspace_id"), r.principal.user_id));
            a.api_keys.forget();
            return {};
        });
}

Route request_route(Accounts& a) {
    return endpoint<Deletion, DeletionDue>(
        Method::Post, "/api/v1/me/deletion", kSignedIn,
        {.id = "request_deletion",
         .tag = "account",
         .summary = "Delete your account, in seven days",
         .details = "Your keys and other sessions end now; the account and the workspaces that are "
                    "yours alone go in seven days, unless you withdraw.",
         .request_example = R"({"password": "correct horse battery"})",
         .answer_example = R"({"due_at_us": 1764604800000000})",
         .problems = {ErrorCode::NotAllowed, ErrorCode::Conflict}},
        [&a](Request const& r, Deletion const& body) -> Result<DeletionDue> {
            auto const due = TRY(not_allowed_if_wrong(a.users.request_deletion(
                r.principal.user_id, body.password, r.principal.session_id)));
            a.api_keys.forget();
            return DeletionDue{due};
        },
        {.rate = kSecretRate});
}

Route withdraw_route(Accounts& a) {
    return endpoint<void, void>(
        Method::Delete, "/api/v1/me/deletion", kSignedIn,
        {.id = "withdraw_deletion", .tag = "account", .summary = "Keep your account after all"},
        [&a](Request const& r) { return a.users.withdraw_deletion(r.principal.user_id); });
}

Result<json::Array> whole_audit_log(db::Session& session, std::string const& user) {
    json::Array out;
    for (std::string before;;) {
        auto const page = TRY(audit_entries(session, user, before, kAuditAtOnce));
        for (auto const& entry : page) out.push_back(json::to_value(entry));
        if (page.size() < kAuditAtOnce) return out;
        before = page.back().id;
    }
}

Result<json::Array> workspaces_of(Accounts& a, std::string const& user) {
    json::Array out;
    for (auto const& workspace : TRY(a.workspaces.list(user))) {
        auto entry = json::to_value(workspace).as_object();
        if (workspace.role == role_name(Role::Owner)) {
            entry["members"] = json::to_value(TRY(a.workspaces.members(workspace.id)));
            if (a.workspace_contents)
                entry["contents"] = TRY(a.database.read([&](db::Session& session) {
                    return a.workspace_contents(session, workspace.id);
                }));
        }
        out.push_back(std::move(entry));
    }
    return out;
}

Result<api::Response> export_all(Accounts& a, Request const& r) {
    auto const& user = r.principal.user_id;
    json::Object out{{"schema", "aiditor.account_export/1"}};
    out["user"] = json::to_value(TRY(a.users.get(user)));
    out["sessions"] = json::to_value(TRY(a.sessions.list(user)));
    out["api_keys"] = json::to_value(TRY(a.api_keys.list(user)));
    out["workspaces"] = TRY(workspaces_of(a, user));
    out["audit_log"] =
        TRY(a.database.read([&](db::Session& session) { return whole_audit_log(session, user); }));
    api::Response response;
    response.headers.set("Content-Disposition", "attachment; filename=\"aiditor-account.json\"");
    response.body = json::print(out);
    return response;
}

Route export_route(Accounts& a) {
    return {.method = Method::Get,
            .pattern = "/api/v1/me/export",
            .policy = kSignedIn,
            .docs = {.id = "export_account",
                     .tag = "account",
                     .summary = "Everything that is kept about you, as one JSON document",
                     .details = "Account, sessions, keys (not their secrets), what was done, and "
                                "the workspaces you own with their clips, projects, plans and "
                                "montages. Films are named by the paths they can be fetched from."},
            .rules = {.success = 200, .rate = kExportRate, .most_body_bytes = 0},
            .request = std::nullopt,
            .answer = std::nullopt,
            .handler = [&a](Request const& r) { return export_all(a, r); }};
}

}  // namespace

std::vector<Route> leaving_routes(Accounts& accounts) {
    std::vector<Route> out;
    for (auto const make : {remove_workspace_route, request_route, withdraw_route, export_route})
        out.push_back(make(accounts));
    return out;
}

}  // namespace aiditor::accounts
