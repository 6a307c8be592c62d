#include "timeline/cue_track.hpp"
#include "timeline/edit_plan.hpp"

#include <gmock/gmock.h>
#include <limits>
#include <random>

namespace aiditor::timeline {
namespace {

TEST(Time, EveryFlickSurvivesJson) {
    std::mt19937_64 random(1);
    std::uniform_int_distribution<std::int64_t> flicks(0, seconds(14'400).flicks);
    for (int i = 0; i < 10'000; ++i) {
        Time const t{flicks(random)};
        auto const text = json::print(json::Value{{"t_s", json::to_value(t)}});
        auto const value = *json::parse(text);
        EXPECT_EQ(*json::from_value<Time>(value.at("t_s")), t) << text;
    }
}

TEST(Time, FramesOfTheUsualRatesAreWholeFlicks) {
    for (Rational const rate : {Rational{24, 1},
                                {25, 1},
                                {30, 1},
                                {60, 1},
                                {120, 1},
                                {24000, 1001},
                                {30000, 1001},
                                {60000, 1001}}) {
        EXPECT_EQ(frame_start(1000, rate).flicks, 1000 * frame_start(1, rate).flicks) << rate.num;
        EXPECT_EQ(frames_in(frame_start(123'456, rate), rate), 123'456);
    }
}

TEST(Time, SamplesNeverDrift) {
    EXPECT_EQ(samples_before(60'000 * 60, {60000, 1001}, 48'000), 60'060LL * 48'000);
}

TEST(Time, HostileTicksStayInRange) {
    auto const huge = from_ticks(std::numeric_limits<std::int64_t>::max(), {1'000'000, 1});
    EXPECT_GT(huge, seconds(1'000'000));
    EXPECT_GT((huge + huge).flicks, 0) << "the sum of two does not overflow";
}

TEST(CueTrack, MissingIsNotZeroAfterTheRoundTrip) {
    auto const nan = std::numeric_limits<float>::quiet_NaN();
    CueTrack track;
    track.samples = 5;
    track.cues.push_back(
        {.name = "audio.loudness_lufs@1", .values = {nan, 0.0F, -23.5F, nan, nan}});
    auto const again = json::from_text<CueTrack>(json::to_text(track));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->cues, track.cues);
    EXPECT_TRUE(std::isnan(again->cues[0].values[4]));
}

TEST(CueTrack, ValuesMustBeWhatTheCueCanHave) {
    CueTrack track;
    track.samples = 1;
    for (auto const& [name, value] :
         {std::pair{"audio.loudness_lufs@1", 1e30F}, std::pair{"picture.cut_share@1", -0.1F},
          std::pair{"a.b_c@1", 1e7F}}) {
        track.cues = {{.name = name, .values = {value}}};
        EXPECT_FALSE(json::from_text<CueTrack>(json::to_text(track))) << name;
    }
    track.cues = {{.name = "a.b_c@1", .values = {1e5F}}};
    EXPECT_TRUE(json::from_text<CueTrack>(json::to_text(track)));
}

TEST(CueTrack, ColumnsMustFitTheGrid) {
    CueTrack track;
    track.samples = 4;
    track.cues.push_back({.name = "a", .values = {1, 2, 3}});
    EXPECT_FALSE(json::from_text<CueTrack>(json::to_text(track)));
}

EditPlan good_plan() {
    EditPlan plan;
    plan.sources.push_back(
        {.file = "a", .sha256 = "", .duration_s = seconds(10), .audio_track = 0});
    for (int i = 0; i < 2; ++i) {
        PlanClip clip;
        clip.source_start_s = seconds(1 + 4 * i);
        clip.peak_s = clip.source_start_s;
        clip.first_frame = 30 * i;
        clip.frames = 30;
        plan.clips.push_back(clip);
    }
    plan.transitions.push_back({});
    plan.outputs.push_back({});
    plan.frames = 60;
    plan.length_s = seconds(2);
    return plan;
}

TEST(EditPlan, AGoodPlanSurvivesTheRoundTrip) {
    auto const again = json::from_text<EditPlan>(json::to_text(good_plan()));
    EXPECT_TRUE(again) << again.error().message;
}

TEST(EditPlan, EachLieIsRefusedAtItsPointer) {
    struct Lie {
        char const* pointer;
        void (*tell)(EditPlan&);
    };
    constexpr auto kHuge = std::int64_t{1} << 62;
    Lie const lies[] = {
        {"/frame_rate", [](EditPlan& p) { p.frame_rate = {1000, 1}; }},
        {"/frame_rate", [](EditPlan& p) { p.frame_rate = {1, 1 << 30}; }},
        {"/sources/0/audio_track", [](EditPlan& p) { p.sources[0].audio_track = -1; }},
        {"/sources/0/duration_s", [](EditPlan& p) { p.sources[0].duration_s = seconds(-1); }},
        {"/clips/0/frames", [](EditPlan& p) { p.clips[0].frames = p.frames = kHuge; }},
        {"/clips/1/first_frame", [](EditPlan& p) { p.clips[1].first_frame = 31; }},
        {"/clips/0/source", [](EditPlan& p) { p.clips[0].source = 1; }},
        {"/clips/0/source_start_s", [](EditPlan& p) { p.clips[0].source_start_s = seconds(10); }},
        {"/clips/0/peak_s", [](EditPlan& p) { p.clips[0].peak_s = seconds(11); }},
        {"/clips/1/focus_y", [](EditPlan& p) { p.clips[1].focus_y = 2; }},
        {"/transitions/0/frames", [](EditPlan& p) { p.transitions[0].frames = 2; }},
        {"/transitions", [](EditPlan& p) { p.transitions.clear(); }},
        {"/frames", [](EditPlan& p) { p.frames = 61; }},
        {"/length_s", [](EditPlan& p) { p.length_s = seconds(3); }},
        {"/filled_s", [](EditPlan& p) { p.filled_s = seconds(3); }},
        {"/outputs/0/height", [](EditPlan& p) { p.outputs[0].height = 17; }},
        {"/outputs", [](EditPlan& p) { p.outputs.clear(); }},
    };
    for (auto const& lie : lies) {
        auto plan = good_plan();
        lie.tell(plan);
        auto const read = json::from_text<EditPlan>(json::to_text(plan));
        ASSERT_FALSE(read) << lie.pointer;
        EXPECT_THAT(read.error().message,
                    ::testing::HasSubstr(std::string("at ") + lie.pointer + ":"));
    }
}

TEST(EditPlan, ACrossfadeNeedsMaterialBeyondTheClip) {
    auto plan = good_plan();
    plan.clips[0].source_start_s = seconds(9);
    plan.transitions[0] = {.kind = TransitionKind::Crossfade, .frames = 10};
    EXPECT_THAT(plan.validate("").error().message, ::testing::HasSubstr("use a cut"));
}

}  // namespace
}  // namespace aiditor::timeline
