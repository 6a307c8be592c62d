#pragma once
/// The port behind which highlights are found: one implementation per way of finding them.

#include "base/result.hpp"
#include "timeline/cue_track.hpp"
#include "timeline/highlight.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace aiditor::detect {

/// Pure: the same tracks give the same answer, on every machine of one CPU class.
class Detector {
public:
    virtual ~Detector() = default;
    /// Version and name, e.g. "rules/1"; goes into Highlights::detector.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Judges a whole input set at once, because short clips are compared with each other. The
    /// answer has one entry per track, in the same order. Errors: BadJson for a track that cannot
    /// be read (wrong grid); never because a cue is missing.
    [[nodiscard]] virtual Result<timeline::Highlights> detect(
        std::span<timeline::CueTrack const> tracks) const = 0;
};

}  // namespace aiditor::detect
