#include "timeline/picture_strip.hpp"

#include "base/base64.hpp"

#include <fmt/format.h>

namespace aiditor::timeline {

namespace {

/// The JSON form of a StripPicture.
struct PackedPicture {
    Time at_s;
    std::string rgb_base64;
};
BOOST_DESCRIBE_STRUCT(PackedPicture, (), (at_s, rgb_base64))

}  // namespace

Result<> PictureStrip::validate(std::string const& pointer) const {
    if (pictures.size() > kSlots)
        return json::bad(pointer + "/pictures", fmt::format("has more than {} pictures", kSlots));
    for (std::size_t i = 0; i < pictures.size(); ++i)
        if (pictures[i].at_s < Time{} || (i > 0 && pictures[i].at_s <= pictures[i - 1].at_s))
            return json::bad(fmt::format("{}/pictures/{}/at_s", pointer, i),
                             "must be at least 0 and after the picture before");
    return {};
}

}  // namespace aiditor::timeline

namespace aiditor::json {

using timeline::PackedPicture;
using timeline::StripPicture;

Value Codec<StripPicture>::write(StripPicture const& picture) {
    return to_value(PackedPicture{.at_s = picture.at_s,
                                  .rgb_base64 = base64_encode(std::as_bytes(
                                      std::span(picture.rgb.data(), picture.rgb.size())))});
}

Result<StripPicture> Codec<StripPicture>::read(Value const& v, std::string const& pointer) {
    auto const packed = TRY(from_value<PackedPicture>(v, pointer));
    auto const bytes = base64_decode(packed.rgb_base64);
    if (!bytes || bytes->size() != StripPicture::kBytes)
        return bad(pointer + "/rgb_base64",
                   fmt::format("must be base64 of {} bytes", StripPicture::kBytes));
    return StripPicture{
        .at_s = packed.at_s,
        .rgb = std::string(reinterpret_cast<char const*>(bytes->data()), bytes->size())};
}

}  // namespace aiditor::json
