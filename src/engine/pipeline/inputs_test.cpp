#include "engine/pipeline/inputs.hpp"

#include "base/sha256.hpp"

#include "engine/edit/plan_montage.hpp"
#include "engine/pipeline/media_work.hpp"
#include "engine/pipeline/stage_progress.hpp"
#include "engine/sandbox/wire.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/stat.h>

namespace aiditor::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Remembering final : public Reporter {
public:
    void started(Stage, Work const&) override {}
    void progress(Stage, double fraction) override { fractions.push_back(fraction); }
    void finished(Stage, Work const&) override {}
    void note(std::string const& text) override { notes.push_back(text); }
    void problem(ClipProblem const& p) override { problems.push_back(p); }

    std::vector<double> fractions;
    std::vector<std::string> notes;
    std::vector<ClipProblem> problems;
};

class Folder : public ::testing::Test {
protected:
    Folder() {
        std::string name = fs::temp_directory_path() / "aiditor-inputs-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~Folder() override { fs::remove_all(folder_); }

    [[nodiscard]] std::string at(std::string const& name) const { return folder_ / name; }
    std::string put(std::string const& name, std::string const& text) const {
        std::ofstream(at(name)) << text;
        return at(name);
    }
    static std::vector<std::string> names(InputSet const& inputs) {
        std::vector<std::string> out;
        for (auto const& clip : inputs.clips) out.push_back(fs::path(clip.file).filename());
        return out;
    }

    fs::path folder_;
    Remembering told_;
};

using ListInputs = Folder;
using IdentifyClips = Folder;
using CacheFolder = Folder;

TEST_F(ListInputs, a_folder_gives_its_videos_in_natural_order) {
    for (auto const* name :
         {"clip10.mp4", "clip2.MP4", "Clip1.mkv", ".hidden.mp4", "notes.txt", "a.ts"})
        put(name, "x");
    fs::create_directory(at("sub.mp4"));
    auto const inputs = list_inputs({folder_}, {}, told_);
    ASSERT_TRUE(inputs);
    EXPECT_THAT(names(*inputs), ElementsAre("a.ts", "Clip1.mkv", "clip2.MP4", "clip10.mp4"));
}

TEST_F(ListInputs, what_an_earlier_run_made_in_the_folder_is_left_out) {
    put("clip.mp4", "x");
    auto const best = put("best.mp4", "y");
    auto const inputs = list_inputs({folder_}, {best, at("not_yet.mp4")}, told_);
    ASSERT_TRUE(inputs);
    EXPECT_THAT(names(*inputs), ElementsAre("clip.mp4"));
    EXPECT_THAT(names(*list_inputs({best}, {best}, told_)), ElementsAre("best.mp4"))
        << "what is named itself is not left out in silence";
}

TEST_F(ListInputs, files_keep_the_order_in_which_they_were_named) {
    auto const b = put("b.mp4", "x"), a = put("a.bin", "y");
    EXPECT_THAT(names(*list_inputs({b, a}, {}, told_)), ElementsAre("b.mp4", "a.bin"));
}

TEST_F(ListInputs, what_cannot_be_used_is_a_problem_of_its_own) {
    ::mkfifo(at("fifo.mp4").c_str(), 0600);
    fs::create_directory(at("empty"));
    auto const good = put("good.mp4", "x"), empty = put("empty.mp4", "");
    auto const strange = put("\xFFname.mp4", "x");
    auto const inputs =
        list_inputs({good, at("none.mp4"), at("fifo.mp4"), empty, strange, at("empty")}, {}, told_);
    ASSERT_TRUE(inputs);
    EXPECT_THAT(names(*inputs), ElementsAre("good.mp4"));
    std::vector<std::string> codes;
    for (auto const& p : inputs->problems) codes.push_back(p.code);
    EXPECT_THAT(codes,
                ElementsAre("not_found", "unreadable", "bad_media", "unreadable", "not_found"));
    EXPECT_EQ(told_.problems.size(), 5U);
    EXPECT_THAT(inputs->problems[3].message, HasSubstr("\\xFFname.mp4"));
}

TEST_F(ListInputs, with_no_usable_input_each_reason_is_told) {
    auto const one = list_inputs({at("none.mp4")}, {}, told_);
    ASSERT_FALSE(one);
    EXPECT_EQ(one.error().code, ErrorCode::NotFound);
    auto const two = list_inputs({at("none.mp4"), put("empty.mp4", "")}, {}, told_);
    ASSERT_FALSE(two);
    EXPECT_EQ(two.error().code, ErrorCode::NothingToDo);
    EXPECT_THAT(two.error().message, HasSubstr("none of the 2 inputs"));
    ASSERT_EQ(told_.problems.size(), 3U) << "each reason was told once";
    EXPECT_THAT(told_.problems[1].message, HasSubstr("none.mp4"));
    EXPECT_THAT(told_.problems[2].message, HasSubstr("empty.mp4"));
    EXPECT_EQ(list_inputs({}, {}, told_).error().code, ErrorCode::Usage);
}

TEST_F(IdentifyClips, the_same_content_is_taken_once) {
    auto inputs = list_inputs(
        {put("a.mp4", "same"), put("b.mp4", "same"), put("c.mp4", "other"), at("a.mp4")}, {},
        told_);
    ASSERT_TRUE(identify_clips(*inputs, {}, told_, {}));
    EXPECT_THAT(names(*inputs), ElementsAre("a.mp4", "c.mp4"));
    EXPECT_THAT(told_.notes, ElementsAre(HasSubstr("b.mp4: same content"), HasSubstr("a.mp4")));
    EXPECT_EQ(told_.fractions.back(), 1);
    EXPECT_TRUE(std::ranges::is_sorted(told_.fractions));
}

TEST_F(IdentifyClips, a_clip_that_changes_meanwhile_is_noticed) {
    auto inputs = list_inputs({put("a.mp4", "before"), put("b.mp4", "b")}, {}, told_);
    put("a.mp4", "longer than before");
    ASSERT_TRUE(identify_clips(*inputs, {}, told_, {}));
    EXPECT_THAT(names(*inputs), ElementsAre("b.mp4"));
    EXPECT_THAT(told_.problems[0].message, HasSubstr("changed while"));
}

TEST_F(IdentifyClips, a_clip_that_is_no_longer_what_was_probed_is_refused) {
    // SHA-256 of "abc" (FIPS 180-4 example).
    std::string const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    auto const a = put("a.mp4", "abc"), b = put("b.mp4", "b");
    ClipProblem const before{"c.mp4", "bad_media", "c.mp4: broken"};
    auto same = reopen_inputs({{a, abc}, {b, ""}, {at("gone.mp4"), abc}}, {before}, told_);
    ASSERT_TRUE(same) << same.error().message;
    EXPECT_TRUE(identify_clips(*same, {}, told_, {}));
    EXPECT_THAT(names(*same), ElementsAre("a.mp4", "b.mp4"));
    EXPECT_EQ(same->problems.size(), 2U);

    auto other = reopen_inputs({{b, abc}}, {}, told_);
    ASSERT_TRUE(other);
    auto const refused = identify_clips(*other, {}, told_, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::BadMedia);
    EXPECT_THAT(refused.error().message, HasSubstr("b.mp4: is not the file that was probed"));
}

TEST_F(ListInputs, too_many_are_a_matter_of_the_command_line) {
    std::vector<std::string> const many(InputSet::kMostClips + 1, put("a.mp4", "x"));
    EXPECT_EQ(list_inputs(many, {}, told_).error().code, ErrorCode::Usage);
}

TEST(PlanForChild, the_largest_plan_fits_a_request) {
    timeline::EditPlan plan;
    timeline::Time const late = timeline::seconds(14'400) - timeline::Time{1};
    for (std::size_t s = 0; s < edit::kMostSources; ++s)
        plan.sources.push_back({std::string(4000, 'x'), std::string(64, 'f'), late, 10});
    for (std::size_t i = 0; i < edit::kMostClips; ++i) {
        timeline::PlanClip clip;
        clip.source = static_cast<int>(edit::kMostSources) - 1;
        clip.source_start_s = clip.peak_s = late;
        clip.first_frame = 12'345'678, clip.frames = 12'345;
        clip.score = 1.0 / 3, clip.kind = "burst", clip.why = {{"burst", 1.0 / 3}};
        clip.focus_x = clip.focus_y = 1.0 / 3;
        plan.clips.push_back(clip);
    }
    plan.transitions.assign(plan.clips.size() - 1, {timeline::TransitionKind::Crossfade, 300});
    plan.outputs.assign(8, {});
    sandbox::MediaRequest request{.task = sandbox::MediaTask::Render, .inputs = {}, .render = {}};
    for (auto const& source : plan.sources)
        request.inputs.push_back({.fd = 500, .name = name_for_child(source.file), .index_fd = 501});
    request.render = sandbox::RenderRequest{.plan = plan_for_child(plan),
                                            .output_fds = std::vector<int>(8, 510),
                                            .scratch_fd = 511,
                                            .encode = {}};
    EXPECT_LT(json::to_text(request, json::Layout::OneLine).size(),
              sandbox::wire::kMaxRequestBytes - 4096);
}

TEST_F(IdentifyClips, a_stop_request_ends_it) {
    auto inputs = list_inputs({put("a.mp4", "x")}, {}, told_);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(identify_clips(*inputs, {}, told_, stop.get_token()).error().code,
              ErrorCode::Cancelled);
}

TEST(NaturalOrder, compares_numbers_as_numbers_and_letters_without_case) {
    std::vector<std::string> names{"b1", "a10", "A2", "a02", "a", "a2b", "10", "9"};
    std::ranges::sort(names, natural_less);
    EXPECT_THAT(names, ElementsAre("9", "10", "a", "A2", "a02", "a2b", "a10", "b1"));
}

TEST_F(CacheFolder, gives_back_what_was_put) {
    auto const cache = Cache::open(at("new/folder")).value();
    EXPECT_FALSE(cache.get("key"));
    cache.put("key", "value\n\0more");
    EXPECT_EQ(cache.get("key").value(), "value\n\0more");
    EXPECT_FALSE(Cache().get("key"));
}

TEST_F(CacheFolder, a_damaged_entry_is_as_good_as_none) {
    auto const cache = Cache::open(folder_).value();
    cache.put("key", "value");
    std::fstream(at("key"), std::ios::in | std::ios::out | std::ios::ate) << "x";
    EXPECT_FALSE(cache.get("key"));
    put("key", "");
    EXPECT_FALSE(cache.get("key"));
    put("key", "aiditor-cache/1 short");
    EXPECT_FALSE(cache.get("key"));
    cache.put("key", "again");
    EXPECT_EQ(cache.get("key"), "again");
}

TEST_F(CacheFolder, a_kept_file_is_checked_against_its_hash) {
    auto const cache = Cache::open(folder_).value();
    auto file = cache.new_file("index").value();
    ASSERT_TRUE(write_all(file.fd(), "abc", "index"));
    ASSERT_TRUE(file.publish());
    auto const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    EXPECT_TRUE(cache.find_file("index", abc));
    put("index", "abd");
    EXPECT_FALSE(cache.find_file("index", abc));
}

TEST_F(CacheFolder, forgets_what_was_used_longest_ago_and_nothing_that_is_not_its_own) {
    auto const cache = Cache::open(folder_).value();
    auto const old_key = "analysis-" + sha256_hex("old"), new_key = "analysis-" + sha256_hex("new");
    put("my_holiday.mkv", std::string(5000, 'x'));
    put("render-of-mine", std::string(5000, 'x'));
    cache.put(old_key, std::string(1000, 'x'));
    cache.put(new_key, std::string(1000, 'x'));
    auto const hour_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
    for (auto const& name : {old_key, std::string("my_holiday.mkv"), std::string("render-of-mine")})
        fs::last_write_time(at(name), hour_ago);
    cache.trim(1500);
    EXPECT_FALSE(cache.get(old_key));
    EXPECT_TRUE(cache.get(new_key));
    EXPECT_TRUE(fs::exists(at("my_holiday.mkv")));
    EXPECT_TRUE(fs::exists(at("render-of-mine")));
}

TEST_F(CacheFolder, an_impossible_folder_is_refused_with_a_remedy) {
    put("file", "x");
    auto const cache = Cache::open(at("file/sub"));
    ASSERT_FALSE(cache);
    EXPECT_THAT(cache.error().message, HasSubstr("--no-cache"));
}

TEST(StageProgress, weighs_clips_by_size_and_never_falls) {
    Remembering told;
    InputSet inputs;
    inputs.clips.resize(2);
    inputs.clips[0].facts.size_bytes = 300;
    inputs.clips[1].facts.size_bytes = 100;
    StageProgress progress(told, Stage::Analyse, inputs);
    progress.clip(0, 0.5);
    progress.clip(1, 1);
    progress.clip(0, 0.2);
    progress.clip(0, 7);
    EXPECT_THAT(told.fractions, ElementsAre(0.375, 0.625, 0.625, 1));
}

}  // namespace
}  // namespace aiditor::pipeline
