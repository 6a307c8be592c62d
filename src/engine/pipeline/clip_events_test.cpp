#include "engine/pipeline/clip_events.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <unistd.h>

namespace aiditor::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using timeline::seconds;

class Notes final : public Reporter {
public:
    void started(Stage, Work const&) override {}
    void progress(Stage, double) override {}
    void finished(Stage, Work const&) override {}
    void note(std::string const& text) override { notes.push_back(text); }
    void problem(ClipProblem const& problem) override { notes.push_back(problem.message); }
    std::vector<std::string> notes;
};

class EventsFor : public ::testing::Test {
protected:
    EventsFor() {
        auto pattern = (fs::temp_directory_path() / "aiditor-clips-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    ~EventsFor() override { fs::remove_all(folder_); }
    void put(std::string const& name, std::string_view text) const {
        std::ofstream(folder_ / name) << text;
    }
    /// Adds a clip of a minute; only its name counts.
    timeline::MediaInfo& add(std::string const& name) {
        auto& media = set_.clips.emplace_back().media;
        media.file = (folder_ / name).string();
        media.duration_s = seconds(60);
        return media;
    }
    std::vector<std::int64_t> times_of(std::size_t clip) const {
        std::vector<std::int64_t> out;
        for (auto const& mark : found_.at(clip).events)
            out.push_back(mark.at_s.flicks / timeline::Time::kPerSecond);
        return out;
    }
    void find() { found_ = events_for(set_, told_); }

    fs::path folder_;
    AnalysisSet set_;
    Notes told_;
    std::vector<timeline::EventMarks> found_;
};

TEST_F(EventsFor, EachClipGetsItsSidecarAndItsChaptersInTimeOrder) {
    add("a.mp4");
    auto& b = add("b.mp4");
    b.chapters = {{.start_s = seconds(20), .end_s = seconds(60), .title = "Unnamed 1"}};
    put("a.events.csv", "0:05;kill\n");
    put("b.mp4.events.json",
        R"({"schema": "aiditor.events/1", "offset_s": -100,
            "events": [{"at_s": 140}, {"at_s": 110}, {"at_s": 99}]})");
    find();
    EXPECT_THAT(times_of(0), ElementsAre(5));
    EXPECT_THAT(times_of(1), ElementsAre(10, 20, 40));
    EXPECT_EQ(found_[1].events[1].kind, "marker");
    EXPECT_THAT(told_.notes,
                ElementsAre(HasSubstr("a.events.csv: 1 event"),
                            HasSubstr("b.mp4.events.json: 2 events; 1 event outside")));
}

TEST_F(EventsFor, AMalformedSidecarIsToldAndIgnored) {
    auto& a = add("a.mp4");
    a.chapters = {{.start_s = seconds(20), .end_s = seconds(60), .title = "Ace"}};
    put("a.events.json", R"({"schema": "aiditor.events/1", "events": [{"at_s": NaN}]})");
    find();
    EXPECT_THAT(times_of(0), ElementsAre(20)) << "its chapters still count";
    EXPECT_THAT(told_.notes, ElementsAre(AllOf(HasSubstr("a.events.json: line 1, column"),
                                               HasSubstr("events are ignored"))));
}

TEST_F(EventsFor, WithoutMarksNothingIsSaid) {
    add("a.mp4");
    fs::create_directory(folder_ / "a.events.json");
    put("b.events.json", "not read");
    find();
    EXPECT_THAT(times_of(0), ElementsAre());
    EXPECT_THAT(told_.notes, ElementsAre());
}

}  // namespace
}  // namespace aiditor::pipeline
