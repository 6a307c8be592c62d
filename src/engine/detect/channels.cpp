#include "engine/detect/channels.hpp"

#include <algorithm>
#include <cmath>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;

constexpr double kDeviations = 0.3, kLeastScale = 1e-6;

Column measured(std::string_view name, CueTrack const& track, BandPool const& /*bands*/,
                std::size_t /*k*/) {
    return cue(track, name);
}
Column burst(std::string_view /*name*/, CueTrack const& /*track*/, BandPool const& bands,
             std::size_t k) {
    return bands.burst(k);
}
Column full(std::string_view /*name*/, CueTrack const& /*track*/, BandPool const& bands,
            std::size_t k) {
    return bands.fullness(k);
}
Column loudness_amplitude(std::string_view /*name*/, CueTrack const& track,
                          BandPool const& /*bands*/, std::size_t /*k*/) {
    return amplitude(cue(track, "audio.loudness_lufs@1"));
}

constexpr std::array kComputed{
    ChannelSource{"burst", burst, 0},
    ChannelSource{"full", full, 0},
    ChannelSource{"amplitude", loudness_amplitude, 0},
};

/// LEAST of training/channels.py; for computed channels and cues alike.
constexpr std::array<std::pair<std::string_view, double>, 3> kLeastSpread{{
    {"burst", 0.05},     // 5 % of the usual level a sample
    {"full", 0.1},       // 10 % of it
    {"amplitude", 1e-3}  // -60 LUFS
}};

/// The population's standard deviation of values that are all present.
double deviation(Column const& values) {
    auto const n = static_cast<double>(values.size());
    double sum = 0, squares = 0;
    for (auto const x : values) sum += x;
    for (auto const x : values) squares += (x - sum / n) * (x - sum / n);
    return std::sqrt(squares / n);
}

}  // namespace

std::optional<ChannelSource> find_channel(std::string_view name) {
    std::optional<ChannelSource> out;
    if (auto const it = std::ranges::find(kComputed, name, &ChannelSource::name);
        it != kComputed.end())
        out = *it;
    else if (auto const known = std::ranges::find(timeline::kCues, name, &timeline::CueInfo::name);
             known != timeline::kCues.end())
        out = {known->name, measured, 0};
    if (!out) return out;
    for (auto const& [of, least] : kLeastSpread)
        if (of == name) out->least_spread = least;
    return out;
}

ChannelPool::ChannelPool(std::span<CueTrack const> tracks, std::vector<std::size_t> members,
                         std::vector<ChannelSource> channels)
    : tracks_(tracks),
      members_(std::move(members)),
      channels_(std::move(channels)),
      bands_(tracks_, members_) {
    for (std::size_t c = 0; c < channels_.size(); ++c) usual_.push_back(usual_of(c));
}

Column ChannelPool::curve(std::size_t c, std::size_t k) const {
    return channels_[c].curve(channels_[c].name, tracks_[members_[k]], bands_, k);
}

ChannelPool::Usual ChannelPool::usual_of(std::size_t c) const {
    Column all;
    for (std::size_t k = 0; k < members_.size(); ++k) {
        auto const x = curve(c, k);
        all.insert(all.end(), x.begin(), x.end());
    }
    Usual out;
    out.middle = median_of(all);
    if (all.empty()) return {};
    auto const spread = kDeviations * deviation(all);
    for (auto& x : all) x = std::abs(x - out.middle);
    out.scale =
        std::max({kMadToSigma * median_of(all), spread, channels_[c].least_spread, kLeastScale});
    return out;
}

std::vector<float> ChannelPool::values(std::size_t c, std::size_t k) const {
    auto const& [middle, scale] = usual_[c];
    std::vector<float> out;
    for (auto const x : curve(c, k)) {
        auto const z = std::isnan(x) ? 0.0 : (x - middle) / scale;
        out.push_back(static_cast<float>(std::clamp(z, kChannelLow, kChannelHigh)));
    }
    return out;
}

}  // namespace aiditor::detect
