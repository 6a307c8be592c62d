/// Sidecars as they are found: golden/NAME.in.* is one, golden/NAME.out.txt what is read from it,
/// one mark a line (seconds, kind, weight, text) or the error. Anyone can add a pair.

#include "engine/events/chapters.hpp"
#include "engine/events/csv_events.hpp"
#include "engine/events/sidecar.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

namespace aiditor::events {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using timeline::EventMarks;
using timeline::milliseconds;
using timeline::seconds;
using timeline::Time;

fs::path golden() { return fs::path(AIDITOR_SOURCE_DIR) / "src/engine/events/golden"; }

std::string bytes_of(fs::path const& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string shown(Result<EventMarks> const& marks) {
    if (!marks)
        return fmt::format("{}: {}\n", code_name(marks.error().code), marks.error().message);
    std::string out;
    if (marks->offset_s != Time{})
        out += fmt::format("offset {:.3f}\n", timeline::to_seconds(marks->offset_s));
    for (auto const& mark : marks->events)
        out += fmt::format("{:.3f} {} {:g}{}\n", timeline::to_seconds(mark.at_s), mark.kind,
                           mark.weight, mark.text ? " " + *mark.text : "");
    return out.empty() ? "no events\n" : out;
}

std::vector<fs::path> golden_inputs() {
    std::vector<fs::path> paths;
    for (auto const& entry : fs::directory_iterator(golden()))
        if (entry.path().filename().string().find(".in.") != std::string::npos)
            paths.push_back(entry.path());
    std::ranges::sort(paths);
    return paths;
}

TEST(Sidecar, GoldenFiles) {
    auto const inputs = golden_inputs();
    ASSERT_GE(inputs.size(), 20U);
    for (auto const& path : inputs) {
        auto const name = path.filename().string();
        auto const expected = golden() / (name.substr(0, name.find(".in.")) + ".out.txt");
        EXPECT_EQ(shown(marks_of_text(bytes_of(path))), bytes_of(expected)) << name;
    }
}

/// A folder of its own, removed at the end.
class SidecarFiles : public ::testing::Test {
protected:
    SidecarFiles() {
        auto pattern = (fs::temp_directory_path() / "aiditor-events-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    ~SidecarFiles() override { fs::remove_all(folder_); }
    std::string put(std::string const& name, std::string_view text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return (folder_ / name).string();
    }
    fs::path folder_;
};

TEST_F(SidecarFiles, TheLongerNameAndJsonGoFirst) {
    auto const clip = (folder_ / "my.clip.mp4").string();
    EXPECT_EQ(sidecar_of(clip), std::nullopt);
    for (std::string const name : {"my.clip.events.csv", "my.clip.events.json",
                                   "my.clip.mp4.events.csv", "my.clip.mp4.events.json"})
        EXPECT_EQ(sidecar_of(clip), put(name, "1\n")) << name;
    EXPECT_EQ(sidecar_of((folder_ / "my.clip.mkv").string()),
              (folder_ / "my.clip.events.json").string());
    EXPECT_EQ(sidecar_of((folder_ / "my.mp4").string()), std::nullopt);
}

TEST_F(SidecarFiles, AFolderIsNoSidecarAndAPipeDoesNotBlock) {
    fs::create_directory(folder_ / "clip.events.json");
    EXPECT_EQ(sidecar_of((folder_ / "clip.mp4").string()), std::nullopt);
    ASSERT_EQ(mkfifo((folder_ / "clip.events.csv").c_str(), 0600), 0);
    auto const found = sidecar_of((folder_ / "clip.mp4").string());
    ASSERT_TRUE(found);
    auto const marks = read_sidecar(*found);
    ASSERT_FALSE(marks);
    EXPECT_THAT(marks.error().message, HasSubstr("clip.events.csv"));
}

TEST_F(SidecarFiles, ErrorsNameTheFile) {
    auto const path = put("a.events.csv", "1\nlater\n");
    EXPECT_EQ(read_sidecar(path).error().message,
              path + ": line 2: time: must be seconds or h:mm:ss, such as 83.5");
    EXPECT_EQ(read_sidecar(path + "x").error().code, ErrorCode::NotFound);
    auto const large = put("large.events.json", std::string(kMostSidecarBytes + 1, ' '));
    auto const refused = read_sidecar(large);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::LimitReached);
    EXPECT_THAT(refused.error().message, HasSubstr(large + ": is larger than 4 MiB; keep only"));
}

TEST(Sidecar, AHundredThousandEventsAreRefusedInEveryFormat) {
    auto const many = [](std::string text, std::string_view one, std::string_view end) {
        for (int i = 0; i < 100'000; ++i) text += one;
        text.resize(text.size() - 1);
        return marks_of_text(text += end);
    };
    auto const json = many(R"({"schema":"aiditor.events/1","events":[)", R"({"at_s":1},)", "]}");
    auto const steam = many(R"({"entries":[)", R"({"type":"event","time":"1"},)", "]}");
    auto const csv = many("", "1,kill\n", "\n");
    for (auto const& marks : {json, steam, csv}) {
        ASSERT_FALSE(marks);
        EXPECT_EQ(marks.error().code, ErrorCode::LimitReached) << marks.error().message;
    }
    EXPECT_THAT(csv.error().message, HasSubstr("line 10001: is one event too many; keep"));
}

TEST(Csv, TimesAreSecondsOrClockTimes) {
    EXPECT_EQ(time_of_text("0"), Time{});
    EXPECT_EQ(time_of_text("83.5"), milliseconds(83'500));
    EXPECT_EQ(time_of_text("83,5"), milliseconds(83'500));
    EXPECT_EQ(time_of_text("1:02.25"), milliseconds(62'250));
    EXPECT_EQ(time_of_text("2:03:04"), seconds(7384));
    EXPECT_EQ(time_of_text("90:00"), seconds(5400)) << "minutes may exceed an hour";
    for (std::string_view const bad :
         {"",       ":",       "1:",    ":1",          "-1",
          "+1",     "1e3",     "nan",   "inf",         "0x1",
          "1.",     ".5",      "1.2.3", "1:60",        "1:60:00",
          "1.5:00", "1:2:3:4", "1 2",   "99999999999", "9999999999:00:00"})
        EXPECT_EQ(time_of_text(bad), std::nullopt) << bad;
    EXPECT_EQ(time_of_text(std::string(500, '9')), std::nullopt);
}

/// Whatever the bytes, the answer is a value within the limits or one clear sentence.
void expect_sensible(std::string const& bytes) {
    auto const marks = marks_of_text(bytes);
    if (marks) {
        EXPECT_TRUE(marks->validate(""));
        for (auto const& mark : marks->events) EXPECT_FALSE(timeline::flaw_of(mark));
        EXPECT_TRUE(json::from_text<EventMarks>(json::to_text(*marks)));
    } else {
        EXPECT_GT(marks.error().message.size(), 10U);
        EXPECT_NE(marks.error().code, ErrorCode::Internal);
    }
}

TEST(Sidecar, RandomBytesNeverHarm) {
    std::mt19937_64 random(20240607);
    auto const below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    constexpr std::string_view kLikely = "{}[]\":,;.0123456789eE-+ \r\n\\ut/schema";
    for (int i = 0; i < 3000; ++i) {
        std::string bytes(below(200), '\0');
        for (auto& c : bytes)
            c = i % 2 == 0 ? kLikely[below(kLikely.size())] : static_cast<char>(below(256));
        expect_sensible(bytes);
    }
    for (auto const& path : golden_inputs()) {
        auto const whole = bytes_of(path);
        for (int i = 0; i < 150; ++i) {
            auto bytes = whole.substr(0, i % 3 == 0 ? below(whole.size() + 1) : whole.size());
            for (auto n = below(4); n > 0 && !bytes.empty(); --n)
                bytes[below(bytes.size())] =
                    i % 2 == 0 ? kLikely[below(kLikely.size())] : static_cast<char>(below(256));
            if (!bytes.empty() && i % 5 == 0)
                bytes.insert(below(bytes.size()), bytes.substr(0, 40));
            expect_sensible(bytes);
        }
    }
}

timeline::MediaInfo clip_with(std::vector<std::pair<double, std::string>> const& starts,
                              double duration) {
    timeline::MediaInfo media;
    media.duration_s = timeline::from_seconds(duration);
    media.chapters.emplace();
    for (auto const& [at, title] : starts)
        media.chapters->push_back(
            {.start_s = timeline::from_seconds(at), .end_s = media.duration_s, .title = title});
    return media;
}
std::string marks_in(std::vector<std::pair<double, std::string>> const& starts, double duration) {
    return shown(marks_of(clip_with(starts, duration)));
}

TEST(Chapters, MarkersOfObsAreMarks) {
    EXPECT_EQ(
        marks_in({{0, "Start"}, {61.5, "Unnamed 1"}, {100, "Clutch!"}, {130, "Chapter 4"}}, 300),
        "61.500 marker 5\n"
        "100.000 chapter 3 Clutch!\n"
        "130.000 chapter 3\n");
}

TEST(Chapters, TheStartOfTheClipIsNoMark) {
    EXPECT_EQ(marks_in({{0, "Whole film"}}, 300), "no events\n");
    EXPECT_EQ(marks_in({{0.2, "Start"}, {40, "Unnamed 1"}}, 60), "40.000 marker 5\n");
    EXPECT_EQ(shown(marks_of(timeline::MediaInfo())), "no events\n");
}

TEST(Chapters, EqualSlicesAreNoMarks) {
    EXPECT_EQ(marks_in({{0, "Chapter 1"}, {300, "Chapter 2"}, {600.4, "Chapter 3"}}, 700),
              "no events\n");
    EXPECT_NE(marks_in({{0, "a"}, {300, "b"}, {600, "c"}}, 3000), "no events\n")
        << "the last part is no slice";
    EXPECT_NE(marks_in({{0, "a"}, {300, "b"}, {660, "c"}}, 900), "no events\n");
    EXPECT_NE(marks_in({{0, "a"}, {30, "b"}}, 60), "no events\n") << "two parts prove nothing";
}

}  // namespace
}  // namespace aiditor::events
