#include "engine/media/picture_fit.hpp"

#include "engine/media/testing/synthetic_clip.hpp"

#include <gtest/gtest.h>

namespace aiditor::media {
namespace {

using testing::bar_code;
using testing::read_bar_code;

TEST(Place, AWiderSourceLosesItsSides) {
    auto const p = place(2560, 1080, {.width = 1920, .height = 1080});
    EXPECT_FALSE(p.backdrop);
    EXPECT_EQ(p.crop_width, 1920);
    EXPECT_EQ(p.crop_x, 320);
    EXPECT_EQ(p.crop_height, 1080);
}

TEST(Place, FocusMovesTheCrop) {
    FitSpec spec{.width = 1080, .height = 1920, .focus_x = 0};
    EXPECT_EQ(place(1920, 1080, spec).crop_x, 0);
    spec.focus_x = 1;
    auto const right = place(1920, 1080, spec);
    EXPECT_EQ(right.crop_x + right.crop_width, 1920);
}

TEST(Place, ALittleTallerIsCroppedMuchTallerIsShownWhole) {
    EXPECT_FALSE(place(1600, 1000, {.width = 1920, .height = 1080}).backdrop);
    auto const portrait = place(1080, 1920, {.width = 1920, .height = 1080});
    EXPECT_TRUE(portrait.backdrop);
    EXPECT_EQ(portrait.width, 608);
    EXPECT_EQ(portrait.height, 1080);
}

TEST(PictureFit, APictureOfTheOutputFormIsPassedOnUntouched) {
    auto const source = bar_code(5, 320, 180);
    source->pts = 1;
    PictureFit fit({.width = 320, .height = 180});
    auto const fitted = fit.fit(*source);
    ASSERT_TRUE(fitted);
    EXPECT_EQ((*fitted)->data[0], source->data[0]) << "the same memory, not a copy";
}

TEST(PictureFit, ScalesAndTagsBt709) {
    auto const source = bar_code(0b1010110011, 640, 360);
    source->pts = 1;
    PictureFit fit({.width = 320, .height = 180});
    auto const fitted = fit.fit(*source);
    ASSERT_TRUE(fitted) << fitted.error().message;
    EXPECT_EQ((*fitted)->width, 320);
    EXPECT_EQ((*fitted)->colorspace, AVCOL_SPC_BT709);
    EXPECT_EQ((*fitted)->color_range, AVCOL_RANGE_MPEG);
    EXPECT_EQ(read_bar_code(**fitted), 0b1010110011);
}

TEST(PictureFit, TurnsAQuarter) {
    // The left half white: after a clockwise quarter turn the top half is white.
    auto source = black_picture(180, 320);
    for (int y = 0; y < 320; ++y) std::memset(source->data[0] + y * source->linesize[0], 235, 90);
    source->pts = 1;
    PictureFit fit({.width = 320, .height = 180, .rotation_deg = 90});
    auto const fitted = fit.fit(*source);
    ASSERT_TRUE(fitted) << fitted.error().message;
    EXPECT_GT((*fitted)->data[0][20 * (*fitted)->linesize[0] + 160], 200);
    EXPECT_LT((*fitted)->data[0][160 * (*fitted)->linesize[0] + 160], 50);
}

TEST(PictureFit, UntaggedSmallPicturesAreReadAsBt601) {
    // Pure red of BT.601, limited range: Y 81, Cb 90, Cr 240; in BT.709 it is about 63, 102, 240.
    auto source = black_picture(640, 360);
    source->colorspace = AVCOL_SPC_UNSPECIFIED;
    source->color_primaries = AVCOL_PRI_UNSPECIFIED;
    for (int y = 0; y < 360; ++y) std::memset(source->data[0] + y * source->linesize[0], 81, 640);
    for (int y = 0; y < 180; ++y) {
        std::memset(source->data[1] + y * source->linesize[1], 90, 320);
        std::memset(source->data[2] + y * source->linesize[2], 240, 320);
    }
    source->pts = 1;
    PictureFit fit({.width = 320, .height = 180});
    auto const fitted = fit.fit(*source);
    ASSERT_TRUE(fitted);
    EXPECT_NEAR((*fitted)->data[0][0], 63, 3);
    EXPECT_NEAR((*fitted)->data[1][0], 102, 3);
    EXPECT_NEAR((*fitted)->data[2][0], 240, 3);
}

TEST(PictureFit, ToneMapsHdrIntoRange) {
    // Half of the PQ signal range is about 92 nits: well visible, not clipped, in SDR.
    auto source = make_frame();
    source->format = AV_PIX_FMT_YUV420P10LE;
    source->width = 320;
    source->height = 180;
    ASSERT_GE(av_frame_get_buffer(source.get(), 0), 0);
    for (int plane = 0; plane < 3; ++plane)
        for (int y = 0; y < (plane ? 90 : 180); ++y) {
            auto* row =
                reinterpret_cast<std::uint16_t*>(source->data[plane] + y * source->linesize[plane]);
            std::fill_n(row, plane ? 160 : 320, static_cast<std::uint16_t>(512));
        }
    source->color_trc = AVCOL_TRC_SMPTE2084;
    source->color_primaries = AVCOL_PRI_BT2020;
    source->colorspace = AVCOL_SPC_BT2020_NCL;
    source->color_range = AVCOL_RANGE_MPEG;
    source->pts = 1;
    PictureFit fit({.width = 160, .height = 90});
    auto const fitted = fit.fit(*source);
    ASSERT_TRUE(fitted) << fitted.error().message;
    EXPECT_EQ((*fitted)->format, AV_PIX_FMT_YUV420P);
    EXPECT_EQ((*fitted)->color_trc, AVCOL_TRC_BT709);
    EXPECT_GT((*fitted)->data[0][0], 80);
    EXPECT_LT((*fitted)->data[0][0], 200);
    EXPECT_NEAR((*fitted)->data[1][0], 128, 2) << "grey stays grey";
}

TEST(PictureFit, ShowsAPortraitWholeOverABackdrop) {
    auto const source = bar_code(1023, 180, 320);
    source->pts = 1;
    PictureFit fit({.width = 320, .height = 180});
    auto const fitted = fit.fit(*source);
    ASSERT_TRUE(fitted) << fitted.error().message;
    EXPECT_EQ((*fitted)->width, 320);
    EXPECT_GT((*fitted)->data[0][90 * (*fitted)->linesize[0] + 160], 200);
    EXPECT_NEAR((*fitted)->data[0][90 * (*fitted)->linesize[0] + 10], 16 + 219 / 2, 6)
        << "darkened beside it";
}

TEST(PictureFit, FollowsAChangeOfSizeInMidStream) {
    PictureFit fit({.width = 320, .height = 180});
    for (auto const& [width, height] : {std::pair{640, 360}, {320, 180}, {854, 480}}) {
        auto const source = bar_code(7, width, height);
        source->pts = width;
        auto const fitted = fit.fit(*source);
        ASSERT_TRUE(fitted);
        EXPECT_EQ(read_bar_code(**fitted), 7) << width;
    }
}

TEST(PictureFit, APictureThatCannotBeFittedDoesNotHarmTheNext) {
    for (auto const side : {144, 360}) {  // 360: the good pictures are passed through
        PictureFit fit({.width = side * 16 / 9, .height = side});
        for (int round = 0; round < 3; ++round) {
            auto const good = bar_code(7, 640, 360), thin = bar_code(7, 640, 1);
            good->pts = 2 * round;
            thin->pts = 2 * round + 1;
            auto const fitted = fit.fit(*good);
            ASSERT_TRUE(fitted) << fitted.error().message;
            EXPECT_EQ(read_bar_code(**fitted), 7);
            (void)fit.fit(*thin);  // may fail, may not harm
        }
    }
}

TEST(Blend, HalfWayIsTheMean) {
    auto const white = bar_code(1023, 64, 36), black = bar_code(0, 64, 36);
    EXPECT_NEAR(blend(*white, *black, 128)->data[0][0], (235 + 16) / 2.0, 1);
    EXPECT_EQ(blend(*white, *black, 0)->data[0][0], 235);
    EXPECT_EQ(blend(*white, *black, 256)->data[0][0], 16);
}

}  // namespace
}  // namespace aiditor::media
