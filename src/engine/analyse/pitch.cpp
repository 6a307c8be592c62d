#include "engine/analyse/pitch.hpp"

#include <algorithm>
#include <cmath>

namespace aiditor::analyse {
namespace {

constexpr double kLowestHz = 65, kHighestHz = 4300;           ///< of the sound that is looked at
constexpr double kLowestPitchHz = 80, kHighestPitchHz = 400;  ///< of voices

}  // namespace

PitchMeter::PitchMeter(int rate_hz, int window, media::RealFft fft)
    : fft_(std::move(fft)),
      correlation_(static_cast<std::size_t>(window) / 2 + 1),
      rate_hz_(static_cast<double>(rate_hz)) {
    auto const bin_hz = rate_hz_ / window;
    auto const last = correlation_.size() - 1;
    auto const bin = [&](double hz) { return static_cast<std::size_t>(std::ceil(hz / bin_hz)); };
    low_bin_ = std::min(bin(kLowestHz), last);
    high_bin_ = std::min(bin(kHighestHz), last);
    auto const lag = [&](double hz) { return static_cast<std::size_t>(rate_hz_ / hz); };
    shortest_lag_ = std::clamp<std::size_t>(lag(kHighestPitchHz), 1, last);
    longest_lag_ = std::clamp(lag(kLowestPitchHz), shortest_lag_, last);
}

Result<PitchMeter> PitchMeter::create(int rate_hz, int window) {
    return PitchMeter(rate_hz, window, TRY(media::RealFft::create(window)));
}

Pitch PitchMeter::measure(std::span<float const> power) {
    // The power spectrum is real and even, so its transform is too: the autocorrelation.
    auto const in = fft_.input();
    std::ranges::fill(in, 0.0F);
    for (auto k = low_bin_; k < high_bin_; ++k) in[k] = in[in.size() - k] = power[k];
    fft_.power_to(correlation_);
    if (!(correlation_[0] > 0)) return {};
    auto const from = correlation_.begin() + static_cast<std::ptrdiff_t>(shortest_lag_);
    auto const best = std::max_element(
        from, correlation_.begin() + static_cast<std::ptrdiff_t>(longest_lag_) + 1);
    auto const share = static_cast<double>(*best) / static_cast<double>(correlation_[0]);
    return {
        .voiced = std::sqrt(std::min(1.0, share)),
        .octaves = std::log2(rate_hz_ / static_cast<double>(best - correlation_.begin()) / 100)};
}

}  // namespace aiditor::analyse
