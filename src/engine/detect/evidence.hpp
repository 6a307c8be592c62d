#pragma once
/// From cues to comparable evidence: what each cue group says about every instant.

#include "timeline/cue_track.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace aiditor::detect {

inline constexpr int kRateHz = 5;

/// In the order in which ties between parts are decided.
enum class Group : std::uint8_t { Burst, Loudness, Fullness, Stream, Picture, Ending };
inline constexpr std::size_t kGroups = 6;

/// How much a group counts: its part of the score per robust standard deviation.
[[nodiscard]] double weight_of(Group group);

/// One clip on the 5-Hz grid.
struct Evidence {
    /// By group: its part of the score, a multiple of 1/1024, so that sums are exact and equal
    /// moments stay equal whatever the rounding of the mathematical library.
    std::array<std::vector<double>, kGroups> parts;
    std::vector<double> score;  ///< the sum of the parts
    std::vector<double> onset;  ///< burst before smoothing, >= 0; 0 where missing
    /// The largest weight among the groups (the place aside) that were measured in this clip and
    /// that change at all; 0 when there is nothing to judge.
    double weight = 0;
};

/// One Evidence per track. Recordings of 90 s or more are normalised by themselves, shorter clips
/// together. The tracks have passed CueTrack::validate and are on the 5-Hz grid.
[[nodiscard]] std::vector<Evidence> weigh(std::span<timeline::CueTrack const> tracks);

}  // namespace aiditor::detect
