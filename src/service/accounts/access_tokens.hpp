#pragma once
/// Access tokens: JWTs (RFC 7519) of the profile "at+jwt" (RFC 9068), signed with HS256 and nothing
/// else. Only this program makes and reads them, so a token's header must be, byte for byte, the
/// one it writes for that key: what an attacker sends is not parsed before its signature is right
/// (RFC 8725, 3.1 to 3.3).

#include "service/accounts/keys.hpp"

#include <boost/describe.hpp>

namespace aiditor::accounts {

inline constexpr std::size_t kMostTokenBytes = 4096;
inline constexpr UtcMicros kClockSkew = 30 * kMicrosPerSecond;  ///< of the nodes

/// Times are whole seconds since 1970.
struct AccessClaims {
    std::string iss, aud, client_id;
    std::string sub;  ///< user_...
    std::string sid;  ///< sess_...
    std::string jti;
    std::int64_t iat = 0, exp = 0;
};
BOOST_DESCRIBE_STRUCT(AccessClaims, (), (iss, aud, client_id, sub, sid, jti, iat, exp))

/// Thread-safe.
class AccessTokens {
public:
    /// `issuer` is the public address of this installation.
    AccessTokens(Keys const& keys, Clock const& clock, std::string issuer)
        : keys_(keys), clock_(clock), issuer_(std::move(issuer)) {}

    /// Good for kAccessLifetime.
    [[nodiscard]] std::string issue(std::string_view user, std::string_view session) const;
    /// Says nothing about whether the session is still alive. Errors: NotSignedIn, with one message
    /// whatever is wrong.
    [[nodiscard]] Result<AccessClaims> verify(std::string_view token) const;

private:
    Keys const& keys_;
    Clock const& clock_;
    std::string issuer_;
};

}  // namespace aiditor::accounts
