#include "engine/detect/rules.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;
using Column = std::vector<double>;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kBands = 8;

/// -80 dBFS: a band that is usually quieter than this has no level of its own worth a ratio.
constexpr double kBandFloor = 1e-4;
/// What the analyser reports for silence, the gate of EBU R 128.
constexpr float kSilenceLufs = -70;
constexpr double kLowestZ = -2, kHighestZ = 6;
constexpr double kMadToSigma = 1.4826;

/// A moment begins where one group stands out by two robust standard deviations, or several by
/// less. Between two moments the score falls by at least one.
constexpr double kLeastZ = 2, kLeastFallZ = 1;

enum class Group : std::uint8_t { Burst, Loudness, Fullness, Stream, Picture };

/// How a group's curve becomes evidence. `least_scale` is the smallest spread worth noticing, in
/// the unit of the curve: in a recording where less than this happens, nothing stands out.
struct Rule {
    std::string_view group, kind;
    double weight;
    int smooth;  ///< samples, odd
    double least_scale;
    double least_share;  ///< the same as a share of the median
};
constexpr std::array<Rule, 5> kRules{{
    {"burst", "burst", 1.00, 7, 0.05, 0},      // 5 % of the usual level a sample
    {"loudness", "loud", 0.50, 7, 1e-3, 0.1},  // 1 dB, or -60 LUFS
    {"fullness", "full", 0.25, 21, 0.1, 0},    // 10 % of the usual level
    {"stream", "motion", 0.25, 21, 0.1, 0},    // a tenth of an octave
    {"picture", "change", 0.15, 11, 1.0, 0},   // one step of 255
}};

/// Mean over the present values of a centred window; missing where there are none.
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

/// The lower median of the present values; missing without any.
double median_of(Column& values) {
    std::erase_if(values, [](double x) { return std::isnan(x); });
    if (values.empty()) return kMissing;
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

/// Digital silence says nothing about a clip: its sound counts as missing.
bool silent(CueTrack const& track) {
    return std::ranges::none_of(track.find("audio.loudness_lufs@1"),
                                [](float lufs) { return lufs > kSilenceLufs; });
}

/// A cue as doubles; missing everywhere when the track does not have it.
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

/// Clips that are compared with each other, and what is usual among them.
class Pool {
public:
    Pool(std::span<CueTrack const> tracks, std::vector<std::size_t> members)
        : tracks_(tracks), members_(std::move(members)) {
        for (auto const m : members_) {
            auto& bands = bands_.emplace_back();
            for (std::size_t b = 0; b < kBands; ++b)
                bands[b] = amplitude(cue(tracks_[m], "audio.band" + std::to_string(b) + "_dbfs@1"));
        }
        for (std::size_t b = 0; b < kBands; ++b) {
            Column all;
            for (auto const& bands : bands_)
                all.insert(all.end(), bands[b].begin(), bands[b].end());
            usual_[b] = median_of(all) + kBandFloor;
        }
    }

    void weigh(std::vector<Evidence>& out) const {
        for (auto const m : members_) {
            auto const samples = static_cast<std::size_t>(tracks_[m].samples);
            out[m].onset.assign(samples, 0);
            for (auto const& rule : kRules)
                out[m].parts.push_back({.group = rule.group,
                                        .kind = rule.kind,
                                        .unit = rule.weight,
                                        .values = std::vector<double>(samples, 0)});
        }
        for (std::size_t g = 0; g < kRules.size(); ++g) weigh_group(g, out);
    }

private:
    /// What the group measures in member k, before smoothing.
    [[nodiscard]] Column curve(std::size_t g, std::size_t k) const {
        auto const& track = tracks_[members_[k]];
        switch (static_cast<Group>(g)) {
        case Group::Burst:
            return over_bands(k, [](Column const& a, std::size_t i) {
                return i == 0 ? 0.0 : std::max(0.0, a[i] - a[i - 1]);
            });
        case Group::Loudness: return amplitude(cue(track, "audio.loudness_lufs@1"));
        case Group::Fullness:
            return over_bands(k, [](Column const& a, std::size_t i) { return a[i]; });
        case Group::Stream: return cue(track, "packet.size_log2bytes@1");
        default: break;
        }
        auto luma = cue(track, "picture.luma_change_level@1");
        auto const chroma = cue(track, "picture.chroma_change_level@1");
        std::ranges::transform(luma, chroma, luma.begin(), std::plus{});
        return luma;
    }

    /// Mean over the bands of f(amplitudes, sample) as a multiple of what is usual in the band.
    [[nodiscard]] Column over_bands(std::size_t k, auto f) const {
        Column out(bands_[k][0].size(), kMissing);
        for (std::size_t i = 0; i < out.size(); ++i) {
            double sum = 0;
            int count = 0;
            for (std::size_t b = 0; b < kBands; ++b) {
                auto const& a = bands_[k][b];
                if (std::isnan(a[i])) continue;
                auto const x = f(a, i);
                sum += std::isnan(x) ? 0 : x / usual_[b];  // the first sample after a gap
                ++count;
            }
            if (count > 0) out[i] = sum / count;
        }
        return out;
    }

    void weigh_group(std::size_t g, std::vector<Evidence>& out) const {
        auto const& rule = kRules[g];
        std::vector<Column> curves;
        Column all;
        for (std::size_t k = 0; k < members_.size(); ++k) {
            auto raw = curve(g, k);
            curves.push_back(smoothed(raw, rule.smooth));
            all.insert(all.end(), curves.back().begin(), curves.back().end());
            if (static_cast<Group>(g) != Group::Burst) continue;
            for (auto& x : raw) x = std::isnan(x) ? 0 : x;
            out[members_[k]].onset = std::move(raw);
        }
        auto const middle = median_of(all);
        if (std::isnan(middle)) return;
        for (auto& x : all) x = std::abs(x - middle);
        auto const least = std::max(rule.least_scale, rule.least_share * middle);
        bool const changes = *std::ranges::max_element(all) > least;
        auto const scale = std::max(kMadToSigma * median_of(all), least);
        for (std::size_t k = 0; k < members_.size(); ++k) {
            auto& evidence = out[members_[k]];
            bool measured = false;
            for (std::size_t i = 0; i < curves[k].size(); ++i) {
                if (std::isnan(curves[k][i])) continue;
                measured = true;
                auto const z = std::clamp((curves[k][i] - middle) / scale, kLowestZ, kHighestZ);
                evidence.parts[g].values[i] = quantised(rule.weight * z);
            }
            if (!measured || !changes) continue;
            evidence.least = std::max(evidence.least, kLeastZ * rule.weight);
            evidence.least_fall = std::max(evidence.least_fall, kLeastFallZ * rule.weight);
        }
    }

    std::span<CueTrack const> tracks_;
    std::vector<std::size_t> members_;
    std::vector<std::array<Column, kBands>> bands_;  ///< amplitudes, by member
    std::array<double, kBands> usual_{};
};

class Rules final : public Detector {
public:
    [[nodiscard]] std::string_view name() const override { return "rules/1"; }

    [[nodiscard]] std::vector<Evidence> weigh(std::span<CueTrack const> tracks) const override {
        std::vector<Evidence> out(tracks.size());
        std::vector<std::size_t> clips;
        for (std::size_t i = 0; i < tracks.size(); ++i) {
            if (tracks[i].duration_s < kShortClip) clips.push_back(i);
            else Pool(tracks, {i}).weigh(out);
        }
        Pool(tracks, clips).weigh(out);
        return out;
    }
};

}  // namespace

std::unique_ptr<Detector> make_rules() { return std::make_unique<Rules>(); }

}  // namespace aiditor::detect
