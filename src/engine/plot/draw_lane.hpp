#pragma once
/// One lane of a plot: its name and scale at the sides, its values between.

#include "engine/plot/canvas.hpp"

#include <span>
#include <string_view>

namespace aiditor::plot {

/// One row is drawn as a curve, several as a map from dark (low) to bright (high). Borrowed.
struct LaneSpec {
    std::string_view name, unit;  ///< printable
    std::span<std::span<float const> const> rows;
    double rate_hz, duration_s;
    Colour colour;
    double y, height;
};

/// The ground of a lane is there only where something was measured.
void draw_lane(Canvas& canvas, LaneSpec const& lane);

}  // namespace aiditor::plot
