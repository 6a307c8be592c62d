#pragma once
/// What a network sees: channels on the 5-Hz grid, made from cues. The same numbers as
/// training/channels.py makes; tests/golden/channels holds both to it.
///
/// A channel says how rare it is that a curve is as high as it is now: -ln(share of the pool that
/// is higher) - 1, where equal values lie in the middle of their own: -1 for the lowest, 0 in the
/// mean, ln(n) - 1 for the highest of n. Where the curve spreads less than is worth noticing, the
/// channel shrinks with the spread, to 0 when nothing changes. The spread is the larger of 1.4826
/// MAD and 0.3 root mean squares around the median. What was not measured is 0, as what is usual
/// is. Nothing is left of level and unit. The pool is a recording of 90 s or more alone, or all
/// shorter clips of the input set.

#include "engine/detect/curves.hpp"

#include <optional>
#include <string>

namespace aiditor::detect {

/// Every value of a channel lies between these.
inline constexpr double kChannelLow = -1, kChannelHigh = 20;

/// What a channel is made of: a cue by its name, or one of the computed curves
///   "burst"      BandPool::burst
///   "full"       BandPool::fullness
///   "amplitude"  10^(momentary loudness / 20)
struct ChannelSource {
    std::string_view name;
    /// The values before they are compared; member `k` of the pool is `track`.
    Column (*curve)(std::string_view name, timeline::CueTrack const& track, BandPool const& bands,
                    std::size_t k);
    double least_spread;  ///< worth noticing, in the unit of the curve
};

/// Empty for a name that this build does not know, e.g. a cue of another version.
[[nodiscard]] std::optional<ChannelSource> find_channel(std::string_view name);

/// Channels of clips that are compared with each other.
class ChannelPool {
public:
    ChannelPool(std::span<timeline::CueTrack const> tracks, std::vector<std::size_t> members,
                std::vector<ChannelSource> channels);

    /// Channel c of member k: a value for each sample of its track, all finite.
    [[nodiscard]] std::vector<float> values(std::size_t c, std::size_t k) const;
    /// Evidence::onset of member k, for whatever channels.
    [[nodiscard]] std::vector<double> onset(std::size_t k) const {
        return onset_of(bands_.burst(k));
    }

private:
    struct Pooled {
        Column sorted;     ///< all that was measured of a channel
        double share = 0;  ///< of its rarity that counts, 0 to 1
    };
    [[nodiscard]] Column curve(std::size_t c, std::size_t k) const;
    [[nodiscard]] Pooled pooled(std::size_t c) const;

    std::span<timeline::CueTrack const> tracks_;
    std::vector<std::size_t> members_;
    std::vector<ChannelSource> channels_;
    BandPool bands_;
    std::vector<Pooled> pooled_;  ///< by channel
};

}  // namespace aiditor::detect
