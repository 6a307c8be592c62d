#include "engine/detect/curves.hpp"

#include "engine/detect/detector.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;

constexpr double kBandFloor = 1e-4;  // -80 dBFS
/// What the analyser reports for silence, the gate of EBU R 128.
constexpr float kSilenceLufs = -70;

bool silent(CueTrack const& track) {
    return std::ranges::none_of(track.find("audio.loudness_lufs@1"),
                                [](float lufs) { return lufs > kSilenceLufs; });
}

}  // namespace

std::vector<std::vector<std::size_t>> pools(std::span<CueTrack const> tracks) {
    std::vector<std::vector<std::size_t>> out;
    std::vector<std::size_t> clips;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        if (tracks[i].duration_s < kShortClip) clips.push_back(i);
        else out.push_back({i});
    }
    if (!clips.empty()) out.push_back(std::move(clips));
    return out;
}

Column cue(CueTrack const& track, std::string_view name) {
    Column out(static_cast<std::size_t>(track.samples), kMissing);
    if (name.starts_with("audio.") && silent(track)) return out;
    auto const values = track.find(name);
    for (std::size_t i = 0; i < values.size(); ++i)
        if (std::isfinite(values[i])) out[i] = static_cast<double>(values[i]);
    return out;
}

Column amplitude(Column decibels) {
    for (auto& x : decibels) x = std::pow(10.0, x / 20);
    return decibels;
}

Column smoothed(Column const& x, int width) {
    auto const n = static_cast<std::ptrdiff_t>(x.size());
    std::vector<double> sum(x.size() + 1, 0);
    std::vector<int> count(x.size() + 1, 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
        bool const present = !std::isnan(x[i]);
        sum[i + 1] = sum[i] + (present ? x[i] : 0);
        count[i + 1] = count[i] + (present ? 1 : 0);
    }
    Column out(x.size(), kMissing);
    for (std::ptrdiff_t i = 0; i < n; ++i) {
        auto const from = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, i - width / 2));
        auto const to = static_cast<std::size_t>(std::min(n, i + width / 2 + 1));
        if (auto const k = count[to] - count[from]; k > 0)
            out[static_cast<std::size_t>(i)] = (sum[to] - sum[from]) / k;
    }
    return out;
}

double median_of(Column& values) {
    std::erase_if(values, [](double x) { return std::isnan(x); });
    if (values.empty()) return kMissing;
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

BandPool::BandPool(std::span<CueTrack const> tracks, std::span<std::size_t const> members) {
    for (auto const m : members) {
        auto& bands = amplitudes_.emplace_back();
        for (std::size_t b = 0; b < kBands; ++b)
            bands[b] = amplitude(cue(tracks[m], "audio.band" + std::to_string(b) + "_dbfs@1"));
    }
    for (std::size_t b = 0; b < kBands; ++b) {
        Column all;
        for (auto const& bands : amplitudes_)
            all.insert(all.end(), bands[b].begin(), bands[b].end());
        usual_[b] = median_of(all) + kBandFloor;
    }
}

/// Mean over the bands of f(amplitudes, sample) as a multiple of what is usual in the band.
Column BandPool::over_bands(std::size_t k, auto f) const {
    Column out(amplitudes_[k][0].size(), kMissing);
    for (std::size_t i = 0; i < out.size(); ++i) {
        double sum = 0;
        int count = 0;
        for (std::size_t b = 0; b < kBands; ++b) {
            auto const& a = amplitudes_[k][b];
            if (std::isnan(a[i])) continue;
            sum += f(a, i) / usual_[b];
            ++count;
        }
        if (count > 0) out[i] = sum / count;
    }
    return out;
}

Column BandPool::fullness(std::size_t k) const {
    return over_bands(k, [](Column const& a, std::size_t i) { return a[i]; });
}

Column BandPool::burst(std::size_t k) const {
    return over_bands(k, [](Column const& a, std::size_t i) {
        return i == 0 ? 0.0 : std::max(0.0, a[i] - a[i - 1]);  // a gap before gives 0
    });
}

std::vector<double> onset_of(Column burst) {
    for (auto& x : burst) x = std::isnan(x) ? 0 : x;
    return burst;
}

}  // namespace aiditor::detect
