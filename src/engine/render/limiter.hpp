#pragma once
/// Gain with a peak ceiling, without clipping.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace aiditor::render {

/// Look-ahead peak limiter for interleaved stereo at 48 kHz.
///
/// The gain that each sample needs is held for the look-ahead (5 ms), released over about 80 ms and
/// smoothed by a moving average as long as the look-ahead, so it has come down before the peak
/// arrives and no sample ends above the ceiling. Both sides share one gain: the image stays put.
/// Output is delayed by kDelay samples.
class Limiter {
public:
    static constexpr std::size_t kDelay = 480;

    /// `gain` and `ceiling` are linear factors, ceiling in (0, 1].
    Limiter(double gain, double ceiling);
    /// Processes in place.
    void process(std::span<float> interleaved);

private:
    float gain_, ceiling_;
    std::uint64_t now_ = 0;
    struct Need {
        std::uint64_t at;
        float gain;
    };
    std::deque<Need> lowest_;  ///< rising gains: the front is the least of the window
    float released_ = 1;
    std::array<float, kDelay / 2> average_;  ///< last gains, for the moving average
    double average_sum_;
    std::vector<float> delay_;  ///< ring of kDelay stereo samples
};

}  // namespace aiditor::render
