#include "engine/media/picture_strip.hpp"

#include "engine/media/testing/synthetic_clip.hpp"

#include <gmock/gmock.h>

namespace aiditor::media {
namespace {

using testing::TempFile;
using timeline::milliseconds;
using timeline::seconds;
using timeline::StripPicture;
using timeline::Time;

/// The bar code of a strip's picture; see testing/synthetic_clip.hpp.
int number_of(StripPicture const& picture) {
    int number = 0;
    for (int bit = 0; bit < testing::kBits; ++bit) {
        auto const x = (2 * bit + 1) * StripPicture::kWidth / (2 * testing::kBits);
        auto const at =
            static_cast<std::size_t>(3 * (StripPicture::kHeight / 2 * StripPicture::kWidth + x));
        if (static_cast<std::uint8_t>(picture.rgb[at]) > 125) number |= 1 << bit;
    }
    return number;
}

TEST(PictureStrip, shows_what_the_clip_shows_at_the_times_it_says) {
    TempFile clip, index_file;
    testing::write_clip(clip.fd(), {.frames = 300, .width = 640, .height = 360});
    testing::write_index(clip.fd(), index_file.fd());
    double last = -1;
    auto const strip = picture_strip(clip.fd(), FrameIndex::load(index_file.fd()).value(),
                                     [&](double share) { last = share; });
    ASSERT_TRUE(strip) << strip.error().message;
    ASSERT_EQ(strip->pictures.size(), timeline::PictureStrip::kSlots);
    EXPECT_GT(last, 0.5);
    EXPECT_TRUE(strip->validate(""));
    for (std::size_t i = 0; i < strip->pictures.size(); ++i) {
        auto const& picture = strip->pictures[i];
        ASSERT_EQ(picture.rgb.size(), StripPicture::kBytes);
        EXPECT_EQ(picture.at_s.flicks / Time::kPerSecond, static_cast<std::int64_t>(i));
        EXPECT_EQ(number_of(picture), timeline::frames_in(picture.at_s, {30, 1})) << i;
    }
    EXPECT_EQ(strip->pictures[2].at_s, seconds(2)) << "a key picture, which costs least";
    EXPECT_EQ(strip->pictures[3].at_s, milliseconds(3500)) << "none here: the middle";
}

TEST(PictureStrip, colours_are_those_of_the_clip) {
    // Red of BT.709 in 8-bit limited range: Y' 63, Cb 102, Cr 240.
    TempFile clip, index_file;
    testing::write_clip(clip.fd(), {.frames = 2});
    auto frame = black_picture(320, 180);
    auto const fill = [&](int plane, int rows, int value) {
        std::memset(
            frame->data[plane], value,
            static_cast<std::size_t>(frame->linesize[plane]) * static_cast<std::size_t>(rows));
    };
    fill(0, 180, 63);
    fill(1, 90, 102);
    fill(2, 90, 240);
    auto encoder = SoundEncoder::create();
    ASSERT_TRUE(encoder);
    ASSERT_TRUE(encoder->add(std::vector<float>(9600)));
    auto const sound = encoder->finish();
    TempFile red;
    auto writer = Mp4Writer::create(
        red.fd(),
        {.width = 320, .height = 180, .frame_rate = {30, 1}, .preset = "ultrafast", .crf = 10},
        *sound);
    ASSERT_TRUE(writer);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE((*writer)->add(*frame));
    ASSERT_TRUE((*writer)->finish());
    testing::write_index(red.fd(), index_file.fd());
    auto const strip =
        picture_strip(red.fd(), FrameIndex::load(index_file.fd()).value(), [](double) {});
    ASSERT_TRUE(strip) << strip.error().message;
    ASSERT_FALSE(strip->pictures.empty());
    auto const& rgb = strip->pictures[0].rgb;
    EXPECT_GT(static_cast<std::uint8_t>(rgb[0]), 245);
    EXPECT_LT(static_cast<std::uint8_t>(rgb[1]), 10);
    EXPECT_LT(static_cast<std::uint8_t>(rgb[2]), 10);
}

/// One picture a second for `pictures` seconds, a key picture every `keys` of them.
FrameIndex index_of(int pictures, int keys) {
    FrameIndex index{.time_base = {1, 1}, .origin = 0, .counted = false, .entries = {}, .keys = {}};
    for (int i = 0; i < pictures; ++i) {
        if (i % keys == 0) index.keys.push_back(index.entries.size());
        index.entries.push_back({.pts = i, .dts = i, .flags = i % keys == 0 ? 1U : 0U});
    }
    return index;
}

TEST(CheapMoment, prefers_a_key_picture_and_never_decodes_far) {
    auto const index = index_of(100, 20);
    EXPECT_EQ(cheap_moment(index, seconds(10), seconds(50)), seconds(20)) << "before the middle";
    EXPECT_EQ(cheap_moment(index, seconds(30), seconds(42)), seconds(40)) << "after it";
    EXPECT_EQ(cheap_moment(index, seconds(21), seconds(27)), seconds(24)) << "4 s to decode";
    EXPECT_EQ(cheap_moment(index, seconds(28), seconds(38)), std::nullopt) << "13 s to decode";
}

}  // namespace
}  // namespace aiditor::media
