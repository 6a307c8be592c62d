#include "service/api/authorise.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::api {
namespace {

std::unexpected<Error> not_found() {
    return fail(ErrorCode::NotFound, "there is nothing here, or it is not yours");
}

Result<> of_workspace(Principal const& principal, Policy const& policy, Request const& request,
                      Memberships const& memberships) {
    auto const named = request.params.find("workspace_id");
    if (named == request.params.end()) return not_found();
    auto const& workspace = named->second;
    bool const is_key = principal.kind == PrincipalKind::ApiKey;
    if (is_key && principal.workspace_id != workspace) return not_found();
    auto const role = TRY(memberships(principal.user_id, workspace));
    if (!role) return not_found();
    if (*role < policy.role)
        return fail(ErrorCode::NotAllowed, "your role in this workspace does not allow this");
    if (!is_key) return {};
    if (policy.scope.empty())
        return fail(ErrorCode::NotAllowed, "API keys cannot do this; sign in instead");
    if (std::ranges::find(principal.scopes, policy.scope) == principal.scopes.end())
        return fail(ErrorCode::NotAllowed,
                    fmt::format("this API key lacks the scope \"{}\"", policy.scope));
    return {};
}

Result<> of_share(Principal const& principal, Request const& request) {
    if (principal.kind != PrincipalKind::ShareLink) return not_found();
    auto const named = request.params.find("share_id");
    if (named != request.params.end() && named->second != principal.share_id) return not_found();
    return {};
}

}  // namespace

std::string const& principal_name(Principal const& principal) {
    if (principal.kind == PrincipalKind::ApiKey) return principal.key_id;
    if (principal.kind == PrincipalKind::ShareLink) return principal.share_id;
    return principal.user_id;
}

Result<> authorise(Principal const& principal, Policy const& policy, Request const& request,
                   Memberships const& memberships) {
    if (policy.access == Access::Public) return {};
    if (policy.access == Access::Share) return of_share(principal, request);
    if (principal.kind == PrincipalKind::Anonymous)
        return fail(ErrorCode::NotSignedIn, "sign in, or send an API key");
    if (principal.kind == PrincipalKind::ShareLink)
        return fail(ErrorCode::NotAllowed, "a share link shows one thing and opens nothing else");
    if (policy.access == Access::Workspace)
        return of_workspace(principal, policy, request, memberships);
    if (principal.kind != PrincipalKind::User)
        return fail(ErrorCode::NotAllowed, "API keys cannot do this; sign in instead");
    if (policy.access == Access::SignedIn) return {};
    if (policy.access != Access::Operator || !principal.is_operator)
        return fail(ErrorCode::NotAllowed, "this is for whoever runs this installation");
    if (!principal.second_factor)
        return fail(ErrorCode::NotAllowed, "sign in with your second factor first");
    return {};
}

}  // namespace aiditor::api
