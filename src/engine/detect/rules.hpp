#pragma once
/// The documented rule (docs/detection.md): no training, five reasons.
///
/// The score of an instant is a sum over cue groups of weight * z, where z says how far the cue is
/// from what is usual in this recording (robust: median and MAD), limited to [-2, 6]:
///   burst     sounds that start suddenly over many bands     weight 1
///   loudness  momentary loudness                             0.5
///   fullness  every band above its own usual level           0.25
///   stream    size of coded pictures: motion, effects        0.25
///   picture   change between key pictures                    0.15
/// Recordings of 90 s or more are compared with themselves; shorter clips with all short clips of
/// the input set, so that the best of thirty wins. A cue that is missing or never changes adds
/// nothing.
///
/// Kinds: "burst", "loud" (loudness), "full" (fullness), "motion" (stream), "change" (picture).

#include "engine/detect/detector.hpp"

#include <memory>

namespace aiditor::detect {

[[nodiscard]] std::unique_ptr<Detector> make_rules();

}  // namespace aiditor::detect
