#pragma once
/// The cookies of people who are signed in (RFC 6265bis). Over https their names begin with
/// "__Host-", so that no neighbouring domain can set them; over plain http, which only loopback and
/// `--lan` without TLS have, they have other names, so that neither is taken for the other.

#include "service/api/http.hpp"

#include <string>
#include <string_view>

namespace aiditor::accounts {

enum class Cookie : std::uint8_t {
    Access = 1,  ///< the access token
    Refresh,     ///< the refresh token
    Device,      ///< that this device is known
};

[[nodiscard]] std::string_view cookie_name(Cookie cookie, std::string_view scheme);
[[nodiscard]] std::string cookie_of(api::Request const& request, Cookie cookie);
/// A Set-Cookie value that lasts as long as what it holds: HttpOnly, SameSite=Lax, Path=/, Secure
/// over https. An empty value takes the cookie away.
[[nodiscard]] std::string set_cookie(Cookie cookie, std::string_view scheme,
                                     std::string_view value);

}  // namespace aiditor::accounts
