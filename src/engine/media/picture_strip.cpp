#include "engine/media/picture_strip.hpp"

#include "engine/media/picture_fit.hpp"
#include "engine/media/video_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aiditor::media {
namespace {

using timeline::StripPicture;
using timeline::Time;

char byte(int x) { return static_cast<char>(static_cast<std::uint8_t>(std::clamp(x, 0, 255))); }

/// Limited BT.709 Y'CbCr 4:2:0 to full-range R'G'B' (ITU-R BT.709, item 3), in 1/256.
std::string to_rgb(AVFrame const& frame) {
    std::string rgb;
    rgb.reserve(StripPicture::kBytes);
    auto const sample = [&](int plane, int x, int y) -> int {
        return frame.data[plane][static_cast<std::ptrdiff_t>(y) * frame.linesize[plane] + x];
    };
    for (int y = 0; y < StripPicture::kHeight; ++y)
        for (int x = 0; x < StripPicture::kWidth; ++x) {
            auto const luma = 298 * (sample(0, x, y) - 16) + 128;
            auto const cb = sample(1, x / 2, y / 2) - 128, cr = sample(2, x / 2, y / 2) - 128;
            rgb += byte((luma + 459 * cr) >> 8);
            rgb += byte((luma - 55 * cb - 136 * cr) >> 8);
            rgb += byte((luma + 541 * cb) >> 8);
        }
    return rgb;
}

}  // namespace

std::optional<Time> cheap_moment(FrameIndex const& index, Time from, Time to) {
    auto const key_by = [&](Time t) {
        return index.time_of(index.entries[index.key_before(t)].pts);
    };
    auto const middle = from + (to - from) / 2;
    for (auto const t : {middle, to - Time{1}})
        if (auto const key = key_by(t); from <= key && key < to) return key;
    if (middle - key_by(middle) <= kMostRunUp) return middle;
    return std::nullopt;
}

Result<timeline::PictureStrip> picture_strip(
    int fd, FrameIndex index, std::function<void(double fraction)> const& on_progress) {
    constexpr auto kSlots = static_cast<std::int64_t>(timeline::PictureStrip::kSlots);
    auto const length = index.end();
    std::array<std::optional<Time>, timeline::PictureStrip::kSlots> moments;
    for (std::int64_t i = 0; i < kSlots; ++i)
        moments[static_cast<std::size_t>(i)] =
            cheap_moment(index, length * i / kSlots, length * (i + 1) / kSlots);
    FrameIndex const clock{.time_base = index.time_base,
                           .origin = index.origin,
                           .counted = index.counted,
                           .entries = {},
                           .keys = {}};
    auto reader = TRY(VideoReader::open(fd, std::move(index)));
    auto const& geometry = reader.geometry();
    PictureFit fit({.width = StripPicture::kWidth,
                    .height = StripPicture::kHeight,
                    .rotation_deg = geometry.rotation_deg,
                    .pixel_aspect = geometry.pixel_aspect,
                    .deinterlace = geometry.interlaced});
    timeline::PictureStrip strip;
    for (std::int64_t i = 0; i < kSlots; ++i) {
        on_progress(static_cast<double>(i) / static_cast<double>(kSlots));
        auto const moment = moments[static_cast<std::size_t>(i)];
        if (!moment) continue;
        auto const shown = reader.at(*moment);
        if (!shown) continue;
        // Where the picture asked for is damaged, the reader gives a later one.
        auto const at = std::max(*moment, clock.time_of((*shown)->pts));
        if (length * (i + 1) / kSlots <= at) continue;
        auto const* small = TRY(fit.fit(**shown));
        strip.pictures.push_back({.at_s = at, .rgb = to_rgb(*small)});
    }
    return strip;
}

}  // namespace aiditor::media
