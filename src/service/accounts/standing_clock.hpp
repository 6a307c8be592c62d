#pragma once
/// A clock for tests, which stands until it is moved. Thread-safe.

#include "base/clock.hpp"

#include <atomic>

namespace aiditor::accounts {

class StandingClock final : public Clock {
public:
    std::atomic<UtcMicros> at{1'700'000'000'000'000};
    [[nodiscard]] UtcMicros now() const override { return at; }
};

}  // namespace aiditor::accounts
