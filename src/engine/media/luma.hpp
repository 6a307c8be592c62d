#pragma once
/// The luma of a decoded picture, reduced.

#include "engine/media/av.hpp"
#include "engine/media/luma_picture.hpp"

#include <optional>

namespace aiditor::media {

/// Means of at most 3 x 3 samples of each block. Empty for a format without a luma plane.
[[nodiscard]] std::optional<LumaPicture> luma_of(AVFrame const& frame);

}  // namespace aiditor::media
