#include "timeline/picture_strip.hpp"

#include <gmock/gmock.h>

namespace aiditor::timeline {
namespace {

using ::testing::HasSubstr;

StripPicture picture(Time at, char fill) {
    return {.at_s = at, .rgb = std::string(StripPicture::kBytes, fill)};
}

std::string refusal(PictureStrip const& strip) {
    auto const read = json::from_text<PictureStrip>(json::to_text(strip));
    return read ? "accepted" : read.error().message;
}

TEST(PictureStrip, survives_the_round_trip) {
    PictureStrip strip{.pictures = {picture({}, '\0'), picture(seconds(3), '\xFF')}};
    strip.pictures[0].rgb[5] = 'x';
    auto const read = json::from_text<PictureStrip>(json::to_text(strip));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->pictures.size(), 2U);
    EXPECT_EQ(read->pictures[0].rgb, strip.pictures[0].rgb);
    EXPECT_EQ(read->pictures[1].rgb, strip.pictures[1].rgb);
    EXPECT_EQ(read->pictures[1].at_s, seconds(3));
}

TEST(PictureStrip, pictures_of_another_size_are_refused) {
    PictureStrip strip{.pictures = {picture({}, 'a')}};
    strip.pictures[0].rgb.pop_back();
    EXPECT_THAT(refusal(strip), HasSubstr("/pictures/0/rgb_base64"));
    strip.pictures[0].rgb += "ab";
    EXPECT_THAT(refusal(strip), HasSubstr("/pictures/0/rgb_base64"));
    strip.pictures[0].rgb.clear();
    EXPECT_THAT(refusal(strip), HasSubstr("/pictures/0/rgb_base64"));
}

TEST(PictureStrip, too_many_pictures_and_a_wrong_order_are_refused) {
    PictureStrip strip;
    for (std::size_t i = 0; i < PictureStrip::kSlots; ++i)
        strip.pictures.push_back(picture(seconds(static_cast<std::int64_t>(i)), 'a'));
    EXPECT_EQ(refusal(strip), "accepted");
    strip.pictures.push_back(picture(seconds(99), 'a'));
    EXPECT_THAT(refusal(strip), HasSubstr("more than 10"));
    EXPECT_THAT(refusal({.pictures = {picture(seconds(1), 'a'), picture(seconds(1), 'b')}}),
                HasSubstr("/pictures/1/at_s"));
    EXPECT_THAT(refusal({.pictures = {picture(-seconds(1), 'a')}}), HasSubstr("/pictures/0/at_s"));
}

}  // namespace
}  // namespace aiditor::timeline
