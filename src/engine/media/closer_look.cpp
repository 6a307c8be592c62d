#include "engine/media/closer_look.hpp"

#include "engine/media/luma.hpp"
#include "engine/media/video_reader.hpp"

#include <optional>
#include <utility>

namespace aiditor::media {
namespace {

/// A little less than 0.1 s, so that every third picture of 30 a second is taken in spite of ticks.
constexpr auto kPictureEvery = timeline::milliseconds(95);
/// A clip in which so many places are not found again has another index than it had.
constexpr int kMostLost = 3;

bool damaged(AVFrame const& frame) {
    return (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0;
}

}  // namespace

Result<std::int64_t> look_closer(int fd, FrameIndex index, std::span<Stretch const> stretches,
                                 LookSink const& sink) {
    FrameIndex const clock{.time_base = index.time_base,
                           .origin = index.origin,
                           .counted = index.counted,
                           .entries = {},
                           .keys = {}};
    // Where pictures are counted instead of dated, none may be left out.
    auto const effort = index.counted ? DecodeEffort::Every : DecodeEffort::Needed;
    auto reader = TRY(VideoReader::open(fd, std::move(index), effort));
    std::int64_t wanted = 0, decoded = 0;
    for (auto const& stretch : stretches) wanted += static_cast<std::int64_t>(stretch.count);
    int lost = 0;
    for (auto const& stretch : stretches) {
        std::optional<timeline::Time> last;
        sink.on_stretch();
        auto const count = reader.decode(stretch, [&](AVFrame const& frame) {
            auto const at = clock.time_of(frame.pts);
            if (damaged(frame) || at < timeline::Time{} || (last && at - *last < kPictureEvery))
                return;
            if (auto const picture = luma_of(frame)) {
                last = at;
                sink.on_picture(at, *picture);
            }
        });
        decoded += count;
        if (sink.on_progress && wanted > 0)
            sink.on_progress(static_cast<double>(decoded) / static_cast<double>(wanted));
        if (count == 0 && ++lost == kMostLost) break;
    }
    return decoded;
}

}  // namespace aiditor::media
