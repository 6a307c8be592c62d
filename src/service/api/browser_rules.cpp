#include "service/api/browser_rules.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::api {
namespace {

constexpr std::string_view kAllowedHeaders =
    "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, Range, "
    "Tus-Resumable, Upload-Checksum, Upload-Concat, Upload-Defer-Length, Upload-Length, "
    "Upload-Metadata, Upload-Offset";
constexpr std::string_view kExposedHeaders =
    "Aiditor-Clip-Id, Content-Range, ETag, Idempotency-Replayed, Link, Location, RateLimit, "
    "RateLimit-Policy, "
    "Retry-After, Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Expires, "
    "Upload-Length, Upload-Metadata, Upload-Offset, X-Request-Id";

std::string without_port(std::string_view host) {
    auto const after_bracket = host.find(']');  // of an IPv6 address
    auto const from = after_bracket == std::string_view::npos ? 0 : after_bracket;
    std::string out(host.substr(0, host.find(':', from)));
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

bool is_listed(BrowserRules const& rules, std::string_view origin) {
    return std::ranges::find(rules.origins, origin) != rules.origins.end();
}

bool is_own(Request const& request, std::string_view origin) {
    return origin == fmt::format("{}://{}", request.scheme, request.host);
}

bool is_safe(Method method) {
    return method == Method::Get || method == Method::Head || method == Method::Options;
}

std::string content_policy(std::string const& media_origin) {
    auto const also = media_origin.empty() ? "" : " " + media_origin;
    return fmt::format(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:{0}; "
        "media-src 'self' blob:{0}; connect-src 'self'{0}; font-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
        also);
}

void set_unless_there(Headers& headers, std::string_view name, std::string value) {
    if (!headers.find(name)) headers.add(std::string(name), std::move(value));
}

}  // namespace

Result<> check_host(BrowserRules const& rules, Request const& request) {
    auto const name = without_port(request.host);
    if (std::ranges::find(rules.hosts, name) != rules.hosts.end()) return {};
    return fail(ErrorCode::BadRequest, "this service does not go by the name in Host");
}

Result<> check_cross_site(BrowserRules const& rules, Request const& request) {
    bool const upgrades = request.headers.find("Upgrade").has_value();
    if (is_safe(request.method) && !upgrades) return {};
    if (request.headers.find("Authorization")) return {};
    auto const origin = request.headers.find("Origin");
    auto const site = request.headers.find("Sec-Fetch-Site");
    bool const known = origin && (is_own(request, *origin) || is_listed(rules, *origin));
    if (known) return {};
    bool const by_site = site && (*site == "same-origin" || *site == "none");
    if (by_site && (!origin || !upgrades)) return {};
    if (!site && !origin && !request.headers.find("Cookie")) return {};
    return fail(ErrorCode::NotAllowed,
                "the request comes from another site, or does not say that it does not: send "
                "Origin, or an Authorization header");
}

std::optional<Response> preflight(BrowserRules const& rules, Request const& request,
                                  std::vector<Method> const& allowed) {
    auto const origin = request.headers.find("Origin");
    bool const asks = request.method == Method::Options && origin &&
                      request.headers.find("Access-Control-Request-Method");
    if (!asks || !is_listed(rules, *origin)) return std::nullopt;
    std::string methods;
    for (auto const method : allowed)
        methods += fmt::format("{}{}", methods.empty() ? "" : ", ", method_name(method));
    Response out;
    out.status = 204;
    out.headers.set("Access-Control-Allow-Methods", methods);
    out.headers.set("Access-Control-Allow-Headers", std::string(kAllowedHeaders));
    out.headers.set("Access-Control-Max-Age", "600");
    return out;
}

void add_security_headers(BrowserRules const& rules, Request const& request, Headers& headers) {
    set_unless_there(headers, "Content-Security-Policy", content_policy(rules.media_origin));
    set_unless_there(headers, "X-Content-Type-Options", "nosniff");
    set_unless_there(headers, "Referrer-Policy", "no-referrer");
    set_unless_there(headers, "Permissions-Policy",
                     "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    set_unless_there(headers, "Cross-Origin-Opener-Policy", "same-origin");
    set_unless_there(headers, "Cross-Origin-Resource-Policy", "same-site");
    set_unless_there(headers, "Cache-Control", "no-store");
    if (request.scheme == "https")
        set_unless_there(headers, "Strict-Transport-Security",
                         "max-age=63072000; includeSubDomains");
    if (rules.origins.empty()) return;
    headers.add("Vary", "Origin");
    auto const origin = request.headers.find("Origin");
    if (!origin || !is_listed(rules, *origin)) return;
    headers.set("Access-Control-Allow-Origin", std::string(*origin));
    headers.set("Access-Control-Expose-Headers", std::string(kExposedHeaders));
}

}  // namespace aiditor::api
