#include "engine/analyse/voice_cues.hpp"

#include <algorithm>
#include <cmath>

namespace aiditor::analyse {
namespace {

constexpr double kLeastSeconds = 0.06;
constexpr double kSilenceDbfs = -100;
/// What a file may claim; see CueBuilder::sound.
constexpr int kLeastRateHz = 4'000, kMostRateHz = 768'000;

double mean_square(float left, float right) {
    auto const l = static_cast<double>(left), r = static_cast<double>(right);
    return std::isfinite(l) && std::isfinite(r) ? (l * l + r * r) / 2 : 0;
}

}  // namespace

void VoiceCues::add(int track, timeline::Time start, std::span<float const> left,
                    std::span<float const> right, int rate_hz) {
    if (track < 1 || track > static_cast<int>(kMostVoices)) return;
    if (rate_hz < kLeastRateHz || rate_hz > kMostRateHz) return;
    auto& sum = sums_[static_cast<std::size_t>(track - 1)];
    auto const n = std::min(left.size(), right.size());
    auto const step = static_cast<std::size_t>(rate_hz / 1000);  // a millisecond at once
    for (std::size_t i = 0; i < n; i += step) {
        auto const at =
            sample_at(start + timeline::from_ticks(static_cast<std::int64_t>(i), {1, rate_hz}));
        if (!at || (sum.sample && *at < *sum.sample)) continue;
        if (sum.sample != at) {
            write(sum);
            sum = {.sample = at};
        }
        auto const last = std::min(n, i + step);
        for (auto j = i; j < last; ++j) sum.squares += mean_square(left[j], right[j]) / rate_hz;
        sum.seconds += static_cast<double>(last - i) / rate_hz;
    }
}

void VoiceCues::finish() {
    for (auto& sum : sums_) write(sum);
}

void VoiceCues::write(Sum& sum) {
    if (!sum.sample || sum.seconds < kLeastSeconds) return;
    auto const level = 10 * std::log10(std::max(sum.squares / sum.seconds, 1e-10));
    auto const before = grid_.at(timeline::CueId::Voice, *sum.sample);
    auto const loudest = std::isnan(before) ? kSilenceDbfs : static_cast<double>(before);
    grid_.set(timeline::CueId::Voice, *sum.sample, std::max(level, loudest));
}

}  // namespace aiditor::analyse
