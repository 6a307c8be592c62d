#pragma once
/// What a person likes, learnt from marked moments by how they sound.
///
/// The sound of a moment is how far each of eight bands is from what is usual in the recording
/// (tens of dB, limited to [-2, 4]), at seven samples from 0.6 s before to 0.6 s after it. A moment
/// that sounds like one that was liked gains, one that sounds like one that was not loses:
///   taste = most(nearness to the liked) - most(nearness to the disliked),
///   nearness = exp(-distance^2 / (2 * 4^2)),
/// smoothed over 1.4 s, its median over the clip taken away, times 1.5 of what a moment must reach.
/// A few marks can only lift or lower what resembles them; without marks nothing changes. In
/// the marked clip itself a disliked moment loses all of its score, a liked one gains what a moment
/// must reach: fully up to 2 s from the mark, nothing beyond 4 s.

#include "engine/detect/evidence.hpp"
#include "timeline/cue_track.hpp"
#include "timeline/likes.hpp"

#include <array>
#include <span>

namespace aiditor::detect {

inline constexpr std::string_view kTaste = "taste";

/// The mark with the sound of that moment of the clip, its hash and its file. The sound is left out
/// where the clip has none.
[[nodiscard]] timeline::Like remember(timeline::CueTrack const& track, timeline::Time at,
                                      bool like);

class Taste {
public:
    /// A mark without a sound of its own is looked up in the tracks; one that is in none of them
    /// says nothing. Tracks are on the 5-Hz grid.
    Taste(timeline::Likes const& likes, std::span<timeline::CueTrack const> tracks);

    /// How many marks say something.
    [[nodiscard]] std::size_t used() const { return used_; }

    /// What taste adds to each sample of `track`, whose score is `score` so far and whose moments
    /// must reach `least` > 0. Cost: about 0.3 ms a mark and hour.
    [[nodiscard]] Part part(timeline::CueTrack const& track, std::span<double const> score,
                            double least) const;

private:
    static constexpr std::size_t kBands = 8, kLags = 7;
    using Sound = std::array<float, kBands * kLags>;  ///< lag by lag
    static_assert(std::tuple_size_v<Sound> == timeline::Likes::kSoundValues);

    timeline::Likes const& likes_;
    std::vector<Sound> liked_, disliked_;
    std::size_t used_ = 0;
};

}  // namespace aiditor::detect
