#pragma once
/// What keeps other web sites out of a browser that is signed in here.

#include "base/result.hpp"
#include "service/api/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aiditor::api {

struct BrowserRules {
    /// Names this service goes by, without a port, in lower case; anything else in Host is refused,
    /// which ends DNS rebinding. Empty refuses all.
    std::vector<std::string> hosts;
    /// Other origins whose scripts may read answers and send requests, exactly as a browser writes
    /// them ("https://studio.example"). They never get cookies along.
    std::vector<std::string> origins;
    /// Another origin that media comes from (an object store); "" is none.
    std::string media_origin;
};

/// Errors: BadRequest for a host that is not in the list.
[[nodiscard]] Result<> check_host(BrowserRules const& rules, Request const& request);

/// Refuses what another site can make a browser send: every request that changes state, and every
/// WebSocket, unless it carries an Authorization header, which no site can add by itself. By
/// Sec-Fetch-Site, else by Origin; with cookies one of both must be there. Errors: NotAllowed.
[[nodiscard]] Result<> check_cross_site(BrowserRules const& rules, Request const& request);

/// The answer to a CORS preflight (Fetch standard, 4.8) of an origin in the list.
[[nodiscard]] std::optional<Response> preflight(BrowserRules const& rules, Request const& request,
                                                std::vector<Method> const& allowed);

/// Sets what every answer carries; what a handler has set stays. HSTS only over https.
void add_security_headers(BrowserRules const& rules, Request const& request, Headers& headers);

}  // namespace aiditor::api
