#include "engine/render/render.hpp"

#include "engine/media/loudness.hpp"
#include "engine/media/testing/synthetic_clip.hpp"
#include "engine/media/video_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aiditor::render {
namespace {

using media::testing::ClipForm;
using media::testing::TempFile;
using timeline::EditPlan;
using timeline::Format;
using timeline::milliseconds;
using timeline::TransitionKind;

/// A source clip with its index, and a plan over it.
struct Fixture {
    TempFile clip, index, scratch, output;
    EditPlan plan;

    explicit Fixture(ClipForm const& form) {
        media::testing::write_clip(clip.fd(), form);
        media::testing::write_index(clip.fd(), index.fd());
        plan.frame_rate = form.rate;
        plan.sources.push_back({.file = "a.mp4",
                                .sha256 = "",
                                .duration_s = timeline::frame_start(form.frames, form.rate),
                                .audio_track = 0});
        plan.outputs.push_back(
            {.format = Format::Landscape, .width = form.width, .height = form.height});
    }
    void take(timeline::Time start, std::int64_t frames) {
        timeline::PlanClip c;
        c.source_start_s = start;
        c.first_frame = plan.frames;
        c.frames = frames;
        if (!plan.clips.empty()) plan.transitions.push_back({});
        plan.clips.push_back(c);
        plan.frames += frames;
    }
    Result<timeline::RenderReport> run() {
        plan.length_s = timeline::frame_start(plan.frames, plan.frame_rate);
        auto const valid = plan.validate("");
        EXPECT_TRUE(valid) << valid.error().message;
        RenderJob job{.plan = plan,
                      .sources = {{.fd = clip.fd(), .index_fd = index.fd(), .name = "a.mp4"}},
                      .output_fds = {output.fd()},
                      .scratch_fd = scratch.fd(),
                      .preset = "ultrafast",
                      .crf = 20};
        return render(job, [](double) {});
    }
    /// The bar codes of the finished file, frame by frame.
    std::vector<int> numbers() {
        TempFile written_index;
        media::testing::write_index(output.fd(), written_index.fd());
        auto index_of = media::FrameIndex::load(written_index.fd());
        auto const frames = std::ssize(index_of->entries);
        auto reader = media::VideoReader::open(output.fd(), std::move(*index_of));
        EXPECT_TRUE(reader);
        std::vector<int> out;
        auto const half = timeline::frame_start(1, plan.frame_rate) / 2;
        for (std::int64_t n = 0; n < frames; ++n)
            out.push_back(media::testing::read_bar_code(
                **reader->at(timeline::frame_start(n, plan.frame_rate) + half)));
        return out;
    }
};

std::vector<int> range(int from, int count) {
    std::vector<int> out;
    for (int i = 0; i < count; ++i) out.push_back(from + i);
    return out;
}

TEST(Render, ShowsExactlyTheFramesOfThePlan) {
    Fixture f({.frames = 150});
    f.take(milliseconds(3000), 20);  // later material first: seeks back
    f.take(milliseconds(500), 30);
    ASSERT_TRUE(f.run());
    auto want = range(90, 20);
    for (auto const n : range(15, 30)) want.push_back(n);
    EXPECT_EQ(f.numbers(), want);
}

TEST(Render, DoublesFramesWhenTheOutputIsFaster) {
    Fixture f({.frames = 60});
    f.plan.frame_rate = {60, 1};
    f.take(milliseconds(1000), 20);
    ASSERT_TRUE(f.run());
    std::vector<int> want;
    for (auto const n : range(30, 10)) want.insert(want.end(), 2, n);
    EXPECT_EQ(f.numbers(), want);
}

TEST(Render, TakesEverySecondFrameWhenTheSourceIsTwiceAsFast) {
    Fixture f({.frames = 120, .rate = {120, 1}});
    f.plan.frame_rate = {60, 1};
    f.take(milliseconds(500), 20);
    ASSERT_TRUE(f.run());
    std::vector<int> want;
    for (int i = 0; i < 20; ++i) want.push_back(60 + 2 * i);
    EXPECT_EQ(f.numbers(), want);
}

TEST(Render, ACrossfadeUsesHandlesAndKeepsTheLength) {
    Fixture f({.frames = 150});
    f.take(milliseconds(1000), 30);
    f.take(milliseconds(3000), 30);
    f.plan.transitions[0] = {.kind = TransitionKind::Crossfade, .frames = 10};
    auto const report = f.run();
    ASSERT_TRUE(report) << report.error().message;
    auto const numbers = f.numbers();
    ASSERT_EQ(numbers.size(), 60U);
    EXPECT_EQ(numbers[24], 54) << "before the crossfade";
    EXPECT_EQ(numbers[35], 95) << "after it";
    EXPECT_EQ(report->sound.samples, 96'000);
}

TEST(Render, BringsSoundToTheTargetLevel) {
    Fixture f({.frames = 120, .amplitude = 0.02});
    f.take(milliseconds(0), 100);
    auto const report = f.run();
    ASSERT_TRUE(report);
    ASSERT_TRUE(report->sound.loudness_lufs);
    EXPECT_NEAR(*report->sound.loudness_lufs, -14, 1);
    EXPECT_LE(*report->sound.true_peak_dbtp, -1);
    EXPECT_FALSE(report->sound.near_silent);
}

TEST(Render, NearSilenceIsLeftAloneAndReported) {
    Fixture f({.frames = 60, .amplitude = 0.0005});
    f.take(milliseconds(0), 50);
    auto const report = f.run();
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->sound.near_silent);
    EXPECT_EQ(report->sound.gain_db, 0);
    EXPECT_THAT(report->notes, ::testing::Contains(::testing::HasSubstr("silent")));
}

TEST(Render, TheSameJobGivesTheSameBytes) {
    Fixture a({.frames = 90}), b({.frames = 90});
    for (auto* f : {&a, &b}) {
        f->take(milliseconds(300), 25);
        f->take(milliseconds(1500), 25);
        ASSERT_TRUE(f->run());
    }
    EXPECT_EQ(a.output.bytes(), b.output.bytes());
}

TEST(Render, APlanThatShowsMoreThanThereIsIsRefused) {
    Fixture f({.frames = 60});
    f.plan.sources[0].duration_s = timeline::seconds(100);
    f.take(milliseconds(50'000), 30);
    auto const report = f.run();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::BadJson);
    EXPECT_THAT(report.error().message, ::testing::HasSubstr("a.mp4"));
}

TEST(Render, ASoundTrackThatIsNotThereIsRefused) {
    Fixture f({.frames = 60});
    f.plan.sources[0].audio_track = 3;
    f.take(milliseconds(0), 30);
    auto const report = f.run();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::BadJson);
}

TEST(Render, ASourceThatCannotBeOpenedShowsBlackAndLeavesANote) {
    Fixture f({.frames = 60});
    f.take(milliseconds(0), 30);
    std::vector<char> const garbage(4000, 'x');
    ASSERT_EQ(pwrite(f.clip.fd(), garbage.data(), garbage.size(), 0), 4000);
    auto const report = f.run();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_THAT(report->notes, ::testing::Contains(::testing::HasSubstr("a.mp4 at 0:00.0")));
    EXPECT_EQ(f.numbers(), std::vector<int>(30, 0));
}

}  // namespace
}  // namespace aiditor::render
