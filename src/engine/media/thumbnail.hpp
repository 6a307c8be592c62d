#pragma once
/// A picture small enough to compare and keep.

#include <array>
#include <cstdint>

namespace aiditor::media {

/// A whole picture scaled to 64 x 36 by area averaging, whatever its shape. Planes are row by row,
/// full range (0..255) 8-bit Y'CbCr of BT.709; 128 is no colour in u (Cb) and v (Cr).
struct Thumbnail {
    static constexpr int kWidth = 64, kHeight = 36;
    static constexpr std::size_t kPixels = std::size_t{kWidth} * kHeight;
    std::array<std::uint8_t, kPixels> y{}, u{}, v{};
};

}  // namespace aiditor::media
