#pragma once
/// Decodes chosen parts of a clip for measuring.

#include "engine/media/frame_index.hpp"
#include "engine/media/luma_picture.hpp"
#include "engine/media/stretches.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace aiditor::media {

/// What the decoder gives, stretch by stretch.
struct LookSink {
    std::function<void()> on_stretch;  ///< before the first picture of each
    /// One picture in about 0.1 s, in time order; times count from the first picture of the clip.
    std::function<void(timeline::Time at, LumaPicture const& picture)> on_picture;
    std::function<void(double fraction)> on_progress;
};

/// Gives the decoder exactly the packets of the stretches and nothing else; pictures that no other
/// one needs are not decoded where the codec says so. Damaged pictures are left out, and stretches
/// whose beginning is not found again. One thread, so that the same bytes give the same pictures.
/// Returns how many packets the decoder got. Errors: as Input::open and Decoder::open.
[[nodiscard]] Result<std::int64_t> look_closer(int fd, FrameIndex index,
                                               std::span<Stretch const> stretches,
                                               LookSink const& sink);

}  // namespace aiditor::media
