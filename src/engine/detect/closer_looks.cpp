#include "engine/detect/closer_looks.hpp"

#include "engine/detect/find_highlights.hpp"
#include "engine/detect/peaks.hpp"
#include "engine/detect/rules.hpp"

#include <algorithm>

namespace aiditor::detect {
namespace {
constexpr auto kBefore = timeline::seconds(3), kAfter = timeline::seconds(2);
}

Result<std::vector<timeline::TimeSpan>> closer_looks(timeline::CueTrack const& track) {
    auto const evidence = TRY(weigh(*make_rules(), {&track, 1}));
    auto const& found = evidence.front();
    if (found.least <= 0) return std::vector<timeline::TimeSpan>{};
    std::vector<double> score(static_cast<std::size_t>(track.samples), 0);
    for (auto const& part : found.parts)
        for (std::size_t i = 0; i < score.size(); ++i) score[i] += part.values[i];
    std::vector<double> const floor(score.size(), found.least / 2);
    auto moments = find_moments(score, found.onset, floor, found.least_fall / 2);
    std::ranges::stable_sort(moments, std::ranges::greater{},
                             [&](Moment const& m) { return score[m.best]; });
    if (moments.size() > kMostLooks) moments.resize(kMostLooks);
    std::vector<timeline::TimeSpan> looks;
    for (auto const& m : moments) {
        auto const peak = timeline::frame_start(static_cast<std::int64_t>(m.peak), {kRateHz, 1});
        looks.push_back({.start_s = std::max(timeline::Time{}, peak - kBefore),
                         .end_s = std::min(track.duration_s, peak + kAfter)});
    }
    std::erase_if(looks, [](auto const& look) { return look.end_s <= look.start_s; });
    return looks;
}

}  // namespace aiditor::detect
