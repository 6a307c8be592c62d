#include "engine/detect/peaks.hpp"

#include <algorithm>
#include <numeric>

namespace aiditor::detect {
namespace {

constexpr std::size_t kLeastSide = 10, kMostSide = 30;  // 2 s, 6 s
constexpr std::size_t kLeastLength = 12;
constexpr double kFall = 0.4;
constexpr std::size_t kJoinGap = 5, kJoinPeaks = 25;  // 1 s, 5 s
/// A fight is loud before it is decided: the kill is among its last shots, not its loudest second.
constexpr std::size_t kPeakBefore = 5, kPeakAfter = 10;
constexpr double kStrong = 0.7;

std::size_t decisive(std::span<double const> onset, Moment const& m) {
    auto const from = std::max(m.from, m.best - std::min(m.best, kPeakBefore));
    auto const to = std::min(m.to, m.best + kPeakAfter + 1);
    auto const strongest = *std::max_element(onset.begin() + static_cast<std::ptrdiff_t>(from),
                                             onset.begin() + static_cast<std::ptrdiff_t>(to));
    if (strongest <= 0) return m.best;
    auto i = to - 1;
    while (onset[i] < kStrong * strongest) --i;
    return i;
}

/// The moment around `best` in what is not `taken` yet; sides that meet a neighbour stop there.
Moment grow(std::span<double const> score, std::vector<bool> const& taken, std::size_t best) {
    Moment m{best, best + 1, best, best};
    auto const low = kFall * std::max(0.0, score[best]);
    auto const goes_on = [&](std::size_t side, std::size_t next) {
        return side < kMostSide && !taken[next] && (side < kLeastSide || score[next] > low);
    };
    while (m.from > 0 && goes_on(best - m.from, m.from - 1)) --m.from;
    while (m.to < score.size() && goes_on(m.to - 1 - best, m.to)) ++m.to;
    return m;
}

std::size_t middle_of_equals(std::span<double const> score, std::vector<bool> const& taken,
                             std::size_t first) {
    auto last = first;
    while (last + 1 < score.size() && !taken[last + 1] && score[last + 1] == score[first]) ++last;
    return first + (last - first) / 2;
}

/// Whether the curve falls by `least_fall` on the way to the nearest better moment on each side.
bool stands_apart(std::span<double const> score, std::vector<Moment> const& better,
                  std::size_t best, double least_fall) {
    std::size_t before = 0, after = score.size();  // [before, after) holds no better one
    bool has_before = false, has_after = false;
    for (auto const& m : better) {
        if (m.best < best && m.best >= before) before = m.best, has_before = true;
        if (m.best > best && m.best < after) after = m.best, has_after = true;
    }
    auto const falls = [&](std::size_t from, std::size_t to) {
        auto const lowest = *std::min_element(score.begin() + static_cast<std::ptrdiff_t>(from),
                                              score.begin() + static_cast<std::ptrdiff_t>(to));
        return score[best] - lowest >= least_fall;
    };
    return (!has_before || falls(before, best)) && (!has_after || falls(best, after));
}

std::vector<Moment> joined(std::vector<Moment> const& moments, std::span<double const> score) {
    std::vector<Moment> out;
    for (auto const& next : moments) {
        if (out.empty() || next.from - out.back().to > kJoinGap ||
            next.best - out.back().best > kJoinPeaks) {
            out.push_back(next);
            continue;
        }
        auto& last = out.back();
        last.to = next.to;
        if (score[next.best] > score[last.best]) {
            last.best = next.best;
            last.peak = next.peak;
        }
    }
    return out;
}

}  // namespace

std::vector<Moment> find_moments(std::span<double const> score, std::span<double const> onset,
                                 std::span<double const> floor, double least_fall) {
    std::vector<std::size_t> order(score.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::erase_if(order, [&](std::size_t i) { return score[i] < floor[i]; });
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        return score[a] != score[b] ? score[a] > score[b] : a < b;
    });

    std::vector<bool> taken(score.size(), false);
    std::vector<Moment> moments;
    for (auto const first : order) {
        if (taken[first]) continue;
        auto m = grow(score, taken, middle_of_equals(score, taken, first));
        std::fill(taken.begin() + static_cast<std::ptrdiff_t>(m.from),
                  taken.begin() + static_cast<std::ptrdiff_t>(m.to), true);
        if (m.to - m.from < std::min(kLeastLength, score.size())) continue;
        if (!stands_apart(score, moments, m.best, least_fall)) continue;
        m.peak = decisive(onset, m);
        moments.push_back(m);
    }
    std::ranges::sort(moments, {}, &Moment::from);
    return joined(moments, score);
}

}  // namespace aiditor::detect
