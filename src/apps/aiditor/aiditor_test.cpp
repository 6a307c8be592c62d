#include "apps/aiditor/options.hpp"
#include "apps/aiditor/show.hpp"
#include "apps/aiditor/stage_input.hpp"
#include "engine/pipeline/stage_progress.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <unistd.h>

namespace aiditor::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using timeline::Format;

Result<std::variant<Options, Text>> parse(std::vector<char const*> words) {
    words.insert(words.begin(), "aiditor");
    return parse_command_line(static_cast<int>(words.size()), words.data());
}

Options options_of(std::vector<char const*> const& words) {
    auto const parsed = parse(words);
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed ? std::get<Options>(*parsed) : Options{};
}

/// The message of a refused command line.
std::string refusal(std::vector<char const*> const& words) {
    auto const parsed = parse(words);
    if (parsed) return "accepted";
    EXPECT_EQ(parsed.error().code, ErrorCode::Usage);
    return parsed.error().message;
}

TEST(CommandLine, montage_has_the_documented_defaults) {
    auto const o = options_of({"montage", "a.mp4", "clips", "-o", "out.mp4"});
    EXPECT_EQ(o.command, Command::Montage);
    EXPECT_THAT(o.inputs, ElementsAre("a.mp4", "clips"));
    EXPECT_EQ(o.output, "out.mp4");
    EXPECT_EQ(o.plan.length, timeline::seconds(60));
    EXPECT_THAT(o.plan.formats, ElementsAre(Format::Landscape));
    EXPECT_EQ(o.encode.preset, "veryfast");
    EXPECT_EQ(o.encode.crf, 20);
    EXPECT_TRUE(o.plan.fill && o.use_cache && !o.json);
}

TEST(CommandLine, formats_repeat_without_swallowing_inputs) {
    auto const o = options_of(
        {"montage", "--format", "portrait", "a.mp4", "--format", "square", "-o", "o.mp4", "b.mp4"});
    EXPECT_THAT(o.plan.formats, ElementsAre(Format::Portrait, Format::Square));
    EXPECT_THAT(o.inputs, ElementsAre("a.mp4", "b.mp4"));
}

TEST(CommandLine, reads_every_planning_option) {
    auto const o = options_of({"plan",       "-",
                               "--duration", "1:30",
                               "--order",    "score",
                               "--lead-in",  "3",
                               "--lead-out", "0.5",
                               "--no-fill",  "--transition",
                               "crossfade",  "--transition-length",
                               "1",          "--resolution",
                               "720",        "--detector",
                               "rules",      "--no-cache",
                               "--jobs",     "3",
                               "--json"});
    EXPECT_EQ(o.plan.length, timeline::seconds(90));
    EXPECT_EQ(o.plan.order, edit::Order::Score);
    EXPECT_EQ(o.plan.lead_in, timeline::seconds(3));
    EXPECT_EQ(o.plan.lead_out, timeline::milliseconds(500));
    EXPECT_FALSE(o.plan.fill);
    EXPECT_EQ(o.plan.transition, timeline::TransitionKind::Crossfade);
    EXPECT_EQ(o.plan.transition_length, timeline::seconds(1));
    EXPECT_EQ(o.plan.short_side, 720);
    EXPECT_TRUE(o.json && !o.use_cache);
    EXPECT_EQ(o.jobs, 3U);
    EXPECT_THAT(o.inputs, ElementsAre("-"));
}

TEST(CommandLine, reads_how_much_may_be_decoded_for_a_closer_look) {
    EXPECT_EQ(options_of({"analyse", "a"}).closer_look_share, 0.05);
    EXPECT_EQ(options_of({"analyse", "a", "--refine", "0.2"}).closer_look_share, 0.2);
    EXPECT_EQ(options_of({"detect", "a", "--no-refine"}).closer_look_share, 0);
}

