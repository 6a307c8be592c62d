#pragma once
/// What the routes of this room have in common.

#include "service/accounts/accounts.hpp"
#include "service/api/route.hpp"

#include <utility>

namespace aiditor::accounts {

inline constexpr api::Policy kAnybody{.access = api::Access::Public};
inline constexpr api::Policy kSignedIn{.access = api::Access::SignedIn};

// By address for strangers, by person for the others; what guesses secrets is slow.
inline constexpr api::RateLimit kSignInRate{"sign_in", 60, std::chrono::seconds(60)};
inline constexpr api::RateLimit kRefreshRate{"refresh", 120, std::chrono::seconds(60)};
inline constexpr api::RateLimit kRegisterRate{"register", 20, std::chrono::seconds(3600)};
inline constexpr api::RateLimit kMailRate{"account_mail", 10, std::chrono::seconds(3600)};
/// Of links and one-time secrets, and of one's own password asked for again.
inline constexpr api::RateLimit kSecretRate{"account_secret", 30, std::chrono::seconds(900)};

[[nodiscard]] inline Client client_of(api::Request const& request) {
    return {.address = request.address,
            .name = std::string(request.headers.find("User-Agent").value_or(""))};
}

/// A wrong password of somebody who is signed in is no reason to sign in again.
template <class T>
[[nodiscard]] Result<T> not_allowed_if_wrong(Result<T> result) {
    if (!result && result.error().code == ErrorCode::NotSignedIn)
        return fail(ErrorCode::NotAllowed, std::move(result).error().message);
    return result;
}

/// A page of the audit log, of one person or (empty) of all; for routes with page_parameters().
[[nodiscard]] inline Result<api::Page<AuditEntry>> audit_page(Accounts& accounts,
                                                              api::Request const& request,
                                                              std::string const& actor) {
    auto const limit = api::page_limit(request);
    api::Page<AuditEntry> out;
    out.items = TRY(accounts.database.read([&](db::Session& session) {
        return audit_entries(session, actor, request.query_text("cursor").value_or(""),
                             static_cast<int>(limit) + 1);
    }));
    if (std::ssize(out.items) > limit) {
        out.items.pop_back();
        out.next_cursor = out.items.back().id;
    }
    return out;
}

}  // namespace aiditor::accounts
