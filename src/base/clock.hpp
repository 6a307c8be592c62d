#pragma once
/// Time of day, as a parameter: what depends on time is tested without waiting.

#include <cstdint>

namespace aiditor {

/// Microseconds since 1970-01-01 UTC, as the database stores them. May jump when the machine's
/// clock is set: leases go by the clock of the database, time-outs by steady_clock.
using UtcMicros = std::int64_t;

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual UtcMicros now() const = 0;
};

/// The machine's clock. Thread-safe.
[[nodiscard]] Clock const& machine_clock();

inline constexpr UtcMicros kMicrosPerSecond = 1'000'000;

}  // namespace aiditor
