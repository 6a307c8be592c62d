#include "engine/ingest/scan.hpp"

#include "engine/media/frame_index.hpp"
#include "engine/media/testing/chaptered_clip.hpp"
#include "engine/media/testing/synthetic_clip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aiditor::ingest {
namespace {

using media::testing::TempFile;

TEST(Scan, SaysWhatAClipIsAndWhereItsPacketsAre) {
    TempFile clip, index_file;
    media::testing::write_clip(clip.fd(), {.frames = 150, .rate = {60, 1}});
    std::int64_t packets = 0, pictures = 0;
    std::size_t samples = 0;
    double progress = -1;
    auto const info =
        scan(clip.fd(), index_file.fd(),
             {.on_sound = [&](int, auto, auto left, auto, int) { samples += left.size(); },
              .on_packet = [&](auto, auto, bool) { ++packets; },
              .on_key_picture = [&](auto, auto const&) { ++pictures; },
              .on_progress = [&](double share) { progress = share; }});
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->video.frames, 150);
    EXPECT_EQ(info->video.frame_rate, (timeline::Rational{60, 1}));
    EXPECT_EQ(info->duration_s, timeline::milliseconds(2500));
    EXPECT_EQ(info->container, "mov");
    EXPECT_FALSE(info->video.variable_frame_rate);
    ASSERT_EQ(info->audio.size(), 1U);
    EXPECT_EQ(packets, 150);
    EXPECT_EQ(pictures, 1) << "one key picture in four seconds";
    EXPECT_GE(samples, 120'000U);
    EXPECT_GE(progress, 0);

    auto const index = media::FrameIndex::load(index_file.fd());
    ASSERT_TRUE(index) << index.error().message;
    EXPECT_EQ(index->entries.size(), 150U);
    EXPECT_TRUE(index->entries.front().key());
    EXPECT_EQ(index->time_of(index->origin), timeline::Time{});
}

std::vector<timeline::Chapter> chapters_after_scan(char const* muxer,
                                                   std::vector<timeline::Chapter> const& put) {
    TempFile plain, clip;
    media::testing::write_clip(plain.fd(), {.frames = 150});
    media::testing::write_with_chapters(plain.fd(), clip.fd(), muxer, put);
    auto const info = scan(clip.fd(), -1, {});
    EXPECT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->video.frames, 150) << "a chapter track is no picture stream";
    return info->chapters.value_or(std::vector<timeline::Chapter>());
}

TEST(Scan, ChaptersAreOnTheClockOfTheClip) {
    using timeline::milliseconds;
    for (auto const* muxer : {"mp4", "matroska"}) {
        auto const found = chapters_after_scan(
            muxer,
            {{.start_s = {}, .end_s = milliseconds(1500), .title = "Start"},
             {.start_s = milliseconds(1500), .end_s = milliseconds(5000), .title = "Jo\nK"}});
        ASSERT_EQ(found.size(), 2U) << muxer;
        EXPECT_EQ(found[0].title, "Start");
        EXPECT_LE(found[0].start_s, milliseconds(50));
        EXPECT_LE(abs(timeline::to_seconds(found[1].start_s) - 1.5), 0.05) << muxer;
        EXPECT_EQ(found[1].title, "Jo?K") << "cleaned as track titles are";
    }
}

TEST(Scan, ChaptersOutsideThePicturesAreLeftOutAndManyAreCutOff) {
    using timeline::milliseconds;
    auto const past = chapters_after_scan(
        "matroska",
        {{.start_s = {}, .end_s = milliseconds(90'000), .title = "all"},
         {.start_s = milliseconds(60'000), .end_s = milliseconds(90'000), .title = ""}});
    ASSERT_EQ(past.size(), 1U);
    EXPECT_EQ(past[0].end_s, timeline::seconds(5));

    std::vector<timeline::Chapter> many;
    for (int i = 0; i < 1500; ++i)
        many.push_back({.start_s = milliseconds(i), .end_s = milliseconds(i + 1), .title = "x"});
    EXPECT_EQ(chapters_after_scan("matroska", many).size(), timeline::MediaInfo::kMostChapters);
    EXPECT_TRUE(chapters_after_scan("mp4", {}).empty());
}

TEST(Scan, ATruncatedFileIsAnErrorInWords) {
    TempFile clip;
    media::testing::write_clip(clip.fd(), {});
    ASSERT_EQ(ftruncate(clip.fd(), 500), 0);
    auto const info = scan(clip.fd(), -1, {});
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().code, ErrorCode::BadMedia);
    EXPECT_THAT(info.error().message, ::testing::HasSubstr("record or copy it again"));
}

TEST(FrameIndex, ADamagedFileIsRefused) {
    TempFile clip, index_file;
    media::testing::write_clip(clip.fd(), {.frames = 10});
    ASSERT_TRUE(scan(clip.fd(), index_file.fd(), {}));
    auto const size = lseek(index_file.fd(), 0, SEEK_END);
    ASSERT_EQ(ftruncate(index_file.fd(), size - 1), 0);
    EXPECT_FALSE(media::FrameIndex::load(index_file.fd()));
    ASSERT_EQ(ftruncate(index_file.fd(), 3), 0);
    EXPECT_FALSE(media::FrameIndex::load(index_file.fd()));
}

}  // namespace
}  // namespace aiditor::ingest
