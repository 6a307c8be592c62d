#include "base/clock.hpp"

#include <chrono>

namespace aiditor {
namespace {

class SystemClock final : public Clock {
public:
    [[nodiscard]] UtcMicros now() const override {
        using namespace std::chrono;
        return duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    }
};

}  // namespace

Clock const& machine_clock() {
    static SystemClock const clock;
    return clock;
}

}  // namespace aiditor
