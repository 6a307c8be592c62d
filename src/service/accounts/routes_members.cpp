/// Who works in a workspace, and who is invited.

#include "service/accounts/email_address.hpp"
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

constexpr api::Policy kMember{.access = Access::Workspace, .role = Role::Viewer};
constexpr api::Policy kAdmin{.access = Access::Workspace, .role = Role::Admin};
constexpr std::string_view kMembers = "/api/v1/workspaces/{workspace_id}/members";
constexpr std::string_view kInvitations = "/api/v1/workspaces/{workspace_id}/invitations";

api::FieldDoc const kRole{.name = "role", .about = "viewer, editor, admin or owner.", .most = 16};

struct RoleChange {
    std::string role;
    static std::vector<api::FieldDoc> fields() { return {kRole}; }
};
BOOST_DESCRIBE_STRUCT(RoleChange, (), (role))

struct NewInvitation {
    std::string email, role;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "email", .most = 254, .format = "email"}, kRole};
    }
};
BOOST_DESCRIBE_STRUCT(NewInvitation, (), (email, role))

struct InvitationLink {
    std::string link;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "link",
                 .about = "For whoever has that address and signs in; good for seven days, shown "
                          "only now, and mailed where mail is set up."}};
    }
};
BOOST_DESCRIBE_STRUCT(InvitationLink, (), (link))

struct InvitationSecret {
    std::string secret;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "secret", .about = "What stands behind # in the link.", .most = 128}};
    }
};
BOOST_DESCRIBE_STRUCT(InvitationSecret, (), (secret))

struct JoinedWorkspace {
    std::string workspace_id;
};
BOOST_DESCRIBE_STRUCT(JoinedWorkspace, (), (workspace_id))

api::RouteDocs docs(std::string id, std::string summary, std::string example = "",
                    std::string answer = "", std::vector<ErrorCode> problems = {}) {
    return {.id = std::move(id),
            .tag = "members",
            .summary = std::move(summary),
            .request_example = std::move(example),
            .answer_example = std::move(answer),
            .problems = std::move(problems)};
}

Route list_route(Accounts& a) {
    return endpoint<void, Page<Member>>(
        Method::Get, std::string(kMembers), kMember,
        docs("list_members", "Who works in a workspace", "",
             R"({"items": [{"user_id": "user_018f3c2e5b7a7c3d9e4f5a6b7c8d9e0f",
                            "email": "ann@example.org", "name": "Ann", "role": "owner",
                            "since_us": 1764000000000000}]})"),
        [&a](Request const& r) -> Result<Page<Member>> {
            return Page<Member>{.items = TRY(a.workspaces.members(r.param("workspace_id"))),
                                .next_cursor = {}};
        });
}

Route set_role_route(Accounts& a) {
    return endpoint<RoleChange, void>(
        Method::Patch, std::string(kMembers) + "/{user_id}", kAdmin,
        docs("set_member_role", "Give a member another role, at most your own",
             R"({"role": "editor"})", "", {ErrorCode::BadRequest, ErrorCode::Conflict}),
        [&a](Request const& r, RoleChange const& body) -> Result<> {
            return a.workspaces.set_role(r.param("workspace_id"), r.param("user_id"),
                                         TRY(role_of_name(body.role)), r.principal.user_id);
        });
}

Route remove_route(Accounts& a) {
    return endpoint<void, void>(
        Method::Delete, std::string(kMembers) + "/{user_id}", kMember,
        docs("remove_member", "Put a member out (admins), or leave yourself (anybody)", "", "",
             {ErrorCode::Conflict}),
        [&a](Request const& r) {
            return a.workspaces.remove(r.param("workspace_id"), r.param("user_id"),
                                       r.principal.user_id);
        });
}

Route invitations_route(Accounts& a) {
    return endpoint<void, Page<Invitation>>(
        Method::Get, std::string(kInvitations), kAdmin,
        docs("list_invitations", "Who is invited and has not come yet", "",
             R"({"items": [{"id": "inv_018f3c2e5b7a7c3d9e4f5a6b7c8d9e13",
                            "email": "bob@example.org", "role": "editor",
                            "expires_at_us": 1764604800000000}]})"),
        [&a](Request const& r) -> Result<Page<Invitation>> {
            return Page<Invitation>{.items = TRY(a.workspaces.invitations(r.param("workspace_id"))),
                                    .next_cursor = {}};
        });
}

Result<InvitationLink> invite(Accounts& a, Request const& r, NewInvitation const& body) {
    auto const& id = r.param("workspace_id");
    auto const& actor = r.principal.user_id;
    auto const role = TRY(role_of_name(body.role));
    auto const secret = TRY(a.workspaces.invite(id, body.email, role, actor));
    InvitationLink out{a.settings.public_url + "/invitation#" + secret};
    if (!a.settings.mail) return out;
    auto const workspace = TRY(a.workspaces.get(id, actor));
    auto const inviter = TRY(a.users.get(actor));
    auto const to = TRY(normal_email(body.email));
    TRY_VOID(a.database.write([&](db::Session& session) {
        return a.outbox.put(
            session, {.to = to,
                      .subject = "You are invited to an Aiditor workspace",
                      .body = inviter.email + " invites you to work in \"" + workspace.name +
                              "\". To join, sign in with this address and follow this link within "
                              "seven days:\n\n" +
                              out.link + "\n\nIf you do not know them, there is nothing to do.\n"});
    }));
    return out;
}

Route invite_route(Accounts& a) {
    return endpoint<NewInvitation, InvitationLink>(
        Method::Post, std::string(kInvitations), kAdmin,
        docs("invite_member", "Invite somebody, with at most your own role",
             R"({"email": "bob@example.org", "role": "editor"})",
             R"({"link": "https://aiditor.example/invitation#q2Zt0cXyqfRZ2T2Z0xqg1rI1o5Yw0m0c"})",
             {ErrorCode::BadRequest, ErrorCode::Conflict}),
        [&a](Request const& r, NewInvitation const& body) { return invite(a, r, body); },
        {.success = 201, .rate = kMailRate});
}

Route withdraw_route(Accounts& a) {
    return endpoint<void, void>(
        Method::Delete, std::string(kInvitations) + "/{invitation_id}", kAdmin,
        docs("withdraw_invitation", "Take an invitation back"), [&a](Request const& r) {
            return a.workspaces.withdraw(r.param("workspace_id"), r.param("invitation_id"));
        });
}

Route accept_route(Accounts& a) {
    return endpoint<InvitationSecret, JoinedWorkspace>(
        Method::Post, "/api/v1/invitations/accept", kSignedIn,
        docs("accept_invitation", "Join a workspace that invited your address",
             R"({"secret": "q2Zt0cXyqfRZ2T2Z0xqg1rI1o5Yw0m0cQm8n1w2e3r4"})",
             R"({"workspace_id": "ws_018f3c2e5b7a7c3d9e4f5a6b7c8d9e12"})", {ErrorCode::Gone}),
        [&a](Request const& r, InvitationSecret const& body) -> Result<JoinedWorkspace> {
            return JoinedWorkspace{TRY(a.workspaces.accept(body.secret, r.principal.user_id))};
        },
        {.rate = kSecretRate});
}

}  // namespace

std::vector<Route> member_routes(Accounts& accounts) {
    std::vector<Route> out;
    for (auto const make : {list_route, set_role_route, remove_route, invitations_route,
                            invite_route, withdraw_route, accept_route})
        out.push_back(make(accounts));
    return out;
}

}  // namespace aiditor::accounts
