#include "engine/detect/rules.hpp"

#include "engine/detect/curves.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;

constexpr double kLowestZ = -2, kHighestZ = 6;

/// A moment begins where one group stands out by two robust standard deviations, or several by
/// less. Between two moments the score falls by at least one.
constexpr double kLeastZ = 2, kLeastFallZ = 1;

enum class Group : std::uint8_t { Burst, Loudness, Fullness, Stream, Picture, Voice };

/// How a group's curve becomes evidence. `least_scale` is the smallest spread worth noticing, in
/// the unit of the curve: in a recording where less than this happens, nothing stands out.
struct Rule {
    std::string_view group, kind;
    double weight;
    int smooth;  ///< samples, odd
    double least_scale;
    double least_share;  ///< the same as a share of the median
};
constexpr std::array<Rule, 6> kRules{{
    {"burst", "burst", 1.00, 7, 0.05, 0},      // 5 % of the usual level a sample
    {"loudness", "loud", 0.50, 7, 1e-3, 0.1},  // 1 dB, or -60 LUFS
    {"fullness", "full", 0.25, 21, 0.1, 0},    // 10 % of the usual level
    {"stream", "motion", 0.25, 21, 0.1, 0},    // a tenth of an octave
    {"picture", "change", 0.15, 11, 1.0, 0},   // one step of 255
    {"voice", "voice", 0.50, 7, 0.03, 0.5},    // -30 dBFS: talking is not shouting
}};

/// Clips that are compared with each other, and what is usual among them.
class Pool {
public:
    Pool(std::span<CueTrack const> tracks, std::vector<std::size_t> members)
        : tracks_(tracks), members_(std::move(members)), bands_(tracks_, members_) {}

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
        case Group::Burst: return bands_.burst(k);
        case Group::Loudness: return amplitude(cue(track, "audio.loudness_lufs@1"));
        case Group::Fullness: return bands_.fullness(k);
        case Group::Stream: return cue(track, "packet.size_log2bytes@1");
        case Group::Voice: return amplitude(cue(track, "voice.level_dbfs@1"));
        default: break;
        }
        auto luma = cue(track, "picture.luma_change_level@1");
        auto const chroma = cue(track, "picture.chroma_change_level@1");
        std::ranges::transform(luma, chroma, luma.begin(), std::plus{});
        return luma;
    }

    void weigh_group(std::size_t g, std::vector<Evidence>& out) const {
        auto const& rule = kRules[g];
        std::vector<Column> curves;
        Column all;
        for (std::size_t k = 0; k < members_.size(); ++k) {
            auto raw = curve(g, k);
            curves.push_back(smoothed(raw, rule.smooth));
            all.insert(all.end(), curves.back().begin(), curves.back().end());
            if (static_cast<Group>(g) == Group::Burst)
                out[members_[k]].onset = onset_of(std::move(raw));
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
    BandPool bands_;
};

class Rules final : public Detector {
public:
    [[nodiscard]] std::string_view name() const override { return "rules/1"; }

    [[nodiscard]] Result<std::vector<Evidence>> weigh(
        std::span<CueTrack const> tracks) const override {
        std::vector<Evidence> out(tracks.size());
        for (auto& members : pools(tracks)) Pool(tracks, std::move(members)).weigh(out);
        return out;
    }
};

}  // namespace

std::unique_ptr<Detector> make_rules() { return std::make_unique<Rules>(); }

}  // namespace aiditor::detect
