#include "engine/detect/closer_looks.hpp"

#include <gmock/gmock.h>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;
using timeline::seconds;
using timeline::TimeSpan;

/// Steady noise, and bangs of a loudness each at these seconds.
CueTrack recording(std::int64_t length, std::vector<std::pair<std::size_t, float>> const& bangs) {
    CueTrack track{.file = "clip.mp4",
                   .sha256 = {},
                   .analyser = "test",
                   .duration_s = seconds(length),
                   .rate_hz = 5,
                   .samples = length * 5,
                   .cues = {}};
    std::vector<float> level(static_cast<std::size_t>(track.samples), -40);
    for (std::size_t i = 0; i < level.size(); ++i) level[i] += static_cast<float>(i * 37 % 11) / 5;
    for (auto const& [at, decibels] : bangs)
        for (std::size_t i = 0; i < 5 && at * 5 + i < level.size(); ++i)
            level[at * 5 + i] = decibels - 2 * static_cast<float>(i);
    track.cues.push_back({"audio.loudness_lufs@1", level});
    for (int b = 0; b < 8; ++b)
        track.cues.push_back({"audio.band" + std::to_string(b) + "_dbfs@1", level});
    return track;
}

TEST(CloserLooks, are_around_the_moments_the_best_first) {
    auto const looks = closer_looks(recording(300, {{60, -25}, {150, -15}, {240, -20}}));
    ASSERT_TRUE(looks) << looks.error().message;
    ASSERT_GE(looks->size(), 3U);
    std::size_t i = 0;
    for (auto const at : {150, 240, 60}) {
        auto const& look = (*looks)[i++];
        EXPECT_EQ(look.end_s - look.start_s, seconds(5));
        EXPECT_LT(look.start_s, seconds(at - 1)) << at;
        EXPECT_GT(look.end_s, seconds(at + 1)) << at;
    }
}

TEST(CloserLooks, stay_inside_the_clip) {
    auto const looks = closer_looks(recording(120, {{0, -10}, {119, -10}}));
    ASSERT_TRUE(looks);
    ASSERT_FALSE(looks->empty());
    for (auto const& look : *looks) {
        EXPECT_GE(look.start_s, seconds(0));
        EXPECT_LE(look.end_s, seconds(120));
        EXPECT_LT(look.start_s, look.end_s);
    }
}

TEST(CloserLooks, are_none_where_nothing_was_measured) {
    CueTrack track = recording(120, {});
    track.cues.clear();
    auto const looks = closer_looks(track);
    ASSERT_TRUE(looks);
    EXPECT_TRUE(looks->empty());
}

TEST(CloserLooks, do_not_depend_on_what_a_closer_look_measured) {
    auto track = recording(300, {{60, -25}, {150, -15}});
    auto const before = closer_looks(track);
    track.cues.push_back({"detail.motion_level@1", std::vector<float>(1500, 200)});
    track.cues.push_back({"detail.text_change_share@1", std::vector<float>(1500, 1)});
    EXPECT_EQ(*closer_looks(track), *before);
}

TEST(CloserLooks, refuse_a_track_on_another_grid) {
    auto track = recording(120, {});
    track.rate_hz = 10;
    auto const looks = closer_looks(track);
    ASSERT_FALSE(looks);
    EXPECT_EQ(looks.error().code, ErrorCode::BadJson);
}

}  // namespace
}  // namespace aiditor::detect
