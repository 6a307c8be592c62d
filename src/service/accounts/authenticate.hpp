#pragma once
/// Who asks: from what a request carries to a Principal.

#include "service/accounts/access_tokens.hpp"
#include "service/accounts/api_keys.hpp"
#include "service/accounts/sessions.hpp"
#include "service/api/http.hpp"

#include <optional>
#include <string>

namespace aiditor::accounts {

/// Thread-safe. An Authorization header counts before cookies; a cookie never stands in for a
/// header that is wrong.
class Authenticator {
public:
    /// With `local_owner` (the id from Users::ensure_owner) every request from loopback that
    /// carries no credentials is the owner's. That is safe only together with what the api room
    /// does before this is asked: the Host header must be one of this service's own names (no DNS
    /// rebinding), and requests that another web site caused are refused (no CSRF). What came
    /// through a proxy, as its headers tell, is never from loopback here.
    Authenticator(Sessions& sessions, ApiKeys& api_keys, AccessTokens const& access,
                  std::optional<std::string> local_owner)
        : sessions_(sessions),
          api_keys_(api_keys),
          access_(access),
          local_owner_(std::move(local_owner)) {}

    /// Anonymous without credentials. Errors: NotSignedIn for credentials that are no good, and
    /// those of the database.
    [[nodiscard]] Result<api::Principal> operator()(api::Request const& request);

private:
    [[nodiscard]] Result<api::Principal> by_token(std::string_view token);

    Sessions& sessions_;
    ApiKeys& api_keys_;
    AccessTokens const& access_;
    std::optional<std::string> local_owner_;
};

/// 127.0.0.0/8 and ::1, also as an IPv4 address in IPv6.
[[nodiscard]] bool is_loopback(std::string_view address);

}  // namespace aiditor::accounts
