#include "service/accounts/authenticate.hpp"

#include "service/accounts/cookies.hpp"
#include "service/accounts/throttle.hpp"

#include <algorithm>
#include <array>

namespace aiditor::accounts {
namespace {

constexpr std::array kProxyHeaders{"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"};

/// The token of "Bearer TOKEN" (RFC 6750, 2.1); the scheme is told without case.
std::optional<std::string_view> bearer(std::string_view header) {
    static constexpr std::string_view kScheme = "bearer ";
    bool const same =
        header.size() > kScheme.size() &&
        std::equal(kScheme.begin(), kScheme.end(), header.begin(), [](char a, char b) {
            return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
        });
    if (!same) return std::nullopt;
    return header.substr(kScheme.size());
}

}  // namespace

bool is_loopback(std::string_view address) {
    return network_of(address, 8, 128) == "127.0.0.0/8" || network_of(address, 8, 128) == "::1/128";
}

Result<api::Principal> Authenticator::by_token(std::string_view token) {
    auto const claims = TRY(access_.verify(token));
    auto const live = TRY(sessions_.live(claims.sid));
    if (live.user_id != claims.sub)
        return fail(ErrorCode::NotSignedIn, "the access token is not of this session");
    api::Principal out;
    out.kind = api::PrincipalKind::User;
    out.user_id = claims.sub;
    out.session_id = claims.sid;
    out.is_operator = live.is_operator;
    out.second_factor = live.second_factor;
    return out;
}

Result<api::Principal> Authenticator::operator()(api::Request const& request) {
    if (auto const header = request.headers.find("Authorization")) {
        auto const token = bearer(*header);
        if (!token || request.headers.count("Authorization") != 1)
            return fail(ErrorCode::NotSignedIn, "use one header: Authorization: Bearer TOKEN");
        return token->starts_with(kApiKeyPrefix) ? api_keys_.authenticate(*token)
                                                 : by_token(*token);
    }
    if (auto const token = cookie_of(request, Cookie::Access); !token.empty())
        return by_token(token);
    bool const proxied = std::ranges::any_of(
        kProxyHeaders, [&](char const* name) { return request.headers.count(name) > 0; });
    api::Principal out;
    if (!local_owner_ || proxied || !is_loopback(request.address)) return out;
    out.kind = api::PrincipalKind::User;
    out.user_id = *local_owner_;
    out.is_operator = true;
    out.second_factor = true;  // sitting at the machine
    return out;
}

}  // namespace aiditor::accounts
