#include "service/api/service.hpp"

#include "base/random.hpp"
#include "base/sha256.hpp"
#include "service/api/problem.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <exception>
#include <fmt/format.h>

namespace aiditor::api {
namespace {

constexpr std::size_t kMostIdempotencyKey = 200;
constexpr int kClientWentAway = 499;

/// Calls what other rooms wrote; what they throw is a bug of theirs and one request's failure.
template <class F>
auto guarded(F&& f) -> decltype(f()) {
    try {
        return f();
    } catch (std::exception const& e) {
        return fail(ErrorCode::Internal, fmt::format("exception: {}", e.what()));
    }
}

std::string_view media_type(std::string_view content_type) {
    auto type = content_type.substr(0, content_type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    return type;
}

Result<> check_value(QueryParameter const& parameter, std::string const& text) {
    auto const refuse = [&](std::string const& what) {
        return fail(ErrorCode::BadRequest,
                    fmt::format("the query parameter {} must be {}", parameter.name, what));
    };
    if (!parameter.choices.empty() &&
        std::ranges::find(parameter.choices, text) == parameter.choices.end())
        return refuse(fmt::format("one of {}", fmt::join(parameter.choices, ", ")));
    switch (parameter.type) {
    case QueryParameter::Type::Flag:
        if (text != "true" && text != "false") return refuse("true or false");
        return {};
    case QueryParameter::Type::Number: {
        std::int64_t value = 0;
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        bool const whole = error == std::errc{} && end == text.data() + text.size();
        if (!whole || value < parameter.least || value > parameter.most)
            return refuse(fmt::format("a number from {} to {}", parameter.least, parameter.most));
        return {};
    }
    case QueryParameter::Type::Text: break;
    }
    auto const size = static_cast<std::int64_t>(text.size());
    if (size < parameter.least || size > parameter.most)
        return refuse(fmt::format("{} to {} bytes long", parameter.least, parameter.most));
    return {};
}

Result<> check_query(Route const& route, Request const& request) {
    for (auto const& [name, value] : request.query) {
        auto const& known = route.rules.query;
        auto const found = std::ranges::find(known, name, &QueryParameter::name);
        if (found == known.end())
            return fail(ErrorCode::BadRequest,
                        fmt::format("there is no query parameter \"{}\" here", name));
        TRY_VOID(check_value(*found, value));
    }
    for (auto const& parameter : route.rules.query)
        if (parameter.required && !request.query.contains(parameter.name))
            return fail(ErrorCode::BadRequest,
                        fmt::format("the query parameter {} is missing", parameter.name));
    return {};
}

/// Addresses of one household: an IPv6 subscriber has a whole /64.
std::string network_of(std::string const& address) {
    std::array<unsigned char, 16> bytes{};
    if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
    std::string out;
    for (std::size_t i = 0; i < 8; ++i) out += fmt::format("{:02x}", bytes[i]);
    return out;
}

std::string allow_header(std::vector<Method> const& allowed) {
    std::string out;
    for (auto const method : allowed) {
        out += fmt::format("{}{}", out.empty() ? "" : ", ", method_name(method));
        if (method == Method::Get) out += ", HEAD";
    }
    return out + ", OPTIONS";
}

}  // namespace

Result<std::unique_ptr<Service>> Service::create(std::vector<Route> routes, BrowserRules rules,
                                                 ServicePorts ports) {
    if (!ports.authenticate || !ports.memberships || !ports.count_request)
        return fail(ErrorCode::Internal, "the service lacks a port");
    for (auto const& route : routes)
        if (route.rules.idempotent && (!ports.idempotency.claim || !ports.idempotency.finish))
            return fail(ErrorCode::Internal,
                        fmt::format("route {}: nothing keeps idempotency keys", route.docs.id));
    auto router = TRY(Router::build(std::move(routes)));
    return std::unique_ptr<Service>(
        new Service(std::move(router), std::move(rules), std::move(ports)));
}

Service::BodyPlan Service::body_plan(Method method, std::string_view path) const {
    auto const match = router_.match(method, path);
    if (!match.route) return {};
    bool const sink = std::holds_alternative<UploadHandler>(match.route->handler);
    return {.kind = sink ? BodyPlan::Kind::Sink : BodyPlan::Kind::Memory,
            .most_bytes = match.route->rules.most_body_bytes};
}

Response Service::answer(Request request) const {
    Exchange exchange{.request = std::move(request)};
    auto early = guarded([&] { return admit(exchange); });
    if (!early) return settle(exchange, std::unexpected(std::move(early).error()));
    if (*early) return settle(exchange, std::move(**early));
    return settle(exchange, guarded([&]() -> Result<Response> {
                      auto const* handler = std::get_if<Handler>(&exchange.route->handler);
                      if (!handler)
                          return aiditor::fail(ErrorCode::Internal, "an upload was not begun");
                      return (*handler)(exchange.request);
                  }));
}

std::variant<Response, std::unique_ptr<Upload>> Service::begin_upload(Request request) const {
    Exchange exchange{.request = std::move(request)};
    auto early = guarded([&] { return admit(exchange); });
    if (!early) return settle(exchange, std::unexpected(std::move(early).error()));
    if (*early) return settle(exchange, std::move(**early));
    auto sink = guarded([&]() -> Result<std::unique_ptr<BodySink>> {
        auto const* handler = std::get_if<UploadHandler>(&exchange.route->handler);
        if (!handler) return aiditor::fail(ErrorCode::Internal, "the route takes no upload");
        return (*handler)(exchange.request);
    });
    if (!sink) return settle(exchange, std::unexpected(std::move(sink).error()));
    return std::make_unique<Upload>(*this, std::move(exchange), *std::move(sink));
}

Response Service::refuse(Request const& request, Error const& error,
                         std::optional<int> status) const {
    Exchange exchange{.request = request};
    exchange.problem_status = status;
    return settle(exchange, std::unexpected(error));
}

Result<std::optional<Response>> Service::admit(Exchange& exchange) const {
    auto& request = exchange.request;
    TRY_VOID(check_host(rules_, request));
    if (auto early = TRY(find_route(exchange))) return early;
    TRY_VOID(check_cross_site(rules_, request));
    TRY_VOID(check_body_type(exchange));
    TRY_VOID(identify(exchange));
    TRY_VOID(check_query(*exchange.route, request));
    return claim(exchange);
}

/// Also answers what needs no route: OPTIONS.
Result<std::optional<Response>> Service::find_route(Exchange& exchange) const {
    auto& request = exchange.request;
    auto match = router_.match(request.method, request.path);
    exchange.allowed = std::move(match.allowed);
    if (exchange.allowed.empty())
        return aiditor::fail(ErrorCode::NotFound, "there is nothing at this path");
    if (auto early = preflight(rules_, request, exchange.allowed)) return early;
    if (!match.route && request.method == Method::Options) {
        Response out;
        out.status = 204;
        out.headers.set("Allow", allow_header(exchange.allowed));
        return out;
    }
    if (!match.route) {
        exchange.problem_status = 405;
        return aiditor::fail(
            ErrorCode::BadRequest,
            fmt::format("this path does not answer to {}; it does to {}",
                        method_name(request.method), allow_header(exchange.allowed)));
    }
    exchange.route = match.route;
    request.pattern = match.route->pattern;
    request.params = std::move(match.params);
    return std::nullopt;
}

Result<> Service::check_body_type(Exchange& exchange) const {
    auto const& rules = exchange.route->rules;
    bool const uploads = std::holds_alternative<UploadHandler>(exchange.route->handler);
    if ((exchange.request.body.empty() && !uploads) || rules.request_type.empty()) return {};
    auto const type = exchange.request.headers.find("Content-Type");
    if (type && same_name(media_type(*type), rules.request_type)) return {};
    exchange.problem_status = 415;
    return aiditor::fail(ErrorCode::BadRequest,
                         fmt::format("send the body as Content-Type: {}", rules.request_type));
}

/// Who it is, whether he asks too often, whether he may.
Result<> Service::identify(Exchange& exchange) const {
    auto& request = exchange.request;
    auto const& route = *exchange.route;
    auto principal = ports_.authenticate(request);
    bool const unknown = !principal && principal.error().code == ErrorCode::NotSignedIn;
    if (!principal && !unknown) return std::unexpected(std::move(principal).error());
    if (principal) request.principal = *principal;

    auto const& name = principal_name(request.principal);
    auto const who = name.empty() ? network_of(request.address) : name;
    auto const rate =
        ports_.count_request(fmt::format("{}:{}", route.rules.rate.bucket, who), route.rules.rate);
    if (rate) exchange.rate = *rate;
    if (rate && !rate->allowed)
        return aiditor::fail(ErrorCode::TooOften, fmt::format("too many requests; again in {} s",
                                                              rate->retry_after.count()));
    if (unknown && route.policy.access != Access::Public)
        return std::unexpected(std::move(principal).error());
    return authorise(request.principal, route.policy, request, ports_.memberships);
}

Result<std::optional<Response>> Service::claim(Exchange& exchange) const {
    auto const& request = exchange.request;
    auto const key = request.headers.find("Idempotency-Key");
    if (!exchange.route->rules.idempotent || !key) return std::nullopt;
    bool const visible = std::ranges::all_of(*key, [](char c) { return c > ' ' && c < 0x7f; });
    if (key->empty() || key->size() > kMostIdempotencyKey || !visible)
        return aiditor::fail(ErrorCode::BadRequest,
                             "Idempotency-Key must be 1 to 200 visible ASCII characters");
    auto const& name = principal_name(request.principal);
    IdempotencyKey const claimed{
        .owner = name.empty() ? request.address : name,
        .operation = exchange.route->docs.id,
        .key = std::string(*key),
        .fingerprint = sha256_hex(
            fmt::format("{}\n{}\n{}", method_name(request.method), request.path, request.body)),
        .request_id = request.id};
    auto const kept = TRY(ports_.idempotency.claim(claimed));
    if (!kept) {
        exchange.claimed = claimed;
        return std::nullopt;
    }
    Response out;
    out.status = kept->status;
    if (!kept->content_type.empty()) out.headers.set("Content-Type", kept->content_type);
    if (!kept->location.empty()) out.headers.set("Location", kept->location);
    if (!kept->etag.empty()) out.headers.set("ETag", kept->etag);
    out.headers.set("Idempotency-Replayed", "true");
    out.body = kept->body;
    return out;
}

void Service::keep(Exchange const& exchange, Response const& response) const {
    auto const* body = std::get_if<std::string>(&response.body);
    if (response.status >= 500 || !body) {
        ports_.idempotency.finish(*exchange.claimed, std::nullopt);
        return;
    }
    auto const header = [&](std::string_view name) {
        return std::string(response.headers.find(name).value_or(""));
    };
    ports_.idempotency.finish(*exchange.claimed, KeptAnswer{.status = response.status,
                                                            .content_type = header("Content-Type"),
                                                            .location = header("Location"),
                                                            .etag = header("ETag"),
                                                            .body = *body});
}

Response Service::settle(Exchange& exchange, Result<Response> result) const {
    auto const& request = exchange.request;
    std::string failure;
    Response out;
    if (result) {
        out = std::move(*result);
        if (out.status == 0) out.status = exchange.route ? exchange.route->rules.success : 200;
    } else {
        out = problem_response(result.error(), request.id, exchange.problem_status);
        if (out.status >= 500) failure = result.error().message;
        if (out.status == 401) out.headers.set("WWW-Authenticate", "Bearer");
        if (out.status == 405) out.headers.set("Allow", allow_header(exchange.allowed));
        if (out.status == 503) out.headers.set("Retry-After", "1");
    }
    auto const* text = std::get_if<std::string>(&out.body);
    if (text && !text->empty() && !out.headers.find("Content-Type"))
        out.headers.set("Content-Type", exchange.route
                                            ? std::string(exchange.route->rules.answer_type)
                                            : "application/json");
    if (exchange.route)
        for (auto const& [name, value] : exchange.route->rules.headers)
            out.headers.set(std::string(name), std::string(value));
    if (exchange.claimed) keep(exchange, out);
    bool const reads = request.method == Method::Get || request.method == Method::Head;
    auto const etag = out.headers.find("ETag"), known = request.headers.find("If-None-Match");
    if (text && reads && out.status == 200 && etag && known && lists_etag(*known, *etag)) {
        out.status = 304;
        out.body = std::string();
    }
    if (exchange.rate) add_rate_headers(out.headers, exchange.route->rules.rate, *exchange.rate);
    out.headers.set("X-Request-Id", request.id);
    add_security_headers(rules_, request, out.headers);
    record(exchange, out.status, failure);
    return out;
}

void Service::record(Exchange const& exchange, int status, std::string_view failure) const {
    AccessRecord const record{
        .method = exchange.request.method,
        .pattern = exchange.request.pattern,
        .status = status,
        .took = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - exchange.begun),
        .request_id = exchange.request.id,
        .principal = principal_name(exchange.request.principal),
        .failure = failure,
    };
    for (auto const& observer : ports_.observers) observer(record);
}

Upload::Upload(Service const& service, Service::Exchange exchange, std::unique_ptr<BodySink> sink)
    : service_(service), exchange_(std::move(exchange)), sink_(std::move(sink)) {}

Upload::~Upload() {
    if (sink_) service_.record(exchange_, kClientWentAway, "");
}

Result<> Upload::write(std::string_view bytes) {
    return guarded([&] { return sink_->write(bytes); });
}

Response Upload::finish() {
    auto result = guarded([&] { return sink_->finish(); });
    sink_.reset();
    return service_.settle(exchange_, std::move(result));
}

Response Upload::fail(Error const& error, std::optional<int> status) {
    sink_.reset();
    exchange_.problem_status = status;
    return service_.settle(exchange_, std::unexpected(error));
}

}  // namespace aiditor::api
