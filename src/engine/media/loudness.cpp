#include "engine/media/loudness.hpp"

#include <algorithm>
#include <cmath>
#include <ebur128.h>
#include <new>

namespace aiditor::media {

namespace {
ebur128_state* meter(void* state) { return static_cast<ebur128_state*>(state); }
}  // namespace

void LoudnessMeter::Free::operator()(void* state) const {
    auto* typed = meter(state);
    ebur128_destroy(&typed);
}

LoudnessMeter::LoudnessMeter(Measure measure)
    : state_(ebur128_init(2, 48'000,
                          measure == Measure::Loudness ? EBUR128_MODE_I
                                                       : EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK)) {
    if (!state_) throw std::bad_alloc();
}

void LoudnessMeter::add(std::span<float const> interleaved) {
    ebur128_add_frames_float(meter(state_.get()), interleaved.data(), interleaved.size() / 2);
}

std::optional<double> LoudnessMeter::integrated_lufs() const {
    double lufs = 0;
    if (ebur128_loudness_global(meter(state_.get()), &lufs) != EBUR128_SUCCESS ||
        !std::isfinite(lufs))
        return std::nullopt;
    return lufs;
}

std::optional<double> LoudnessMeter::true_peak_dbtp() const {
    double left = 0, right = 0;
    ebur128_true_peak(meter(state_.get()), 0, &left);
    ebur128_true_peak(meter(state_.get()), 1, &right);
    auto const peak = std::max(left, right);
    if (!(peak > 0)) return std::nullopt;
    return 20 * std::log10(peak);
}

}  // namespace aiditor::media
