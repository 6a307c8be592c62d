#include "engine/media/geometry.hpp"

#include <cmath>

extern "C" {
#include <libavutil/display.h>
}

namespace aiditor::media {

Geometry geometry_of(Input& input, AVStream& stream) {
    Geometry g;
    std::size_t size = 0;
    auto const* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (matrix && size >= 9 * sizeof(std::int32_t)) {
        auto const turn = -av_display_rotation_get(reinterpret_cast<std::int32_t const*>(matrix));
        if (std::isfinite(turn))
            g.rotation_deg = ((static_cast<int>(std::lround(turn / 90)) % 4 + 4) % 4) * 90;
    }
    auto const aspect = av_guess_sample_aspect_ratio(&input.context(), &stream, nullptr);
    if (aspect.num > 0 && aspect.den > 0 && aspect.num / 8.0 <= aspect.den &&
        aspect.den / 8.0 <= aspect.num)
        g.pixel_aspect = rational(aspect);
    auto const order = stream.codecpar->field_order;
    g.interlaced = order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE;
    return g;
}

}  // namespace aiditor::media
