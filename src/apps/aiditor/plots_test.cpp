#include "apps/aiditor/plots.hpp"

#include "apps/aiditor/options.hpp"

#include <filesystem>
#include <gmock/gmock.h>
#include <unistd.h>

namespace aiditor::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

Result<std::variant<Options, Text>> parse(std::vector<char const*> words) {
    words.insert(words.begin(), "aiditor");
    return parse_command_line(static_cast<int>(words.size()), words.data());
}

TEST(PlotOption, belongs_to_analyse_and_detect_and_is_a_png) {
    for (auto const* stage : {"analyse", "detect"}) {
        auto const options = parse({stage, "a.mp4", "--plot", "cues.png"});
        ASSERT_TRUE(options) << options.error().message;
        EXPECT_EQ(std::get<Options>(*options).plot, "cues.png");
        auto const refused = parse({stage, "a.mp4", "--plot", "cues.jpg"});
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("--plot cues.jpg"));
    }
    EXPECT_FALSE(parse({"detect", "a.mp4", "--plot", ""}));
    EXPECT_FALSE(parse({"detect", "a.mp4", "--plot", "\xFF.png"}));
    EXPECT_FALSE(parse({"plan", "a.mp4", "--plot", "cues.png"}));
    EXPECT_THAT(std::get<Text>(parse({"analyse", "--help"}).value()).text, HasSubstr("NAME-2.png"));
}

TEST(PlotNames, further_clips_are_numbered_from_two) {
    EXPECT_THAT(plot_names("a/cues.png", 3),
                ElementsAre("a/cues.png", "a/cues-2.png", "a/cues-3.png"));
    EXPECT_THAT(plot_names(".png", 2), ElementsAre(".png", "-2.png"));
    EXPECT_TRUE(plot_names("a.png", 0).empty());
}

class PlotFilesTest : public ::testing::Test {
protected:
    void SetUp() override { fs::create_directory(folder_); }
    void TearDown() override { fs::remove_all(folder_); }
    [[nodiscard]] std::string at(std::string const& name) const { return folder_ / name; }

    fs::path folder_ = fs::temp_directory_path() / ("plots_test." + std::to_string(::getpid()));
    timeline::CueTrack const track_;
    timeline::PictureStrip const strip_;
};

TEST_F(PlotFilesTest, only_what_was_drawn_appears_and_only_when_published) {
    auto files = PlotFiles::open(at("a.png"), 3, "-", {});
    ASSERT_TRUE(files) << files.error().message;
    ASSERT_TRUE(files->add({.track = track_, .strip = strip_}));
    ASSERT_TRUE(files->add({.track = track_, .strip = strip_}));
    EXPECT_FALSE(fs::exists(at("a.png")));
    ASSERT_TRUE(files->publish());
    EXPECT_GT(fs::file_size(at("a.png")), 1000U);
    EXPECT_GT(fs::file_size(at("a-2.png")), 1000U);
    EXPECT_FALSE(fs::exists(at("a-3.png")));
}

TEST_F(PlotFilesTest, what_is_wrong_with_a_name_is_found_at_once) {
    auto const code = [&](std::string const& name, std::size_t clips, std::string const& output,
                          std::vector<FileFacts> const& inputs) {
        auto const files = PlotFiles::open(name, clips, output, inputs);
        return files ? ErrorCode{} : files.error().code;
    };
    EXPECT_EQ(code(at("none/a.png"), 1, "-", {}), ErrorCode::Unwritable);
    EXPECT_EQ(code(at("a.png"), 2, at("a-2.png"), {}), ErrorCode::Usage);
    EXPECT_EQ(code(at("a.png"), PlotFiles::kMostPlots + 1, "-", {}), ErrorCode::Usage);
    ASSERT_TRUE(write_text(at("b-2.png"), "a clip"));
    auto const clip = open_regular(at("b-2.png"));
    ASSERT_TRUE(clip);
    EXPECT_EQ(code(at("b.png"), 1, "-", {clip->facts}), ErrorCode{});
    EXPECT_EQ(code(at("b.png"), 2, "-", {clip->facts}), ErrorCode::OutputIsInput);
}

}  // namespace
}  // namespace aiditor::app
