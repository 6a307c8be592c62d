#pragma once
/// Who asks, and what a route demands of him. One function decides: authorise().

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aiditor::api {

enum class Role : std::uint8_t { Viewer = 1, Editor, Admin, Owner };  ///< in a workspace; ordered

enum class PrincipalKind : std::uint8_t { Anonymous = 1, User, ApiKey, ShareLink };

/// Made by the authenticator from the request's credentials; anonymous without any.
struct Principal {
    PrincipalKind kind = PrincipalKind::Anonymous;
    std::string user_id{};       ///< user_...; of the key's owner for ApiKey
    std::string session_id{};    ///< sess_... for User
    std::string key_id{};        ///< of an ApiKey
    std::string workspace_id{};  ///< the one workspace of an ApiKey or a ShareLink, else empty
    std::string share_id{};      ///< share_... for ShareLink
    bool is_operator = false;    ///< may see the admin pages (with a second factor)
    bool second_factor = false;
    std::vector<std::string> scopes{};  ///< of an ApiKey: "read", "write", "upload"
};

/// Who it is in a log and in a count: the key, the user, the link; empty for nobody.
[[nodiscard]] std::string const& principal_name(Principal const& principal);

/// What every route states; there is no default.
enum class Access : std::uint8_t {
    Public = 1,  ///< anybody, e.g. health and sign-in
    SignedIn,    ///< a user with a live session (account pages); no API key
    Workspace,   ///< a member of the workspace that the object belongs to, with `role` or above
    Operator,    ///< whoever runs this installation
    Share,       ///< a live share link to the object
};

struct Policy {
    Access access;
    Role role = Role::Viewer;     ///< for Workspace
    std::string_view scope = "";  ///< that an API key must have, for Workspace; "": no key may
};

}  // namespace aiditor::api