TEST(CommandLine, reads_how_much_a_reason_counts) {
    auto const o =
        options_of({"detect", "a", "--weight", "burst=2", "--weight", "picture=0", "--explain"});
    EXPECT_EQ(o.wishes.weights.at("burst"), 2);
    EXPECT_EQ(o.wishes.weights.at("picture"), 0);
    EXPECT_TRUE(o.explain);
    EXPECT_THAT(refusal({"detect", "a", "--explain", "--json"}), HasSubstr("--explain"));
    EXPECT_TRUE(options_of({"detect", "a", "--explain", "--json", "-o", "found.json"}).explain);
    for (auto const* wrong :
         {"burst", "=2", "burst=", "burst=-1", "burst=11", "burst=nan", "burst=2x"})
        EXPECT_THAT(refusal({"detect", "a", "--weight", wrong}), HasSubstr("burst=2")) << wrong;
}

TEST(CommandLine, refuses_what_makes_no_sense_and_says_what_does) {
    EXPECT_THAT(refusal({}), HasSubstr("--help"));
    EXPECT_THAT(refusal({"montag", "a"}), HasSubstr("--help"));
    EXPECT_THAT(refusal({"montage", "a"}), HasSubstr("--output"));
    EXPECT_THAT(refusal({"montage", "-o", "o.mp4"}), HasSubstr("INPUT"));
    EXPECT_THAT(refusal({"montage", "a", "-o", "o.mp4", "--format", "round"}),
                HasSubstr("landscape, portrait, square"));
    EXPECT_THAT(refusal({"plan", "a", "--order", "random"}), HasSubstr("time, score"));
    EXPECT_THAT(refusal({"detect", "a", "--detector", "magic"}), HasSubstr("rules"));
    EXPECT_THAT(refusal({"montage", "a", "-o", "o.mp4", "--preset", "warp"}),
                HasSubstr("veryfast"));
    EXPECT_THAT(refusal({"montage", "a", "-o", "o.mp4", "--crf", "52"}), HasSubstr("0 (best)"));
    for (auto const* length : {"0", "-5", "nan", "inf", "1e9", "", "soon", "1:75", "43201", "60x"})
        EXPECT_THAT(refusal({"plan", "a", "--duration", length}), HasSubstr("--duration"))
            << length;
}

TEST(CommandLine, help_is_text_with_examples_and_exit_status) {
    auto const help = parse({"--help"});
    ASSERT_TRUE(help);
    EXPECT_THAT(std::get<Text>(*help).text, HasSubstr("aiditor montage clips/ -o best.mp4"));
    EXPECT_THAT(std::get<Text>(*help).text, HasSubstr("130 stopped"));
    EXPECT_THAT(std::get<Text>(parse({"montage", "--help"}).value()).text, HasSubstr("--lead-in"));
    auto const montage = std::get<Text>(parse({"montage", "--help"}).value()).text;
    EXPECT_THAT(montage, HasSubstr("aiditor montage [OPTIONS] INPUT..."));
    EXPECT_THAT(montage, HasSubstr(".json, or -"));
    EXPECT_THAT(std::get<Text>(parse({"--version"}).value()).text, HasSubstr("aiditor "));
}

TEST(Duration, reads_seconds_and_clock_times) {
    auto const s = [](char const* text) {
        return timeline::to_seconds(parse_duration(text, "-d").value());
    };
    EXPECT_EQ(s("90"), 90);
    EXPECT_EQ(s("1.5"), 1.5);
    EXPECT_EQ(s("2:05.5"), 125.5);
    EXPECT_EQ(s("1:00:00"), 3600);
    for (auto const* text : {"1.5:00", "1:60", "1:2:3:4", ":", "1:", "-1", "1e400", "0x10"})
        EXPECT_FALSE(parse_duration(text, "-d")) << text;
}

