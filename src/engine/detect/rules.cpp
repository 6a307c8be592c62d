#include "engine/detect/rules.hpp"

#include "engine/detect/evidence.hpp"
#include "engine/detect/peaks.hpp"

#include <algorithm>
#include <cmath>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;
using timeline::Time;

struct GroupName {
    char const* group;
    char const* kind;
};
constexpr std::array<GroupName, kGroups> kNames{{{"burst", "burst"},
                                                 {"loudness", "loud"},
                                                 {"fullness", "full"},
                                                 {"stream", "motion"},
                                                 {"picture", "change"},
                                                 {"ending", "ending"}}};
constexpr auto kEnding = static_cast<std::size_t>(Group::Ending);

/// A moment begins where one group stands out by two robust standard deviations, or several by
/// less. Between two moments the score falls by at least one.
constexpr double kLeastZ = 2, kLeastFallZ = 1;

Time sample_start(std::size_t i) {
    return timeline::frame_start(static_cast<std::int64_t>(i), {kRateHz, 1});
}

timeline::Highlight describe(Evidence const& evidence, Moment const& m, Time duration) {
    timeline::Highlight out;
    out.start_s = std::min(sample_start(m.from), duration);
    out.end_s = std::min(sample_start(m.to), duration);
    out.peak_s = std::min(sample_start(m.peak) + timeline::milliseconds(100), out.end_s);
    out.score = evidence.score[m.best];
    auto dominant = kEnding;
    double largest = 0;
    for (std::size_t g = 0; g < kGroups; ++g) {
        auto const part = evidence.parts[g][m.best];
        out.why[kNames[g].group] = part;
        if (auto const z = part / weight_of(static_cast<Group>(g)); g != kEnding && z > largest) {
            largest = z;
            dominant = g;
        }
    }
    out.kind = kNames[dominant].kind;
    return out;
}

timeline::ClipHighlights judge(CueTrack const& track, Evidence const& evidence) {
    timeline::ClipHighlights out;
    out.file = track.file;
    out.sha256 = track.sha256;
    out.duration_s = track.duration_s;
    out.curve.rate_hz = kRateHz;
    out.curve.values = evidence.score;
    // The place alone never makes a moment: it is added to what must be reached.
    auto floor = evidence.parts[kEnding];
    for (auto& x : floor) x += kLeastZ * evidence.weight;
    if (evidence.weight == 0) return out;
    for (auto const& m :
         find_moments(evidence.score, evidence.onset, floor, kLeastFallZ * evidence.weight))
        out.highlights.push_back(describe(evidence, m, track.duration_s));
    return out;
}

class Rules final : public Detector {
public:
    [[nodiscard]] std::string_view name() const override { return "rules/1"; }

    [[nodiscard]] Result<timeline::Highlights> detect(
        std::span<CueTrack const> tracks) const override {
        for (auto const& track : tracks) {
            if (auto const valid = track.validate(""); !valid)
                return std::unexpected(Error(valid.error()).while_doing(track.file));
            if (track.rate_hz != kRateHz)
                return fail(ErrorCode::BadJson,
                            track.file + ": cues must have 5 samples a second; run analyse again.");
        }
        timeline::Highlights out;
        out.detector = name();
        auto const evidence = weigh(tracks);
        for (std::size_t i = 0; i < tracks.size(); ++i)
            out.clips.push_back(judge(tracks[i], evidence[i]));
        return out;
    }
};

}  // namespace

std::unique_ptr<Detector> make_rules() { return std::make_unique<Rules>(); }

}  // namespace aiditor::detect
