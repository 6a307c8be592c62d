#include "engine/media/colour.hpp"

namespace aiditor::media {
namespace {
bool is_rgb(AVPixelFormat format) {
    auto const* info = av_pix_fmt_desc_get(format);
    return info && (info->flags & AV_PIX_FMT_FLAG_RGB);
}
bool is_full_range_format(AVPixelFormat format) {
    return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
           format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P;
}
std::string name_or(char const* name) { return name ? name : "unknown"; }
}  // namespace

ColourTags complete(ColourTags tags, AVPixelFormat format, int width, int height) {
    // Portrait HD is HD too: the smaller side stands for the lines.
    bool const hd = std::min(width, height) >= 720 || std::max(width, height) >= 1280;
    tags.assumed = tags.matrix == AVCOL_SPC_UNSPECIFIED || tags.range == AVCOL_RANGE_UNSPECIFIED;
    if (tags.matrix == AVCOL_SPC_UNSPECIFIED || tags.matrix == AVCOL_SPC_RESERVED)
        tags.matrix = is_rgb(format)              ? AVCOL_SPC_RGB
                      : tags.hdr() || tags.wide() ? AVCOL_SPC_BT2020_NCL
                      : hd                        ? AVCOL_SPC_BT709
                                                  : AVCOL_SPC_SMPTE170M;
    if (tags.primaries == AVCOL_PRI_UNSPECIFIED || tags.primaries == AVCOL_PRI_RESERVED)
        tags.primaries = tags.hdr() || tags.matrix == AVCOL_SPC_BT2020_NCL ? AVCOL_PRI_BT2020
                         : hd || is_rgb(format)                            ? AVCOL_PRI_BT709
                                                                           : AVCOL_PRI_SMPTE170M;
    if (tags.transfer == AVCOL_TRC_UNSPECIFIED || tags.transfer == AVCOL_TRC_RESERVED)
        tags.transfer = AVCOL_TRC_BT709;
    if (is_full_range_format(format) || is_rgb(format)) tags.range = AVCOL_RANGE_JPEG;
    if (tags.range == AVCOL_RANGE_UNSPECIFIED) tags.range = AVCOL_RANGE_MPEG;
    return tags;
}

ColourTags tags_of(AVCodecParameters const& par) {
    return complete({par.color_primaries, par.color_trc, par.color_space, par.color_range, false},
                    static_cast<AVPixelFormat>(par.format), par.width, par.height);
}

ColourTags tags_of(AVFrame const& frame) {
    return complete(
        {frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range, false},
        static_cast<AVPixelFormat>(frame.format), frame.width, frame.height);
}

timeline::Colour describe(ColourTags const& tags) {
    return {.primaries = name_or(av_color_primaries_name(tags.primaries)),
            .transfer = name_or(av_color_transfer_name(tags.transfer)),
            .matrix = name_or(av_color_space_name(tags.matrix)),
            .full_range = tags.range == AVCOL_RANGE_JPEG,
            .hdr = tags.hdr(),
            .assumed = tags.assumed};
}

}  // namespace aiditor::media
