#pragma once
/// A decoded picture reduced to the small grid that cues are measured on.

#include "engine/media/av.hpp"
#include "engine/media/thumbnail.hpp"

namespace aiditor::media {

/// Samples the planes on the thumbnail's grid (nearest sample: cheap, and enough for averages).
/// 8-bit and deeper planar YUV; full-range result. Other formats give a grey picture.
[[nodiscard]] Thumbnail sketch(AVFrame const& frame);

}  // namespace aiditor::media
