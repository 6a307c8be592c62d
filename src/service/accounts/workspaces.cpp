#include "service/accounts/workspaces.hpp"

#include "base/printable.hpp"
#include "base/random.hpp"
#include "base/sha256.hpp"
#include "service/accounts/email_address.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/queries.hpp"

#include <array>
#include <fmt/format.h>

namespace aiditor::accounts {
namespace {

using api::Role;
constexpr std::array<std::string_view, 4> kRoles{"viewer", "editor", "admin", "owner"};

Role role_at(db::Row const& row) { return static_cast<Role>(row.integer("role")); }

std::unexpected<Error> no_member() {
    return fail(ErrorCode::NotFound, "nobody of that name works in this workspace");
}

Result<> refuse_personal(db::Session& session, std::string const& workspace_id) {
    auto const row = TRY(session.row(queries::kWorkspace, {workspace_id}));
    if (!row) return fail(ErrorCode::NotFound, "there is no such workspace");
    if (row->is_null("personal_of")) return {};
    return fail(ErrorCode::Conflict,
                "a personal workspace has one member; make a shared one for working together");
}

}  // namespace

std::string role_name(Role role) {
    return std::string(kRoles.at(static_cast<std::size_t>(role) - 1));
}

Result<Role> role_of_name(std::string_view name) {
    for (std::size_t i = 0; i < kRoles.size(); ++i)
        if (kRoles[i] == name) return static_cast<Role>(i + 1);
    return fail(ErrorCode::BadRequest, "a role is viewer, editor, admin or owner");
}

Result<> check_name(std::string_view name) {
    if (name.empty() || name.size() > kLongestName || printable(name) != name ||
        name.find_first_not_of(' ') == std::string_view::npos)
        return fail(ErrorCode::BadRequest,
                    fmt::format("a name is 1 to {} bytes of printable text", kLongestName));
    return {};
}

Result<std::string> add_personal_workspace(db::Session& session, Clock const& clock,
                                           std::string const& user_id) {
    auto id = new_id("ws", clock);
    (void)TRY(session.change(queries::kAddWorkspace, {id, "Personal", user_id, clock.now()}));
    (void)TRY(session.change(queries::kAddMember,
                             {id, user_id, static_cast<int>(Role::Owner), clock.now()}));
    return id;
}

Result<std::optional<Role>> Workspaces::role_of(std::string const& user_id,
                                                std::string const& workspace_id) {
    auto const row = TRY(database_.read([&](db::Session& session) {
        return session.row(queries::kRoleInWorkspace, {workspace_id, user_id});
    }));
    if (!row) return std::optional<Role>();
    return role_at(*row);
}

Result<std::vector<Workspace>> Workspaces::list(std::string const& user_id) {
    auto const rows = TRY(database_.read(
        [&](db::Session& session) { return session.rows(queries::kWorkspacesOfUser, {user_id}); }));
    std::vector<Workspace> out;
    for (auto const& row : rows)
        out.push_back({.id = row.text("id"),
                       .name = row.text("name"),
                       .personal = !row.is_null("personal_of"),
                       .role = role_name(role_at(row)),
                       .created_at_us = row.integer("created_at_us")});
    return out;
}

Result<Workspace> Workspaces::get(std::string const& workspace_id, std::string const& user_id) {
    return database_.read([&](db::Session& session) -> Result<Workspace> {
        auto const row = TRY(session.row(queries::kWorkspace, {workspace_id}));
        auto const role = TRY(session.row(queries::kRoleInWorkspace, {workspace_id, user_id}));
        if (!row || !role) return fail(ErrorCode::NotFound, "there is no such workspace");
        return Workspace{.id = workspace_id,
                         .name = row->text("name"),
                         .personal = !row->is_null("personal_of"),
                         .role = role_name(role_at(*role)),
                         .created_at_us = row->integer("created_at_us")};
    });
}

Result<Workspace> Workspaces::create(std::string const& name, std::string const& actor) {
    TRY_VOID(check_name(name));
    return database_.write([&](db::Session& session) -> Result<Workspace> {
        Workspace out{.id = new_id("ws", clock_),
                      .name = name,
                      .personal = false,
                      .role = role_name(Role::Owner),
                      .created_at_us = clock_.now()};
        (void)TRY(session.change(queries::kAddWorkspace,
                                 {out.id, name, std::nullopt, out.created_at_us}));
        (void)TRY(session.change(queries::kAddMember, {out.id, actor, static_cast<int>(Role::Owner),
                                                       out.created_at_us}));
        TRY_VOID(record(session, clock_,
                        {.actor_id = actor,
                         .action = "workspace.created",
                         .object_id = out.id,
                         .address = ""}));
        return out;
    });
}

Result<> Workspaces::rename(std::string const& workspace_id, std::string const& name,
                            std::string const& actor) {
    TRY_VOID(check_name(name));
    return database_.write([&](db::Session& session) -> Result<> {
        if (TRY(session.change(queries::kRenameWorkspace, {workspace_id, name})) == 0)
            return fail(ErrorCode::NotFound, "there is no such workspace");
        return record(session, clock_,
                      {.actor_id = actor,
                       .action = "workspace.renamed",
                       .object_id = workspace_id,
                       .address = ""});
    });
}

Result<std::vector<Member>> Workspaces::members(std::string const& workspace_id) {
    auto const rows = TRY(database_.read(
        [&](db::Session& session) { return session.rows(queries::kMembers, {workspace_id}); }));
    std::vector<Member> out;
    for (auto const& row : rows)
        out.push_back({.user_id = row.text("user_id"),
                       .email = row.text("email"),
                       .name = row.text("name"),
                       .role = role_name(role_at(row)),
                       .since_us = row.integer("created_at_us")});
    return out;
}

Result<Role> Workspaces::role_in(db::Session& session, std::string const& workspace_id,
                                 std::string const& user_id) {
    auto const row = TRY(session.row(queries::kRoleInWorkspace, {workspace_id, user_id}));
    if (!row) return no_member();
    return role_at(*row);
}

Result<> Workspaces::change(db::Session& session, std::string const& workspace_id,
                            std::string const& user_id, std::optional<Role> role,
                            std::string const& actor) {
    // Two owners who leave at once must not both see the other one stay.
    if (TRY(session.change(queries::kLockWorkspace, {workspace_id, clock_.now()})) == 0)
        return fail(ErrorCode::NotFound, "there is no such workspace");
    TRY_VOID(refuse_personal(session, workspace_id));
    auto const rows = TRY(session.rows(queries::kMembers, {workspace_id}));
    std::optional<Role> own, present;
    for (auto const& row : rows) {
        if (row.text("user_id") == actor) own = role_at(row);
        if (row.text("user_id") == user_id) present = role_at(row);
    }
    if (!present) return no_member();
    bool const leaves = actor == user_id && !role;
    if (!own || (!leaves && (*own < Role::Admin || *present > *own || role > own)))
        return fail(ErrorCode::NotAllowed,
                    "only admins change members, and nobody above their own role");
    auto const owners = TRY(session.row(queries::kCountOwners, {workspace_id, user_id}));
    if (*present == Role::Owner && role != Role::Owner && owners->integer("owners") == 0)
        return fail(ErrorCode::Conflict,
                    "this is the last owner; make somebody else an owner first");
    if (role) {
        (void)TRY(session.change(queries::kPutMember,
                                 {workspace_id, user_id, static_cast<int>(*role), clock_.now()}));
    } else {
        (void)TRY(session.change(queries::kDropMember, {workspace_id, user_id}));
    }
    return record(session, clock_,
                  {.actor_id = actor,
                   .action = role ? "member.changed" : "member.removed",
                   .object_id = workspace_id,
                   .address = "",
                   .details = {{"user", user_id}, {"role", role ? role_name(*role) : "none"}}});
}

Result<> Workspaces::set_role(std::string const& workspace_id, std::string const& user_id,
                              Role role, std::string const& actor) {
    return database_.write(
        [&](db::Session& session) { return change(session, workspace_id, user_id, role, actor); });
}

Result<> Workspaces::remove(std::string const& workspace_id, std::string const& user_id,
                            std::string const& actor) {
    return database_.write([&](db::Session& session) {
        return change(session, workspace_id, user_id, std::nullopt, actor);
    });
}

Result<std::string> Workspaces::invite(std::string const& workspace_id, std::string const& email,
                                       Role role, std::string const& actor) {
    auto const address = TRY(normal_email(email));
    auto secret = random_secret();
    auto done = database_.write([&](db::Session& session) -> Result<> {
        TRY_VOID(refuse_personal(session, workspace_id));
        auto const own = TRY(role_in(session, workspace_id, actor));
        if (own < Role::Admin || role > own)
            return fail(ErrorCode::NotAllowed,
                        "only admins invite, and nobody above their own role");
        auto const id = new_id("inv", clock_);
        (void)TRY(session.change(queries::kPutInvitation,
                                 {id, workspace_id, address, static_cast<int>(role),
                                  sha256_hex(secret), actor, clock_.now() + kInviteLifetime}));
        return record(session, clock_,
                      {.actor_id = actor,
                       .action = "member.invited",
                       .object_id = workspace_id,
                       .address = "",
                       .details = {{"invitation", id}, {"role", role_name(role)}}});
    });
    TRY_VOID(done);
    return secret;
}

Result<std::vector<Invitation>> Workspaces::invitations(std::string const& workspace_id) {
    auto const rows = TRY(database_.read([&](db::Session& session) {
        return session.rows(queries::kInvitations, {workspace_id, clock_.now()});
    }));
    std::vector<Invitation> out;
    for (auto const& row : rows)
        out.push_back({.id = row.text("id"),
                       .email = row.text("email"),
                       .role = role_name(role_at(row)),
                       .expires_at_us = row.integer("expires_at_us")});
    return out;
}

Result<> Workspaces::withdraw(std::string const& workspace_id, std::string const& id) {
    auto const n = TRY(database_.write([&](db::Session& session) {
        return session.change(queries::kDropInvitation, {workspace_id, id});
    }));
    if (n == 0) return fail(ErrorCode::NotFound, "there is no such invitation");
    return {};
}

Result<std::string> Workspaces::accept(std::string const& secret, std::string const& user_id) {
    return database_.write([&](db::Session& session) -> Result<std::string> {
        auto const ended = [] {
            return fail(ErrorCode::Gone,
                        "this invitation has ended, or is for another address; ask for a new one");
        };
        auto const row =
            TRY(session.row(queries::kUseInvitation, {sha256_hex(secret), clock_.now()}));
        auto const user = TRY(session.row(queries::kUserById, {user_id}));
        if (!row || !user || row->text("email") != user->text("email")) return ended();
        auto const& workspace_id = row->text("workspace_id");
        // Who invited may have lost that right since.
        auto const inviter =
            TRY(session.row(queries::kRoleInWorkspace, {workspace_id, row->text("invited_by")}));
        if (!inviter || role_at(*inviter) < Role::Admin || role_at(*row) > role_at(*inviter))
            return ended();
        (void)TRY(session.change(queries::kAddMember,
                                 {workspace_id, user_id, row->integer("role"), clock_.now()}));
        TRY_VOID(record(session, clock_,
                        {.actor_id = user_id,
                         .action = "member.joined",
                         .object_id = workspace_id,
                         .address = ""}));
        return workspace_id;
    });
}

}  // namespace aiditor::accounts
