#include "engine/detect/taste.hpp"

#include "engine/detect/find_highlights.hpp"
#include "engine/detect/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;
using timeline::Highlight;
using timeline::Likes;
using timeline::seconds;
using timeline::Time;

/// Two minutes with a low thud every 20 s from 10 s and a high ping every 20 s from 20 s.
CueTrack thuds_and_pings(std::string sha256 = "a") {
    constexpr std::size_t kSamples = 600;
    CueTrack track;
    track.file = sha256 + ".mp4";
    track.sha256 = std::move(sha256);
    track.duration_s = seconds(120);
    track.samples = kSamples;
    for (std::size_t b = 0; b < 8; ++b) {
        std::vector<float> values;
        for (std::size_t i = 0; i < kSamples; ++i) {
            auto const ripple = 0.2F * static_cast<float>((i * 7 + b * 3) % 5);
            bool const thud = i % 100 == 50 && b < 4, ping = i % 100 == 0 && i > 0 && b >= 4;
            values.push_back((thud || ping ? -15.0F : -40.0F) + ripple);
        }
        track.cues.push_back({"audio.band" + std::to_string(b) + "_dbfs@1", std::move(values)});
    }
    track.cues.push_back({"audio.loudness_lufs@1", std::vector<float>(kSamples, -30)});
    return track;
}
constexpr Time kThud = timeline::milliseconds(30'100), kPing = timeline::milliseconds(40'100);

std::vector<Highlight> found(CueTrack const& track, Likes const& likes) {
    std::vector<CueTrack> const tracks{track};
    auto const evidence = weigh(*make_rules(), tracks);
    Wishes wishes;
    wishes.likes = likes;
    return find_highlights("rules/1", tracks, *evidence, {}, wishes).clips[0].highlights;
}

/// The score of the highlight that culminates within a second of `at`; 0 without one.
double score_at(std::vector<Highlight> const& highlights, double at_s) {
    for (auto const& h : highlights)
        if (std::abs(timeline::to_seconds(h.peak_s) - at_s) < 1) return h.score;
    return 0;
}

Likes thuds_not_pings(CueTrack const& track) {
    return {{remember(track, kThud, true), remember(track, kPing, false)}};
}

TEST(Taste, a_bare_file_name_stands_for_the_clip_in_any_folder) {
    auto track = thuds_and_pings();
    track.file = "/clips/tonight/match.mp4";
    auto const before = score_at(found(track, {}), 30);
    ASSERT_GT(before, 0);
    auto const marked = [&](std::string file) {
        Likes likes;
        likes.marks.push_back(
            {.at_s = kThud, .like = false, .sha256 = {}, .file = file, .sound = {}});
        return score_at(found(track, likes), 30);
    };
    EXPECT_LT(marked("match.mp4"), before);
    EXPECT_LT(marked("/clips/tonight/match.mp4"), before);
    EXPECT_EQ(marked("/clips/yesterday/match.mp4"), before);
    EXPECT_EQ(marked("tonight/match.mp4"), before);
    EXPECT_EQ(marked("atch.mp4"), before);
}

TEST(Taste, WithoutMarksNothingChanges) {
    auto const highlights = found(thuds_and_pings(), {});
    ASSERT_FALSE(highlights.empty());
    EXPECT_FALSE(highlights[0].why.contains("taste"));
}

TEST(Taste, LiftsWhatSoundsLikeTheLikedInAnotherRecording) {
    auto const other = thuds_and_pings("b");
    auto const before = found(other, {}), after = found(other, thuds_not_pings(thuds_and_pings()));
    EXPECT_GT(score_at(after, 50), score_at(before, 50) + 0.25);
    EXPECT_LT(score_at(after, 60), score_at(before, 60) - 0.25);
}

TEST(Taste, OppositeMarksDoTheOpposite) {
    auto const other = thuds_and_pings("b");
    auto likes = thuds_not_pings(thuds_and_pings());
    for (auto& mark : likes.marks) mark.like = !mark.like;
    auto const before = found(other, {}), after = found(other, likes);
    EXPECT_LT(score_at(after, 50), score_at(before, 50) - 0.25);
    EXPECT_GT(score_at(after, 60), score_at(before, 60) + 0.25);
}

TEST(Taste, ADislikedMomentOfTheSameClipIsGone) {
    auto const track = thuds_and_pings();
    ASSERT_GT(score_at(found(track, {}), 40), 0);
    EXPECT_EQ(score_at(found(track, {{remember(track, kPing, false)}}), 40), 0);
}

TEST(Taste, PartsStillAddUpToTheScore) {
    auto const track = thuds_and_pings();
    for (auto const& h : found(track, thuds_not_pings(track))) {
        double sum = 0;
        for (auto const& [group, part] : h.why) sum += part;
        EXPECT_EQ(sum, h.score);
        EXPECT_TRUE(h.why.contains("taste"));
    }
}

TEST(Taste, AMarkWithoutSoundIsLookedUpByItsClip) {
    auto const track = thuds_and_pings();
    auto likes = thuds_not_pings(track);
    auto const remembered = found(track, likes);
    for (auto& mark : likes.marks) mark.sound.reset();
    auto const looked_up = found(track, likes);
    ASSERT_EQ(looked_up.size(), remembered.size());
    for (std::size_t i = 0; i < looked_up.size(); ++i)
        EXPECT_EQ(looked_up[i].score, remembered[i].score);
}

TEST(Taste, AMarkOfAnUnknownClipWithoutSoundSaysNothing) {
    auto const track = thuds_and_pings();
    Likes const likes{{{.at_s = kPing, .like = false, .sha256 = "other", .file = {}, .sound = {}}}};
    EXPECT_EQ(Taste(likes, std::vector{track}).used(), 0U);
    EXPECT_EQ(score_at(found(track, likes), 40), score_at(found(track, {}), 40));
}

TEST(Taste, SilenceConstantSoundAndMissingValuesStayNumbers) {
    auto const marked = thuds_and_pings();
    auto const likes = thuds_not_pings(marked);
    for (float const level : {-100.0F, -40.0F, std::numeric_limits<float>::quiet_NaN()}) {
        auto track = thuds_and_pings("b");
        for (auto& cue : track.cues) std::ranges::fill(cue.values, level);
        std::vector<double> const score(600, 0);
        auto const part = Taste(likes, std::vector{track}).part(track, score, 2);
        EXPECT_THAT(part.values, testing::Each(0.0)) << level;
        auto const empty = remember(track, kThud, true);
        if (empty.sound) {
            for (auto const x : *empty.sound) EXPECT_TRUE(std::isfinite(x));
        }
    }
}

TEST(Taste, AClipShorterThanAMomentIsFine) {
    auto track = thuds_and_pings("b");
    for (std::size_t const samples : {0U, 1U, 5U, 8U, 15U}) {
        track.samples = static_cast<std::int64_t>(samples);
        track.duration_s = timeline::milliseconds(static_cast<std::int64_t>(200 * samples));
        for (auto& cue : track.cues) cue.values.resize(samples, -40);
        std::vector<double> const score(samples, 0);
        auto const part =
            Taste(thuds_not_pings(thuds_and_pings()), std::vector{track}).part(track, score, 2);
        EXPECT_EQ(part.values.size(), samples);
    }
}

}  // namespace
}  // namespace aiditor::detect
