#pragma once
/// How a stream's pictures are meant to be shown.

#include "engine/media/input.hpp"

namespace aiditor::media {

struct Geometry {
    int rotation_deg = 0;  ///< clockwise: 0, 90, 180, 270
    timeline::Rational pixel_aspect{1, 1};
    bool interlaced = false;  ///< as the container says; pictures carry their own flag too
};

/// Rotation from the display matrix (ISO/IEC 14496-12, 8.3.2), to the nearest quarter turn; pixel
/// aspect outside 1:8 to 8:1 is taken for a mistake and read as square.
[[nodiscard]] Geometry geometry_of(Input& input, AVStream& stream);

}  // namespace aiditor::media
