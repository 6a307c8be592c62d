#pragma once
/// What the numbers of a picture mean, resolved once.

#include "engine/media/av.hpp"
#include "timeline/media_info.hpp"

namespace aiditor::media {

/// Tags of a stream or picture, completed: untagged pictures are BT.709 limited from 720 lines up
/// and BT.601 limited below (the usual reading of untagged video).
struct ColourTags {
    AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
    AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
    AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
    AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
    bool assumed = false;

    /// PQ (SMPTE ST 2084) or HLG (ARIB STD-B67): needs tone mapping.
    [[nodiscard]] bool hdr() const {
        return transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67;
    }
    /// Wide primaries without an HDR transfer: needs a gamut conversion.
    [[nodiscard]] bool wide() const { return primaries == AVCOL_PRI_BT2020; }
    friend bool operator==(ColourTags const&, ColourTags const&) = default;
};

[[nodiscard]] ColourTags complete(ColourTags tags, AVPixelFormat format, int width, int height);
[[nodiscard]] ColourTags tags_of(AVCodecParameters const& stream);
[[nodiscard]] ColourTags tags_of(AVFrame const& frame);
[[nodiscard]] timeline::Colour describe(ColourTags const& tags);

}  // namespace aiditor::media
