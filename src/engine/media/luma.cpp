#include "engine/media/luma.hpp"

#include "engine/media/colour.hpp"

#include <algorithm>
#include <array>

namespace aiditor::media {
namespace {

constexpr int kLongSide = 640;
constexpr int kMostSamples = 3;  // a side of a block

/// Full-range 8 bits for every 8-bit value.
std::array<std::uint8_t, 256> expansion(bool limited) {
    std::array<std::uint8_t, 256> table{};
    for (int v = 0; v < 256; ++v)
        table[static_cast<std::size_t>(v)] =
            static_cast<std::uint8_t>(limited ? std::clamp((v - 16) * 255 / 219, 0, 255) : v);
    return table;
}

/// Where in a block of `factor` samples to look: evenly, at most three times.
struct Taps {
    int count, step, first;
};
Taps taps_of(int factor) {
    auto const count = std::min(factor, kMostSamples);
    auto const step = factor / count;
    return {count, step, (factor - (count - 1) * step) / 2};
}

}  // namespace

std::optional<LumaPicture> luma_of(AVFrame const& frame) {
    auto const* form = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    if (!form || form->nb_components < 1 || frame.width < 1 || frame.height < 1 ||
        (form->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BE |
                        AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM)))
        return std::nullopt;
    auto const factor =
        std::max(1, (std::max(frame.width, frame.height) + kLongSide / 2) / kLongSide);
    LumaPicture out{.width = std::max(1, frame.width / factor),
                    .height = std::max(1, frame.height / factor),
                    .y = {}};
    out.y.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height));
    auto const& luma = form->comp[0];
    auto const table = expansion(tags_of(frame).range != AVCOL_RANGE_JPEG);
    auto const across = taps_of(std::min(factor, frame.width));
    auto const down = taps_of(std::min(factor, frame.height));
    std::vector<unsigned> sums(static_cast<std::size_t>(out.width));
    for (int row = 0; row < out.height; ++row) {
        std::ranges::fill(sums, 0U);
        for (int j = 0; j < down.count; ++j) {
            auto const y = row * factor + down.first + j * down.step;
            auto const* from = frame.data[luma.plane] +
                               static_cast<std::ptrdiff_t>(y) * frame.linesize[luma.plane] +
                               luma.offset;
            for (int i = 0; i < across.count; ++i) {
                auto const* at =
                    from + static_cast<std::ptrdiff_t>(across.first + i * across.step) * luma.step;
                auto const stride = static_cast<std::ptrdiff_t>(factor) * luma.step;
                if (luma.depth <= 8)
                    for (auto& sum : sums) sum += *at, at += stride;
                else
                    for (auto& sum : sums)
                        sum += static_cast<unsigned>((at[0] | at[1] << 8) >> luma.shift >>
                                                     (luma.depth - 8)) &
                               0xFFU,
                            at += stride;
            }
        }
        auto const samples = static_cast<unsigned>(across.count * down.count);
        auto* to = out.y.data() + static_cast<std::ptrdiff_t>(row) * out.width;
        for (auto const sum : sums) *to++ = table[(sum + samples / 2) / samples];
    }
    return out;
}

}  // namespace aiditor::media
