#pragma once
/// Small pictures that show what a clip looks like.

#include "engine/media/frame_index.hpp"
#include "timeline/picture_strip.hpp"

#include <functional>
#include <optional>

namespace aiditor::media {

/// When to look into [from, to): a key picture where there is one, which costs one picture; else
/// the middle, unless decoding up to there would take more than kMostRunUp of video.
inline constexpr timeline::Time kMostRunUp = timeline::seconds(5);
[[nodiscard]] std::optional<timeline::Time> cheap_moment(FrameIndex const& index,
                                                         timeline::Time from, timeline::Time to);

/// `fd` is borrowed. Pictures that cannot be decoded are left out. Errors: as VideoReader::open and
/// PictureFit::fit. Cost: a clip with key pictures every few seconds takes one decoded picture a
/// slot, any other at most kMostRunUp of video a slot.
[[nodiscard]] Result<timeline::PictureStrip> picture_strip(
    int fd, FrameIndex index, std::function<void(double fraction)> const& on_progress);

}  // namespace aiditor::media
