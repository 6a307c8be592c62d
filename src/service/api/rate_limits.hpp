#pragma once
/// Counting requests in memory: the generic cell rate algorithm (ITU-T I.371 annex A), which needs
/// one number per key.

#include "service/api/route.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

namespace aiditor::api {

struct RateState {
    bool allowed = true;
    std::int64_t remaining = 0;           ///< requests that would pass right now
    std::chrono::seconds reset{0};        ///< until all of them would, rounded up
    std::chrono::seconds retry_after{0};  ///< until the next would, rounded up; 0 when allowed
};

/// The port; several nodes share counts behind the same signature. Thread-safe. An error lets the
/// request pass: a broken counter must not close the service.
using CountRequest = std::function<Result<RateState>(std::string const& key, RateLimit const&)>;

/// Of one process. Thread-safe. A full table forgets keys that are at rest, and when none is, the
/// one that would rest first: who fills the table with addresses gains single requests by it.
class RateLimits {
public:
    using Now = std::function<std::chrono::steady_clock::time_point()>;
    static constexpr std::size_t kMostKeys = 100'000;

    explicit RateLimits(Now now = std::chrono::steady_clock::now, std::size_t most_keys = kMostKeys)
        : now_(std::move(now)), most_keys_(most_keys) {}

    [[nodiscard]] RateState count(std::string const& key, RateLimit const& limit);
    [[nodiscard]] std::size_t size() const;

private:
    using Time = std::chrono::steady_clock::time_point;
    void make_room(Time now);

    Now now_;
    std::size_t most_keys_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Time> at_rest_;  // when the whole burst is free again
};

/// Adds RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-08), and Retry-After
/// to a refusal.
void add_rate_headers(Headers& headers, RateLimit const& limit, RateState const& state);

}  // namespace aiditor::api
