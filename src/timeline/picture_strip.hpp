#pragma once
/// What a clip looks like at a glance: small pictures, evenly spread over its length.

#include "timeline/time.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace aiditor::timeline {

/// One upright picture, as a montage in landscape would show it (media/picture_fit.hpp).
struct StripPicture {
    static constexpr int kWidth = 128, kHeight = 72;
    static constexpr std::size_t kBytes = std::size_t{3} * kWidth * kHeight;
    Time at_s;        ///< when the clip shows it
    std::string rgb;  ///< kBytes: row by row, red, green, blue; full range, BT.709
};

/// Slot i stands for [i, i+1) / kSlots of the clip. JSON: 37 kB of base64 a picture.
struct PictureStrip {
    static constexpr std::size_t kSlots = 10;
    /// In time order, at most one a slot; a slot whose picture cannot be had cheaply has none.
    std::vector<StripPicture> pictures;

    [[nodiscard]] Result<> validate(std::string const& pointer) const;
};
BOOST_DESCRIBE_STRUCT(PictureStrip, (), (pictures))

}  // namespace aiditor::timeline

template <>
struct aiditor::json::Codec<aiditor::timeline::StripPicture> {
    static Value write(timeline::StripPicture const& picture);
    static Result<timeline::StripPicture> read(Value const& v, std::string const& pointer);
};