TEST(OutputNames, several_formats_get_a_suffix_each) {
    EXPECT_THAT(output_names("o.mp4", {Format::Portrait}), ElementsAre("o.mp4"));
    EXPECT_THAT(output_names("d/o.mp4", {Format::Landscape, Format::Portrait, Format::Square}),
                ElementsAre("d/o.mp4", "d/o-portrait.mp4", "d/o-square.mp4"));
}

TEST(Why, is_told_in_words_largest_first) {
    EXPECT_EQ(show_why({{"burst", 6}, {"loudness", 3}, {"stream", 1}, {"picture", -2}}),
              "sudden sound 60 %, loudness 30 %, motion 10 %");
    EXPECT_EQ(show_why({}), "");
}

class StageInputFiles : public ::testing::Test {
protected:
    StageInputFiles() {
        std::string name = std::filesystem::temp_directory_path() / "aiditor-stage-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~StageInputFiles() override { std::filesystem::remove_all(folder_); }
    [[nodiscard]] Result<StageInput> read(std::string const& text) const {
        std::ofstream(folder_ / "value.json") << text;
        pipeline::Silent silent;
        return read_stage_input({folder_ / "value.json"}, {}, silent);
    }
    std::filesystem::path folder_;
};

TEST_F(StageInputFiles, a_value_is_known_by_its_schema) {
    auto const found =
        read(json::to_text(timeline::Highlights{.detector = "rules/1", .clips = {}}));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(std::holds_alternative<timeline::Highlights>(*found));
    auto const set = read(json::to_text(pipeline::AnalysisSet{}));
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_TRUE(std::holds_alternative<pipeline::AnalysisSet>(*set));
}

TEST_F(StageInputFiles, what_probe_wrote_gives_its_files) {
    std::ofstream(folder_ / "a.mp4") << "x";
    pipeline::ProbeSet probed;
    probed.clips.resize(1);
    probed.clips[0].file = folder_ / "a.mp4";
    probed.clips[0].sha256 = "f00";
    probed.skipped.push_back({"b.mp4", "bad_media", "b.mp4: broken"});
    auto const found = read(json::to_text(probed));
    ASSERT_TRUE(found) << found.error().message;
    auto const& media = std::get<pipeline::InputSet>(*found);
    ASSERT_EQ(media.clips.size(), 1U);
    EXPECT_EQ(media.clips[0].file, probed.clips[0].file);
    EXPECT_EQ(media.clips[0].expected_sha256, "f00");
    EXPECT_EQ(media.problems.size(), 1U);
}

TEST_F(StageInputFiles, a_value_needs_no_special_name) {
    auto const text = json::to_text(timeline::Highlights{.detector = "rules/1", .clips = {}});
    pipeline::Silent silent;
    std::ofstream(folder_ / "found") << text;
    auto const file = read_stage_input({folder_ / "found"}, {}, silent);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_TRUE(std::holds_alternative<timeline::Highlights>(*file));

    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    UniqueFd const reader(ends[0]);
    {
        UniqueFd const writer(ends[1]);
        ASSERT_TRUE(write_all(writer.get(), text, "pipe"));
    }
    auto const pipe = read_stage_input({"/dev/fd/" + std::to_string(reader.get())}, {}, silent);
    ASSERT_TRUE(pipe) << pipe.error().message;
    EXPECT_TRUE(std::holds_alternative<timeline::Highlights>(*pipe));
}

TEST_F(StageInputFiles, the_value_itself_must_not_be_overwritten) {
    auto const value =
        read(json::to_text(timeline::Highlights{.detector = "rules/1", .clips = {}}));
    ASSERT_TRUE(value);
    auto const path = (folder_ / "value.json").string();
    auto const refused = refuse_same_file(path, files_of(*value, {path}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::OutputIsInput);
}

TEST_F(StageInputFiles, nor_may_the_events_beside_a_clip) {
    auto const clip = (folder_ / "clip.mp4").string(), events = clip + ".events.json";
    std::ofstream(clip) << "video";
    std::ofstream(events) << "{}";
    timeline::Highlights found;
    found.clips.emplace_back().file = clip;
    for (auto const& path : {clip, events}) {
        auto const refused = refuse_same_file(path, files_of(found));
        ASSERT_FALSE(refused) << path;
        EXPECT_EQ(refused.error().code, ErrorCode::OutputIsInput);
    }
    EXPECT_TRUE(refuse_same_file((folder_ / "other.json").string(), files_of(found)));
}

TEST(StageFits, refuses_a_value_that_the_command_does_not_take) {
    StageInput const found = timeline::Highlights{}, plan = timeline::EditPlan{};
    StageInput const analysed = pipeline::AnalysisSet{}, media = pipeline::InputSet{};
    auto const fits = [](std::vector<char const*> const& words, StageInput const& value) {
        auto const checked = check_fits(options_of(words), value);
        return checked ? "" : checked.error().message;
    };
    EXPECT_EQ(fits({"detect", "a.json"}, analysed), "");
    EXPECT_EQ(fits({"plan", "f.json", "--duration", "5"}, found), "");
    EXPECT_EQ(fits({"montage", "f.json", "-o", "o.mp4", "--format", "square"}, found), "");
    EXPECT_EQ(fits({"render", "p.json", "-o", "o.mp4", "--crf", "30", "--json"}, plan), "");
    EXPECT_EQ(fits({"plan", "a.mp4", "--detector", "rules"}, media), "");

    EXPECT_THAT(fits({"detect", "a.json", "--refine", "0.1"}, analysed), HasSubstr("--refine"));
    EXPECT_THAT(fits({"plan", "f.json", "--no-refine"}, found), HasSubstr("`analyse`"));
    EXPECT_THAT(fits({"detect", "f.json"}, found), HasSubstr("f.json: is what `detect` writes"));
    EXPECT_THAT(fits({"analyse", "a.json"}, analysed), HasSubstr("does not take"));
    EXPECT_THAT(fits({"plan", "-"}, plan), HasSubstr("standard input: is what `plan` writes"));
    EXPECT_THAT(fits({"montage", "p.json", "-o", "o.mp4"}, plan), HasSubstr("aiditor render"));
    EXPECT_THAT(fits({"render", "p.json", "-o", "o.mp4", "--format", "square"}, plan),
                HasSubstr("--format belongs to `plan`"));
    EXPECT_THAT(fits({"render", "p.json", "-o", "o.mp4", "--detector", "rules"}, plan),
                HasSubstr("--detector belongs to `detect`"));
    EXPECT_THAT(fits({"plan", "f.json", "--detector", "rules"}, found),
                HasSubstr("--detector belongs to `detect`"));
}

TEST(MontageShown, without_highlights_there_is_no_empty_table) {
    EXPECT_THAT(show_montage({}), ::testing::StartsWith("no highlights; all filler\n"));
}

TEST_F(StageInputFiles, a_wrong_value_names_file_and_place) {
    auto const message = [&](std::string const& text) {
        auto const value = read(text);
        EXPECT_FALSE(value);
        EXPECT_EQ(value.error().code, ErrorCode::BadJson);
        EXPECT_THAT(value.error().message, HasSubstr("value.json: "));
        return value.error().message;
    };
    EXPECT_THAT(message("{"), HasSubstr("line 1"));
    EXPECT_THAT(message("[1]"), HasSubstr("at /schema: must be \"aiditor.media_set/1\""));
    EXPECT_THAT(message(R"({"schema": "aiditor.highlights/1", "detector": "x", "clipz": []})"),
                HasSubstr("at /clips: is missing"));
    EXPECT_THAT(
        message(R"({"schema": "aiditor.highlights/1", "detector": "x", "clips": [], "more": 1})"),
        HasSubstr("at /more: is not a known key"));
}

}  // namespace
}  // namespace aiditor::app
