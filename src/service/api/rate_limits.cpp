#include "service/api/rate_limits.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::api {
namespace {

constexpr std::size_t kSample = 64;  // looked at when no key is at rest

std::chrono::seconds round_up(std::chrono::steady_clock::duration d) {
    return std::chrono::ceil<std::chrono::seconds>(std::max(d, decltype(d)::zero()));
}

}  // namespace

RateState RateLimits::count(std::string const& key, RateLimit const& limit) {
    using Duration = std::chrono::steady_clock::duration;
    auto const window = std::chrono::duration_cast<Duration>(limit.window);
    auto const step = window / std::max<std::int64_t>(limit.requests, 1);
    std::scoped_lock const lock(mutex_);
    auto const now = now_();
    if (at_rest_.size() >= most_keys_ && !at_rest_.contains(key)) make_room(now);
    auto& rest = at_rest_[key];
    auto const next = std::max(rest, now) + step;
    RateState out;
    out.allowed = next - now <= window;
    if (out.allowed) rest = next;
    else out.retry_after = round_up(next - now - window);
    out.remaining = (window - (std::max(rest, now) - now)) / step;
    out.reset = round_up(rest - now);
    return out;
}

void RateLimits::make_room(Time now) {
    std::erase_if(at_rest_, [&](auto const& item) { return item.second <= now; });
    if (at_rest_.size() < most_keys_) return;
    auto first = at_rest_.begin(), it = at_rest_.begin();
    for (std::size_t i = 0; i < kSample && it != at_rest_.end(); ++i, ++it)
        if (it->second < first->second) first = it;
    at_rest_.erase(first);
}

std::size_t RateLimits::size() const {
    std::scoped_lock const lock(mutex_);
    return at_rest_.size();
}

void add_rate_headers(Headers& headers, RateLimit const& limit, RateState const& state) {
    headers.set("RateLimit-Policy", fmt::format("\"{}\";q={};w={}", limit.bucket, limit.requests,
                                                limit.window.count()));
    headers.set("RateLimit", fmt::format("\"{}\";r={};t={}", limit.bucket, state.remaining,
                                         state.reset.count()));
    if (!state.allowed) headers.set("Retry-After", std::to_string(state.retry_after.count()));
}

}  // namespace aiditor::api
