#pragma once
/// The documented rule (docs/detection.md): no training, five reasons and a place.
///
/// The score of an instant is a sum over cue groups of weight * z, where z says how far the cue is
/// from what is usual in this recording (robust: median and MAD), limited to [-2, 6]:
///   burst     sounds that start suddenly over many bands     weight 1
///   loudness  momentary loudness                             0.5
///   fullness  every band above its own usual level           0.25
///   stream    size of coded pictures: motion, effects        0.25
///   picture   change between key pictures                    0.15
///   ending    clips under 90 s only: closeness to the end    up to 1
/// Recordings of 90 s or more are compared with themselves; shorter clips with all short clips of
/// the input set, so that the best of thirty wins. A cue that is missing or never changes adds
/// nothing. `why` holds every group; the parts add up to the score exactly (as doubles, added in
/// the order of the map).
///
/// `kind` is the group that stands out most (the largest part for its weight), the place aside:
/// "burst", "loud" (loudness), "full" (fullness), "motion" (stream), "change" (picture); "ending"
/// when no other part is positive.

#include "engine/detect/detector.hpp"

namespace aiditor::detect {

[[nodiscard]] std::unique_ptr<Detector> make_rules();

}  // namespace aiditor::detect
