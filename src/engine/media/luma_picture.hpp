#pragma once
/// The luma of a decoded picture, small enough to measure often and large enough to see text.

#include <cstdint>
#include <vector>

namespace aiditor::media {

/// Reduced by a whole factor so that the longer side is about 640 pixels (smaller pictures stay as
/// they are). Row by row, full range: 0 is black, 255 white. As coded: not turned upright.
struct LumaPicture {
    int width = 0, height = 0;
    std::vector<std::uint8_t> y;
};

}  // namespace aiditor::media
