#include "service/accounts/access_tokens.hpp"

#include "base/base64.hpp"
#include "base/hmac.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "service/accounts/lifetimes.hpp"

#include <fmt/format.h>

namespace aiditor::accounts {
namespace {

constexpr std::string_view kAudience = "aiditor-api", kClient = "aiditor";

std::string header_of(Key const& key) {
    return base64url(fmt::format(R"({{"alg":"HS256","kid":"{}","typ":"at+jwt"}})", key.id));
}

std::unexpected<Error> refused() {
    return fail(ErrorCode::NotSignedIn, "the access token is not valid or has ended; sign in");
}

}  // namespace

std::string AccessTokens::issue(std::string_view user, std::string_view session) const {
    auto const now = clock_.now();
    auto const ring = keys_.ring();
    auto const& key = ring->for_signing(now);
    AccessClaims const claims{.iss = issuer_,
                              .aud = std::string(kAudience),
                              .client_id = std::string(kClient),
                              .sub = std::string(user),
                              .sid = std::string(session),
                              .jti = base64url(random_bytes(16)),
                              .iat = now / kMicrosPerSecond,
                              .exp = (now + kAccessLifetime) / kMicrosPerSecond};
    auto token = header_of(key) + "." + base64url(json::to_text(claims, json::Layout::OneLine));
    auto const code = hmac(MacHash::Sha256, key.bytes(), token);
    return token + "." + base64url(code);
}

Result<AccessClaims> AccessTokens::verify(std::string_view token) const {
    if (token.size() > kMostTokenBytes) return refused();
    auto const first = token.find('.'), last = token.rfind('.');
    if (first == std::string_view::npos || first == last) return refused();
    auto const header = token.substr(0, first);
    auto const payload = token.substr(first + 1, last - first - 1);

    auto const ring = keys_.ring();
    Key const* key = nullptr;
    for (auto const& known : ring->signing)
        if (header == header_of(known)) key = &known;
    if (!key) return refused();
    auto const code = from_base64url(token.substr(last + 1));
    if (!code || !equal_secrets(*code, hmac(MacHash::Sha256, key->bytes(), token.substr(0, last))))
        return refused();

    auto const text = from_base64url(payload);
    if (!text) return refused();
    auto claims = json::from_text<AccessClaims>(*text);
    if (!claims) return refused();
    auto const now = clock_.now() / kMicrosPerSecond;
    constexpr auto kLongest = kAccessLifetime / kMicrosPerSecond;
    bool const ours = claims->iss == issuer_ && claims->aud == kAudience &&
                      claims->client_id == kClient && is_id(claims->sub, "user") &&
                      is_id(claims->sid, "sess");
    bool const timely = claims->exp > now && claims->iat <= now + kClockSkew / kMicrosPerSecond &&
                        claims->exp > claims->iat && claims->exp <= claims->iat + kLongest;
    if (!ours || !timely) return refused();
    return claims;
}

}  // namespace aiditor::accounts
