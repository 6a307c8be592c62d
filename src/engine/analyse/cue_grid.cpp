#include "engine/analyse/cue_grid.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace aiditor::analyse {
namespace {
constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
}

std::optional<std::size_t> sample_at(timeline::Time t) {
    if (t < timeline::Time{} || t >= kMaxDuration) return std::nullopt;
    return static_cast<std::size_t>(t.flicks / kSampleLength.flicks);
}

void CueGrid::set(CueId id, std::size_t sample, double value) {
    assert(sample < kMaxSamples);
    if (!std::isfinite(value)) return;
    auto& values = columns_[column(id)];
    if (sample >= values.size()) values.resize(sample + 1, kMissing);
    auto const& info = kCues[column(id)];
    values[sample] = std::clamp(static_cast<float>(value), info.low, info.high);
}

void CueGrid::fill(CueId id, timeline::Time from, timeline::Time to, double value) {
    auto const first = sample_at(from);
    if (!first || to <= from) return;
    auto const last = sample_at(to - timeline::Time{1}).value_or(kMaxSamples - 1);
    for (auto i = *first; i <= last; ++i) set(id, i, value);
}

float CueGrid::at(CueId id, std::size_t sample) const {
    auto const& values = columns_[column(id)];
    return sample < values.size() ? values[sample] : kMissing;
}

std::vector<timeline::Cue> CueGrid::take(std::size_t samples) {
    std::vector<timeline::Cue> cues;
    for (auto const& info : kCues) {
        auto& values = columns_[column(info.id)];
        values.resize(samples, kMissing);
        cues.push_back({std::string(info.name), std::move(values)});
        values.clear();
    }
    return cues;
}

}  // namespace aiditor::analyse
