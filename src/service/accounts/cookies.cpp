#include "service/accounts/cookies.hpp"

#include "service/accounts/lifetimes.hpp"

#include <array>
#include <fmt/format.h>

namespace aiditor::accounts {
namespace {

struct Kind {
    std::string_view secure, plain;
    UtcMicros lifetime;
};
constexpr std::array kKinds{
    Kind{"__Host-aiditor_access", "aiditor_http_access", kAccessLifetime},
    Kind{"__Host-aiditor_refresh", "aiditor_http_refresh", kSessionIdle},
    Kind{"__Host-aiditor_device", "aiditor_http_device", kDeviceLifetime},
};
Kind const& kind_of(Cookie cookie) { return kKinds.at(static_cast<std::size_t>(cookie) - 1); }

}  // namespace

std::string_view cookie_name(Cookie cookie, std::string_view scheme) {
    return scheme == "https" ? kind_of(cookie).secure : kind_of(cookie).plain;
}

std::string cookie_of(api::Request const& request, Cookie cookie) {
    return request.cookie(cookie_name(cookie, request.scheme)).value_or("");
}

std::string set_cookie(Cookie cookie, std::string_view scheme, std::string_view value) {
    return fmt::format("{}={}; Max-Age={}; Path=/; HttpOnly; SameSite=Lax{}",
                       cookie_name(cookie, scheme), value,
                       value.empty() ? 0 : kind_of(cookie).lifetime / kMicrosPerSecond,
                       scheme == "https" ? "; Secure" : "");
}

}  // namespace aiditor::accounts
