#include "service/accounts/throttle.hpp"

#include "service/accounts/lifetimes.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <fmt/format.h>

namespace aiditor::accounts {
namespace {

constexpr std::size_t kFreeFailures = 3;  // typing errors cost nothing
constexpr UtcMicros kFirstPause = kMicrosPerSecond;

std::string near_key(SignInAttempt const& attempt) {
    return attempt.account + "\n" +
           (attempt.device.empty() ? network_of(attempt.address, 24, 48)
                                   : "device " + attempt.device);
}
std::string address_key(SignInAttempt const& attempt) {
    return network_of(attempt.address, 32, 64);
}

}  // namespace

std::string network_of(std::string_view address, unsigned bits_v4, unsigned bits_v6) {
    std::array<unsigned char, 16> bytes{};
    std::string text(address);
    int family = AF_INET;
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) != 1) {
        family = AF_INET6;
        if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
        static constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0,    0,
                                                               0, 0, 0, 0, 0xFF, 0xFF};
        if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {  // RFC 4291, 2.5.5.2
            std::copy(bytes.begin() + 12, bytes.end(), bytes.begin());
            family = AF_INET;
        }
    }
    unsigned const bits = family == AF_INET ? bits_v4 : bits_v6;
    for (unsigned i = 0; i < bytes.size(); ++i) {
        unsigned const kept = bits <= i * 8 ? 0 : std::min(8U, bits - i * 8);
        bytes[i] = static_cast<unsigned char>(bytes[i] & (0xFF00U >> kept));
    }
    std::array<char, INET6_ADDRSTRLEN> out{};
    ::inet_ntop(family, bytes.data(), out.data(), out.size());
    return fmt::format("{}/{}", out.data(), bits);
}

SignInThrottle::SignInThrottle(Clock const& clock)
    : clock_(clock),
      near_({.most = 10, .window = 15 * kMinute, .pauses = true}),
      account_({.most = 100, .window = kHour, .pauses = false}),
      address_({.most = 1000, .window = kHour, .pauses = false}) {}

std::optional<std::int64_t> SignInThrottle::refuse(SignInAttempt const& attempt) {
    std::scoped_lock const lock(mutex_);
    auto const now = clock_.now();
    auto const near = near_key(attempt), address = address_key(attempt);
    auto wait = std::max(near_.wait(near, now), address_.wait(address, now));
    if (attempt.device.empty()) wait = std::max(wait, account_.wait(attempt.account, now));
    if (wait > 0) return (wait + kMicrosPerSecond - 1) / kMicrosPerSecond;
    near_.add(near, now);
    address_.add(address, now);
    if (attempt.device.empty()) account_.add(attempt.account, now);
    return std::nullopt;
}

void SignInThrottle::succeeded(SignInAttempt const& attempt) {
    std::scoped_lock const lock(mutex_);
    near_.forget(near_key(attempt));
    address_.take_back(address_key(attempt));
    if (attempt.device.empty()) account_.take_back(attempt.account);
}

SignInThrottle::Counters::Times& SignInThrottle::Counters::touch(std::string const& key) {
    if (auto const found = index_.find(key); found != index_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
    } else {
        if (entries_.size() >= kMostCounters) {
            index_.erase(entries_.back().first);
            entries_.pop_back();
        }
        entries_.emplace_front(key, Times{});
        index_.emplace(key, entries_.begin());
    }
    return entries_.front().second;
}

UtcMicros SignInThrottle::Counters::wait(std::string const& key, UtcMicros now) {
    auto const found = index_.find(key);
    if (found == index_.end()) return 0;
    auto& times = found->second->second;
    // Also what lies in the future: a clock that was set back must not lock anybody out for long.
    std::erase_if(times, [&](UtcMicros t) { return t + rule_.window <= now || t > now; });
    if (times.empty()) return 0;
    if (times.size() >= rule_.most) return times.front() + rule_.window - now;
    if (!rule_.pauses || times.size() < kFreeFailures) return 0;
    return std::max<UtcMicros>(
        0, times.back() + (kFirstPause << (times.size() - kFreeFailures)) - now);
}

void SignInThrottle::Counters::add(std::string const& key, UtcMicros now) {
    touch(key).push_back(now);
}

void SignInThrottle::Counters::take_back(std::string const& key) {
    auto const found = index_.find(key);
    if (found != index_.end() && !found->second->second.empty()) found->second->second.pop_back();
}

void SignInThrottle::Counters::forget(std::string const& key) {
    auto const found = index_.find(key);
    if (found == index_.end()) return;
    entries_.erase(found->second);
    index_.erase(found);
}

}  // namespace aiditor::accounts
