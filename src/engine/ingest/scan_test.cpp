#include "engine/ingest/scan.hpp"

#include "engine/media/frame_index.hpp"
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
    auto const info = scan(clip.fd(), index_file.fd(),
                           {.on_sound = [&](auto, auto left, auto, int) { samples += left.size(); },
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
