#pragma once
/// The port behind which clips are judged: one implementation per way of doing it.

#include "base/result.hpp"
#include "engine/detect/evidence.hpp"
#include "timeline/cue_track.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace aiditor::detect {

/// Recordings of this length or more are compared with themselves, shorter clips with each other.
inline constexpr timeline::Time kShortClip = timeline::seconds(90);

/// Pure: the same tracks give the same answer, on every machine of one CPU class.
class Detector {
public:
    virtual ~Detector() = default;
    /// Version and name, e.g. "rules/1"; goes into Highlights::detector.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Judges a whole input set at once. One Evidence per track, in the same order, with
    /// track.samples values in every part. The tracks have passed CueTrack::validate and are on the
    /// 5-Hz grid. A cue that is missing says nothing; it is no error. Errors: Internal when a
    /// library that judges fails, e.g. for lack of memory.
    [[nodiscard]] virtual Result<std::vector<Evidence>> weigh(
        std::span<timeline::CueTrack const> tracks) const = 0;
};

}  // namespace aiditor::detect
