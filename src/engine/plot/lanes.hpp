#pragma once
/// Cue columns as lanes of a picture: what belongs together, its scale, and one value a pixel.

#include "timeline/cue_track.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aiditor::plot {

/// One cue, or a family of at least three that differ by a number only, in the order of the track.
struct Lane {
    std::string room, name, unit;  ///< printable; "audio", "loudness", "LUFS"
    std::vector<std::span<float const>> rows;
};

/// All cues of the track, by name: `room.quantity_unit@version`.
[[nodiscard]] std::vector<Lane> lanes_of(timeline::CueTrack const& track);

/// The values that one pixel stands for; NaN where none was measured.
struct Column {
    float low, high;
    [[nodiscard]] bool measured() const { return low <= high; }
};

/// `width` columns over `duration_s`, so that a single sample is seen in the longest clip.
[[nodiscard]] std::vector<Column> reduce(std::span<float const> values, double rate_hz,
                                         double duration_s, int width);

/// From where to where a lane is drawn. A few very low values (silence at -70 LUFS) would press the
/// rest flat, so `low` leaves out the lowest 2 %; peaks count in full.
struct Scale {
    float low, high;
    bool cut;  ///< some values lie below `low`
};
/// Empty when nothing was measured.
[[nodiscard]] std::optional<Scale> scale_of(std::span<std::span<float const> const> rows);

}  // namespace aiditor::plot
