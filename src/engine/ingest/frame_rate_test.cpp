#include "engine/ingest/frame_rate.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace aiditor::ingest {
namespace {

using timeline::Rational;

FrameRateMeter::Answer measure(Rational base, double hz, int frames) {
    FrameRateMeter meter(base);
    auto const ticks = static_cast<double>(base.den) / static_cast<double>(base.num);
    for (int i = 0; i < frames; ++i) meter.add(std::llround(i / hz * ticks));
    return meter.finish();
}

TEST(FrameRateMeter, SnapsToTheStandardRateThroughMillisecondJitter) {
    EXPECT_EQ(measure({1, 1000}, 60, 600).rate, (Rational{60, 1}));
    EXPECT_EQ(measure({1, 1000}, 60000.0 / 1001, 600).rate, (Rational{60000, 1001}));
    EXPECT_EQ(measure({1, 1000}, 24000.0 / 1001, 300).rate, (Rational{24000, 1001}));
    EXPECT_EQ(measure({1, 90000}, 25, 100).rate, (Rational{25, 1}));
    EXPECT_FALSE(measure({1, 1000}, 60, 600).variable);
}

TEST(FrameRateMeter, PutsReorderedPicturesInOrder) {
    FrameRateMeter meter({1, 30});
    for (int gop = 0; gop < 20; ++gop)
        for (auto const offset : {0, 4, 2, 1, 3}) meter.add(gop * 5 + offset);
    auto const answer = meter.finish();
    EXPECT_EQ(answer.rate, (Rational{30, 1}));
    EXPECT_EQ(answer.last_pts, 99);
    EXPECT_FALSE(answer.variable);
}

TEST(FrameRateMeter, AVariableRateAnswersTheStandardRateAboveItsUsualDistance) {
    FrameRateMeter meter({1, 1000});
    std::int64_t at = 0;
    for (int i = 0; i < 300; ++i) {
        meter.add(at);
        at += i % 3 == 0 ? 50 : 18;  // mostly 55.6 a second
    }
    auto const answer = meter.finish();
    EXPECT_TRUE(answer.variable);
    EXPECT_EQ(answer.rate, (Rational{60000, 1001}));
}

TEST(FrameRateMeter, OnePictureHasNoRateToMeasure) {
    FrameRateMeter meter({1, 1000});
    meter.add(5);
    auto const answer = meter.finish();
    EXPECT_EQ(answer.rate, (Rational{30, 1}));
    EXPECT_EQ(answer.frame_ticks, 33);
}

}  // namespace
}  // namespace aiditor::ingest
