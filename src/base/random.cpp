#include "base/random.hpp"

#include "base/base64.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fmt/format.h>
#include <mutex>
#include <sys/random.h>

namespace aiditor {
namespace {

constexpr std::size_t kIdDigits = 32;
constexpr unsigned kCounterBits = 12;  // rand_a of a UUIDv7

/// Milliseconds and a counter in one number that only grows.
std::uint64_t next_tick(UtcMicros now) {
    static std::mutex mutex;
    static std::uint64_t last = 0;
    std::scoped_lock const lock(mutex);
    auto const tick = static_cast<std::uint64_t>(std::max<UtcMicros>(now, 0)) / 1000
                      << kCounterBits;
    last = std::max(tick, last + 1);
    return last;
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

std::string random_bytes(std::size_t count) {
    std::string out(count, '\0');
    for (std::size_t done = 0; done < count;) {
        auto const n = ::getrandom(out.data() + done, count - done, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) std::abort();  // going on would make secrets that can be guessed
        done += static_cast<std::size_t>(n);
    }
    return out;
}

std::string random_secret() { return base64url(random_bytes(32)); }

std::string new_id(std::string_view prefix, Clock const& clock) {
    auto const tick = next_tick(clock.now());
    auto const ms = tick >> kCounterBits, counter = tick & ((1U << kCounterBits) - 1);
    auto const random = random_bytes(8);
    std::uint64_t tail = 0;
    for (char const c : random) tail = tail << 8 | static_cast<unsigned char>(c);
    tail = (tail & ~(3ULL << 62)) | 2ULL << 62;  // the variant of RFC 9562
    return fmt::format("{}_{:012x}7{:03x}{:016x}", prefix, ms & ((1ULL << 48) - 1), counter, tail);
}

bool is_id(std::string_view text, std::string_view prefix) {
    return text.size() == prefix.size() + 1 + kIdDigits && text.starts_with(prefix) &&
           text[prefix.size()] == '_' &&
           std::ranges::all_of(text.substr(prefix.size() + 1), is_hex);
}

}  // namespace aiditor
