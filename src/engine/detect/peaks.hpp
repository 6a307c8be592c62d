#pragma once
/// Where moments begin, culminate and end on a curve of scores.

#include <cstddef>
#include <span>
#include <vector>

namespace aiditor::detect {

/// Samples of the 5-Hz grid.
struct Moment {
    std::size_t from = 0, to = 0;  ///< [from, to)
    std::size_t best = 0;          ///< the highest score
    std::size_t peak = 0;          ///< the moment itself: the last strong start of a sound near it
};

/// Takes the highest sample again and again. A moment reaches 2 s to each side of it, and on while
/// the curve stays above 40 % of its height, at most 6 s a side, never into a better moment;
/// remainders under 2.4 s beside one are left out. Moments that culminate within 5 s of each other
/// and lie at most 1 s apart are one. `floor[i]` is what sample i must reach to begin a moment, and
/// between it and a better moment the curve must fall by `least_fall`: a plateau is one moment. Of
/// equal neighbours the middle one is the best.
/// Disjoint, in time order. Cost: n log n.
[[nodiscard]] std::vector<Moment> find_moments(std::span<double const> score,
                                               std::span<double const> onset,
                                               std::span<double const> floor, double least_fall);

}  // namespace aiditor::detect
