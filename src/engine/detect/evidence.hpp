#pragma once
/// What a detector says about every instant of a clip, reason by reason.

#include "timeline/cue_names.hpp"

#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

namespace aiditor::detect {

using timeline::kRateHz;

/// Parts are multiples of 1/1024: sums are then exact in any order, and equal moments stay equal
/// whatever the rounding of the mathematical library.
[[nodiscard]] inline double quantised(double x) { return std::round(x * 1024) / 1024; }

/// One cue group's part of the score. Names live as long as the program.
struct Part {
    std::string_view group;  ///< the key in Highlight::why
    std::string_view kind;   ///< of a highlight in which this group stands out most
    double unit = 1;         ///< one robust deviation of the group, for comparing groups
    std::vector<double> values;
};

/// One clip on the 5-Hz grid. The score of a sample is the sum of its parts.
struct Evidence {
    std::vector<Part> parts;
    std::vector<double> onset;  ///< how suddenly the sound starts, >= 0; 0 where missing
    double least = 0;           ///< the score that a moment must reach; 0: nothing to judge
    double least_fall = 0;      ///< how far the score falls between two moments
};

}  // namespace aiditor::detect
