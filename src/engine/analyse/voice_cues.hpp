#pragma once
/// How loud people are on the sound tracks beside the first one.

#include "engine/analyse/cue_grid.hpp"
#include "timeline/time.hpp"

#include <array>
#include <optional>
#include <span>

namespace aiditor::analyse {

/// Further sound tracks that are measured; others are ignored.
inline constexpr std::size_t kMostVoices = 3;

/// Sums up each track per sample of the grid; the cue is the level of the loudest of them. A sample
/// with less than 60 ms of a track hears nothing of it. Memory is constant.
class VoiceCues {
public:
    explicit VoiceCues(CueGrid& grid) : grid_(grid) {}

    /// See CueBuilder::voice. Blocks of one track in time order; tracks in any mixture.
    void add(int track, timeline::Time start, std::span<float const> left,
             std::span<float const> right, int rate_hz);
    /// Writes the samples in progress.
    void finish();

private:
    /// Of one track, over one sample of the grid.
    struct Sum {
        std::optional<std::size_t> sample;
        double squares = 0, seconds = 0;
    };
    void write(Sum& sum);

    CueGrid& grid_;
    std::array<Sum, kMostVoices> sums_{};
};

}  // namespace aiditor::analyse
