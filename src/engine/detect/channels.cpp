#include "engine/detect/channels.hpp"

#include <algorithm>
#include <cmath>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;

constexpr double kRootMeanSquares = 0.3;

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

/// least_spread() of training/channels.py: by name, or by the unit that the name ends in.
constexpr std::array<std::pair<std::string_view, double>, 10> kLeastSpread{{
    {"burst", 0.05},      // 5 % of the usual level a sample
    {"full", 0.1},        // 10 % of it
    {"amplitude", 1e-3},  // -60 LUFS
    {"level", 1},
    {"db", 1},
    {"dbfs", 1},
    {"octaves", 0.05},
    {"log2bytes", 0.05},
    {"share", 0.01},
    {"s", 0.1},
}};

double least_spread(std::string_view name) {
    auto unit = name.substr(0, name.find('@'));
    unit = unit.substr(unit.rfind('_') + 1);  // all of it without one
    auto const it =
        std::ranges::find(kLeastSpread, unit, [](auto const& entry) { return entry.first; });
    return it == kLeastSpread.end() ? 1 : it->second;
}

double root_mean_square(Column const& values) {
    double squares = 0;
    for (auto const x : values) squares += x * x;
    return std::sqrt(squares / static_cast<double>(values.size()));
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
    out->least_spread = least_spread(name);
    return out;
}

ChannelPool::ChannelPool(std::span<CueTrack const> tracks, std::vector<std::size_t> members,
                         std::vector<ChannelSource> channels)
    : tracks_(tracks),
      members_(std::move(members)),
      channels_(std::move(channels)),
      bands_(tracks_, members_) {
    for (std::size_t c = 0; c < channels_.size(); ++c) pooled_.push_back(pooled(c));
}

Column ChannelPool::curve(std::size_t c, std::size_t k) const {
    return channels_[c].curve(channels_[c].name, tracks_[members_[k]], bands_, k);
}

ChannelPool::Pooled ChannelPool::pooled(std::size_t c) const {
    Pooled out;
    for (std::size_t k = 0; k < members_.size(); ++k) {
        auto const x = curve(c, k);
        out.sorted.insert(out.sorted.end(), x.begin(), x.end());
    }
    std::erase_if(out.sorted, [](double x) { return std::isnan(x); });
    if (out.sorted.empty()) return out;
    std::ranges::sort(out.sorted);
    auto const middle = out.sorted[(out.sorted.size() - 1) / 2];
    Column away;
    for (auto const x : out.sorted) away.push_back(std::abs(x - middle));
    auto const rms = root_mean_square(away);
    auto const spread = std::max(kMadToSigma * median_of(away), kRootMeanSquares * rms);
    out.share = std::min(1.0, spread / channels_[c].least_spread);
    return out;
}

std::vector<float> ChannelPool::values(std::size_t c, std::size_t k) const {
    auto const& [sorted, share] = pooled_[c];
    auto const n = static_cast<double>(sorted.size());
    std::vector<float> out;
    for (auto const x : curve(c, k)) {
        if (std::isnan(x) || share == 0) {
            out.push_back(0);
            continue;
        }
        auto const [first, last] = std::ranges::equal_range(sorted, x);
        auto const below =
            static_cast<double>((first - sorted.begin()) + (last - sorted.begin())) / 2;
        auto const rarity = -std::log(1 - (below - 0.5) / n) - 1;
        out.push_back(static_cast<float>(std::clamp(rarity * share, kChannelLow, kChannelHigh)));
    }
    return out;
}

}  // namespace aiditor::detect
