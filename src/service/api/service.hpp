#pragma once
/// What happens to every request around its handler, in this order: host, cross-site and content
/// type checks, authentication, rate limit, authorisation, query parameters, idempotency; then the
/// handler; then problems, security headers, CORS, and the record for log and metrics.

#include "service/api/authorise.hpp"
#include "service/api/browser_rules.hpp"
#include "service/api/rate_limits.hpp"
#include "service/api/router.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aiditor::api {

/// Finds out who asks; anonymous without credentials. Errors: NotSignedIn for credentials that are
/// no good, which public routes pass over.
using Authenticate = std::function<Result<Principal>(Request const&)>;

/// Which creating request this is, or was.
struct IdempotencyKey {
    std::string owner;        ///< the principal, or the address of nobody
    std::string operation;    ///< the route's id
    std::string key;          ///< 1 to 200 visible ASCII characters, from the client
    std::string fingerprint;  ///< SHA-256 of method, path and body
    std::string request_id;   ///< of the request that claims it; one of a kind
};
/// An answer as it is kept for a repeated request.
struct KeptAnswer {
    int status = 0;
    std::string content_type, location, etag, body;
};
struct Idempotency {
    /// Claims the key: empty for a new one, the kept answer for a repetition. Errors: Conflict
    /// while the first is still at work, and for another fingerprint under the same key.
    std::function<Result<std::optional<KeptAnswer>>(IdempotencyKey const&)> claim;
    /// Keeps the answer, or forgets the claim when the answer is empty (nothing happened).
    std::function<void(IdempotencyKey const&, std::optional<KeptAnswer> const&)> finish;
};

/// What is known about a request that was answered; views live during the call.
struct AccessRecord {
    Method method = Method::Get;
    std::string_view pattern;           ///< of the route; "" when none was found
    int status = 0;                     ///< 499 for a client that went away
    std::chrono::microseconds took{0};  ///< until the answer was ready to be sent
    std::string_view request_id, principal;
    std::string_view failure;  ///< what a 5xx was, for the log alone
};

/// All but `observers` and `idempotency` are needed; idempotency is when a route is idempotent. All
/// are called from several threads at once.
struct ServicePorts {
    Authenticate authenticate;
    Memberships memberships;
    CountRequest count_request;
    Idempotency idempotency{};
    std::vector<std::function<void(AccessRecord const&)>> observers{};
};

class Upload;

/// Immutable; thread-safe; outlives every Upload.
class Service {
public:
    /// Errors: those of Router::build; Internal for a port that is missing.
    [[nodiscard]] static Result<std::unique_ptr<Service>> create(std::vector<Route> routes,
                                                                 BrowserRules rules,
                                                                 ServicePorts ports);

    /// What to do with the body of a request; costs microseconds.
    struct BodyPlan {
        enum class Kind : std::uint8_t { Ignore = 1, Memory, Sink } kind = Kind::Ignore;
        std::uint64_t most_bytes = 0;
    };
    [[nodiscard]] BodyPlan body_plan(Method method, std::string_view path) const;

    /// For BodyPlan::Memory and Ignore. Runs the handler on this thread; never fails.
    [[nodiscard]] Response answer(Request request) const;
    /// For BodyPlan::Sink: an answer at once, or where the body goes.
    [[nodiscard]] std::variant<Response, std::unique_ptr<Upload>> begin_upload(
        Request request) const;
    /// The answer to what is no request that could be handled.
    [[nodiscard]] Response refuse(Request const& request, Error const& error,
                                  std::optional<int> status = std::nullopt) const;

    [[nodiscard]] Router const& router() const { return router_; }

private:
    friend class Upload;
    /// One request between its arrival and its answer.
    struct Exchange {
        Request request;
        std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
        Route const* route = nullptr;
        std::vector<Method> allowed{};
        std::optional<RateState> rate{};
        std::optional<IdempotencyKey> claimed{};
        std::optional<int> problem_status{};
    };

    Service(Router router, BrowserRules rules, ServicePorts ports)
        : router_(std::move(router)), rules_(std::move(rules)), ports_(std::move(ports)) {}

    [[nodiscard]] Result<std::optional<Response>> admit(Exchange& exchange) const;
    [[nodiscard]] Result<std::optional<Response>> find_route(Exchange& exchange) const;
    [[nodiscard]] Result<> check_body_type(Exchange& exchange) const;
    [[nodiscard]] Result<> identify(Exchange& exchange) const;
    [[nodiscard]] Result<std::optional<Response>> claim(Exchange& exchange) const;
    [[nodiscard]] Response settle(Exchange& exchange, Result<Response> result) const;
    void keep(Exchange const& exchange, Response const& response) const;
    void record(Exchange const& exchange, int status, std::string_view failure) const;

    Router router_;
    BrowserRules rules_;
    ServicePorts ports_;
};

/// One large body on its way to its sink. Used by one thread at a time. Destroyed before finish()
/// or fail(): the client went away.
class Upload {
public:
    Upload(Service const& service, Service::Exchange exchange, std::unique_ptr<BodySink> sink);
    ~Upload();
    Upload(Upload const&) = delete;
    Upload& operator=(Upload const&) = delete;

    [[nodiscard]] Result<> write(std::string_view bytes);
    [[nodiscard]] Response finish();
    /// After a write that failed, or when the body broke its rules.
    [[nodiscard]] Response fail(Error const& error, std::optional<int> status = std::nullopt);

private:
    Service const& service_;
    Service::Exchange exchange_;
    std::unique_ptr<BodySink> sink_;  // null once settled
};

}  // namespace aiditor::api
