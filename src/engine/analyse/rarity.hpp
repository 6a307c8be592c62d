#pragma once
/// How unlike everything else in the recording a moment sounds: announcers, jingles and explosions
/// are rarer than steps, engines and music.

#include "engine/analyse/cue_grid.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace aiditor::analyse {

/// Keeps one spectrum per sample of the grid (24 floats) and compares all of them at the end.
class Rarity {
public:
    static constexpr std::size_t kFineBands = 3 * kBands;

    /// `levels_db`: level of each fine band in this sample.
    void add(std::size_t sample, std::span<double const, kFineBands> levels_db);
    /// Writes both cues. The distance of two moments is the root mean square difference of their
    /// bands, smoothed over 0.6 s; rarity is the mean distance to the eight nearest moments, those
    /// within 5 s aside. A recording of more than 2000 samples (400 s) is compared with 2000 of
    /// them, evenly spaced, so the cost is linear in its length. Recordings under 20 s stay
    /// missing.
    void finish(CueGrid& grid) const;

private:
    using Spectrum = std::array<float, kFineBands>;
    void write(CueGrid& grid, CueId id, std::vector<Spectrum> const& smooth) const;

    std::vector<Spectrum> spectra_;
    std::vector<bool> heard_;
};

}  // namespace aiditor::analyse
