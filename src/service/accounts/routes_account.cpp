/// One's own account: who one is, where one is signed in, the password, and what was done.

#include "service/accounts/cookies.hpp"
#include "service/accounts/route_parts.hpp"
#include "service/accounts/routes.hpp"

namespace aiditor::accounts {
namespace {

using api::endpoint;
using api::Method;
using api::Page;
using api::Request;
using api::Route;

struct OwnSession {
    std::string id, address, client;
    bool current = false, second_factor = false;
    UtcMicros created_at_us = 0, last_used_at_us = 0, expires_at_us = 0;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "address", .about = "Where it was last used from."},
                {.name = "client", .about = "What the program called itself (User-Agent)."},
                {.name = "current", .about = "Whether it is the one that asks."}};
    }
};
BOOST_DESCRIBE_STRUCT(OwnSession, (),
                      (id, address, client, current, second_factor, created_at_us, last_used_at_us,
                       expires_at_us))

struct PasswordChange {
    std::string old_password, new_password;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "old_password", .most = 1024, .format = "password"},
                {.name = "new_password",
                 .about = "8 to 128 characters; the commonest are refused.",
                 .most = 1024,
                 .format = "password"}};
    }
};
BOOST_DESCRIBE_STRUCT(PasswordChange, (), (old_password, new_password))

api::RouteDocs docs(std::string id, std::string summary, std::string example = "",
                    std::string answer = "", std::vector<ErrorCode> problems = {}) {
    return {.id = std::move(id),
            .tag = "account",
            .summary = std::move(summary),
            .request_example = std::move(example),
            .answer_example = std::move(answer),
            .problems = std::move(problems)};
}

constexpr std::string_view kMe =
    R"({"id": "user_018f3c2e5b7a7c3d9e4f5a6b7c8d9e0f", "email": "ann@example.org", "name": "Ann",
        "verified": true, "is_operator": false, "suspended": false, "totp": false,
        "created_at_us": 1764000000000000})";

struct OwnName {
    std::string name;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "name", .about = "What others see; empty for nothing.", .most = 100}};
    }
};
BOOST_DESCRIBE_STRUCT(OwnName, (), (name))

Route me_route(Accounts& a) {
    return endpoint<void, User>(
        Method::Get, "/api/v1/me", kSignedIn, docs("get_me", "Who you are", "", std::string(kMe)),
        [&a](Request const& r) { return a.users.get(r.principal.user_id); });
}

Route rename_route(Accounts& a) {
    return endpoint<OwnName, User>(
        Method::Patch, "/api/v1/me", kSignedIn,
        docs("rename_me", "Say what you want to be called", R"({"name": "Ann"})", std::string(kMe),
             {ErrorCode::BadRequest}),
        [&a](Request const& r, OwnName const& body) -> Result<User> {
            TRY_VOID(a.users.rename(r.principal.user_id, body.name));
            return a.users.get(r.principal.user_id);
        });
}

Route sessions_route(Accounts& a) {
    return endpoint<void, Page<OwnSession>>(
        Method::Get, "/api/v1/me/sessions", kSignedIn,
        docs("list_sessions", "Where you are signed in, newest first", "",
             R"({"items": [{"id": "sess_018f3c2e5b7a7c3d9e4f5a6b7c8d9e10",
                            "address": "192.0.2.7", "client": "Mozilla/5.0", "current": true,
                            "second_factor": false, "created_at_us": 1764000000000000,
                            "last_used_at_us": 1764000500000000,
                            "expires_at_us": 1771776000000000}]})"),
        [&a](Request const& r) -> Result<Page<OwnSession>> {
            Page<OwnSession> out;
            for (auto const& s : TRY(a.sessions.list(r.principal.user_id)))
                out.items.push_back({.id = s.id,
                                     .address = s.address,
                                     .client = s.client,
                                     .current = s.id == r.principal.session_id,
                                     .second_factor = s.second_factor,
                                     .created_at_us = s.created_at_us,
                                     .last_used_at_us = s.last_used_at_us,
                                     .expires_at_us = s.expires_at_us});
            return out;
        });
}

Route revoke_route(Accounts& a) {
    return endpoint<void, void>(
        Method::Delete, "/api/v1/me/sessions/{session_id}", kSignedIn,
        docs("revoke_session", "Sign a device out; it ends within a second"),
        [&a](Request const& r) {
            return a.sessions.revoke(r.param("session_id"), r.principal.user_id);
        });
}

Route password_route(Accounts& a) {
    return endpoint<PasswordChange, void>(
        Method::Post, "/api/v1/me/password", kSignedIn,
        docs(
            "change_password", "Change your password; all other sessions end",
            R"({"old_password": "correct horse battery", "new_password": "four other words here"})",
            "", {ErrorCode::NotAllowed, ErrorCode::BadRequest}),
        [&a](Request const& r, PasswordChange const& body) {
            return not_allowed_if_wrong(a.users.change_password(
                r.principal.user_id, body.old_password, body.new_password, r.principal.session_id));
        },
        {.rate = kSecretRate});
}

Route audit_route(Accounts& a) {
    return endpoint<void, Page<AuditEntry>>(
        Method::Get, "/api/v1/me/audit_log", kSignedIn,
        docs("list_my_audit_log", "What you did, and was done in your name; newest first", "",
             R"({"items": [{"id": "audit_018f3c2e5b7a7c3d9e4f5a6b7c8d9e11",
                            "actor_id": "user_018f3c2e5b7a7c3d9e4f5a6b7c8d9e0f",
                            "action": "session.begun",
                            "object_id": "sess_018f3c2e5b7a7c3d9e4f5a6b7c8d9e10",
                            "address": "192.0.2.7", "details": "{}",
                            "at_us": 1764000000000000}]})"),
        [&a](Request const& r) { return audit_page(a, r, r.principal.user_id); },
        {.query = api::page_parameters()});
}

}  // namespace

std::vector<Route> account_routes(Accounts& accounts) {
    std::vector<Route> out;
    for (auto const make :
         {me_route, rename_route, sessions_route, revoke_route, password_route, audit_route})
        out.push_back(make(accounts));
    return out;
}

}  // namespace aiditor::accounts
