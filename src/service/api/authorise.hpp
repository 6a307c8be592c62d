#pragma once
/// The one function that decides who may do what.

#include "base/result.hpp"
#include "service/api/http.hpp"
#include "service/api/principal.hpp"

#include <functional>
#include <optional>
#include <string>

namespace aiditor::api {

/// The role of a user in a workspace; empty for somebody who is no member, and for a workspace that
/// does not exist. Thread-safe. Errors: those of the store.
using Memberships = std::function<Result<std::optional<Role>>(std::string const& user_id,
                                                              std::string const& workspace_id)>;

/// Whether `principal` may do what `policy` guards. The workspace is the parameter workspace_id of
/// the request's path, the share link (where the path names one) share_id.
/// Errors: NotSignedIn for nobody; NotFound for a workspace that the principal is not in, so that
/// nobody learns which exist, and for a page of a link without that link; NotAllowed for too small
/// a role, a scope that is missing, and every kind of principal that such a page is not for; errors
/// of `memberships`.
[[nodiscard]] Result<> authorise(Principal const& principal, Policy const& policy,
                                 Request const& request, Memberships const& memberships);

}  // namespace aiditor::api
