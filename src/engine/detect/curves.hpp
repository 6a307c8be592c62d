#pragma once
/// What the detectors make of cues before they judge: columns of doubles with gaps.

#include "timeline/cue_names.hpp"
#include "timeline/cue_track.hpp"

#include <array>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace aiditor::detect {

/// One value a sample; NaN where nothing was measured.
using Column = std::vector<double>;

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
using timeline::kBands;
/// From the median absolute deviation to the standard deviation of a normal distribution.
inline constexpr double kMadToSigma = 1.4826;

/// Which tracks are compared with each other: each of kShortClip or more with itself, all shorter
/// ones together. Indices into `tracks`, each exactly once; no pool is empty.
[[nodiscard]] std::vector<std::vector<std::size_t>> pools(
    std::span<timeline::CueTrack const> tracks);

/// A cue as doubles; missing everywhere when the track does not have it. Digital silence says
/// nothing about a clip: where the loudness is never above -70 LUFS all "audio." cues are missing.
[[nodiscard]] Column cue(timeline::CueTrack const& track, std::string_view name);

/// 10^(x/20) of every value.
[[nodiscard]] Column amplitude(Column decibels);

/// Mean over the present values of a centred window of `width` (odd) samples; missing where there
/// are none.
[[nodiscard]] Column smoothed(Column const& x, int width);

/// The lower median of the present values; missing without any. Leaves `values` in another order
/// and without gaps.
[[nodiscard]] double median_of(Column& values);

/// The sound of a pool of clips, band by band, beside what is usual among them: the median
/// amplitude of the band, and -80 dBFS, below which no band has a level worth a ratio.
class BandPool {
public:
    BandPool(std::span<timeline::CueTrack const> tracks, std::span<std::size_t const> members);

    /// Mean over the measured bands of amplitude / usual. `k`: which member.
    [[nodiscard]] Column fullness(std::size_t k) const;
    /// The same of the rise since the sample before, falls counting 0: sounds that start suddenly
    /// over many bands. The first sample, and the first after a gap, rise from nothing known: 0.
    [[nodiscard]] Column burst(std::size_t k) const;

private:
    [[nodiscard]] Column over_bands(std::size_t k, auto f) const;

    std::vector<std::array<Column, kBands>> amplitudes_;  ///< by member
    std::array<double, kBands> usual_{};
};

/// Evidence::onset: the burst, 0 where it is missing.
[[nodiscard]] std::vector<double> onset_of(Column burst);

}  // namespace aiditor::detect
