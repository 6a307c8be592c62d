#include "engine/media/sketch.hpp"

#include "engine/media/colour.hpp"

#include <algorithm>

namespace aiditor::media {
namespace {

/// One sample as 8 bits, whatever the depth.
int sample_at(AVFrame const& frame, AVComponentDescriptor const& component, int x, int y) {
    auto const* row = frame.data[component.plane] +
                      static_cast<std::ptrdiff_t>(y) * frame.linesize[component.plane];
    auto const* at = row + static_cast<std::ptrdiff_t>(x) * component.step + component.offset;
    if (component.depth <= 8) return *at;
    auto const value = (at[0] | at[1] << 8) >> component.shift;
    return value >> (component.depth - 8);
}

std::uint8_t expand(int value, int black, int span) {
    return static_cast<std::uint8_t>(std::clamp((value - black) * 255 / span, 0, 255));
}

}  // namespace

Thumbnail sketch(AVFrame const& frame) {
    Thumbnail out;
    out.y.fill(128);
    out.u.fill(128);
    out.v.fill(128);
    auto const* form = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    if (!form || form->nb_components < 1 ||
        (form->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BE |
                        AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM)))
        return out;
    bool const limited = tags_of(frame).range != AVCOL_RANGE_JPEG;
    for (int c = 0; c < std::min<int>(form->nb_components, 3); ++c) {
        auto& plane = c == 0 ? out.y : c == 1 ? out.u : out.v;
        int const right = c == 0 ? 0 : form->log2_chroma_w, down = c == 0 ? 0 : form->log2_chroma_h;
        for (int row = 0; row < Thumbnail::kHeight; ++row)
            for (int column = 0; column < Thumbnail::kWidth; ++column) {
                auto const x = (2 * column + 1) * frame.width / (2 * Thumbnail::kWidth) >> right;
                auto const y = (2 * row + 1) * frame.height / (2 * Thumbnail::kHeight) >> down;
                auto const value = sample_at(frame, form->comp[c], x, y);
                plane[static_cast<std::size_t>(row) * Thumbnail::kWidth +
                      static_cast<std::size_t>(column)] = !limited
                                                              ? static_cast<std::uint8_t>(value)
                                                          : c == 0 ? expand(value, 16, 219)
                                                                   : expand(value, 16, 224);
            }
    }
    return out;
}

}  // namespace aiditor::media
