#pragma once
/// Where things belong: everybody has a personal workspace, and shared ones have members with
/// roles.

#include "service/accounts/audit.hpp"
#include "service/api/principal.hpp"
#include "service/db/database.hpp"

#include <boost/describe.hpp>
#include <optional>

namespace aiditor::accounts {

inline constexpr std::size_t kLongestName = 100;  // bytes; of workspaces and API keys

struct Workspace {
    std::string id, name;
    bool personal = false;
    std::string role;  ///< of whoever asks: "viewer", "editor", "admin", "owner"
    UtcMicros created_at_us = 0;
};
BOOST_DESCRIBE_STRUCT(Workspace, (), (id, name, personal, role, created_at_us))

struct Member {
    std::string user_id, email, name, role;
    UtcMicros since_us = 0;
};
BOOST_DESCRIBE_STRUCT(Member, (), (user_id, email, name, role, since_us))

struct Invitation {
    std::string id, email, role;
    UtcMicros expires_at_us = 0;
};
BOOST_DESCRIBE_STRUCT(Invitation, (), (id, email, role, expires_at_us))

[[nodiscard]] std::string role_name(api::Role role);
/// Errors: BadRequest for another name.
[[nodiscard]] Result<api::Role> role_of_name(std::string_view name);
/// A name for people: 1 to kLongestName bytes of printable UTF-8, not only spaces. Errors:
/// BadRequest.
[[nodiscard]] Result<> check_name(std::string_view name);

/// Makes the workspace in which somebody begins.
[[nodiscard]] Result<std::string> add_personal_workspace(db::Session& session, Clock const& clock,
                                                         std::string const& user_id);

/// Thread-safe. `actor` is who does it; that he may is for the route's policy, but nobody gives or
/// takes a role above his own, and a workspace never loses its last owner (Conflict).
class Workspaces {
public:
    Workspaces(db::Database& database, Clock const& clock) : database_(database), clock_(clock) {}

    /// Of a member who is not suspended; nothing otherwise.
    [[nodiscard]] Result<std::optional<api::Role>> role_of(std::string const& user_id,
                                                           std::string const& workspace_id);
    [[nodiscard]] Result<std::vector<Workspace>> list(std::string const& user_id);
    /// Errors: NotFound, also for somebody who is no member.
    [[nodiscard]] Result<Workspace> get(std::string const& workspace_id,
                                        std::string const& user_id);
    /// `actor` owns it. Errors: BadRequest for the name.
    [[nodiscard]] Result<Workspace> create(std::string const& name, std::string const& actor);
    [[nodiscard]] Result<> rename(std::string const& workspace_id, std::string const& name,
                                  std::string const& actor);

    [[nodiscard]] Result<std::vector<Member>> members(std::string const& workspace_id);
    /// Errors: NotFound, NotAllowed, Conflict for the last owner and for personal workspaces.
    [[nodiscard]] Result<> set_role(std::string const& workspace_id, std::string const& user_id,
                                    api::Role role, std::string const& actor);
    /// Somebody leaves (`actor` himself) or is put out. Errors: as set_role.
    [[nodiscard]] Result<> remove(std::string const& workspace_id, std::string const& user_id,
                                  std::string const& actor);

    /// The secret of a link, good for kInviteLifetime, for whoever signs in with that address.
    /// Errors: BadRequest for the address, NotAllowed, Conflict for a personal workspace.
    [[nodiscard]] Result<std::string> invite(std::string const& workspace_id,
                                             std::string const& email, api::Role role,
                                             std::string const& actor);
    [[nodiscard]] Result<std::vector<Invitation>> invitations(std::string const& workspace_id);
    [[nodiscard]] Result<> withdraw(std::string const& workspace_id, std::string const& id);
    /// The workspace. Errors: Gone for a link that has ended or was made for another address.
    [[nodiscard]] Result<std::string> accept(std::string const& secret, std::string const& user_id);

private:
    [[nodiscard]] Result<> change(db::Session& session, std::string const& workspace_id,
                                  std::string const& user_id, std::optional<api::Role> role,
                                  std::string const& actor);
    [[nodiscard]] Result<api::Role> role_in(db::Session& session, std::string const& workspace_id,
                                            std::string const& user_id);

    db::Database& database_;
    Clock const& clock_;
};

}  // namespace aiditor::accounts
