#include "timeline/event_marks.hpp"

#include "timeline/media_info.hpp"

#include <gmock/gmock.h>

namespace aiditor::timeline {
namespace {

using ::testing::HasSubstr;

std::string with_event(std::string const& event, std::string const& more = "") {
    return R"({"schema": "aiditor.events/1", )" + more + R"("events": [)" + event + "]}";
}
Result<EventMarks> read(std::string const& text) { return json::from_text<EventMarks>(text); }
std::string error_of(std::string const& text) {
    auto const marks = read(text);
    return marks ? "no error" : marks.error().message;
}

TEST(EventMarks, WhatIsLeftOutHasItsDefault) {
    auto const marks = read(with_event(R"({"at_s": 83.5})"));
    ASSERT_TRUE(marks) << marks.error().message;
    EXPECT_EQ(marks->offset_s, Time{});
    ASSERT_EQ(marks->events.size(), 1U);
    EXPECT_EQ(marks->events[0].at_s, milliseconds(83'500));
    EXPECT_EQ(marks->events[0].kind, "event");
    EXPECT_EQ(marks->events[0].weight, 3);
    EXPECT_FALSE(marks->events[0].text);
}

TEST(EventMarks, SurviveTheRoundTrip) {
    EventMarks marks;
    marks.offset_s = milliseconds(-1500);
    marks.events = {{.at_s = seconds(10), .kind = "kill", .weight = 0.25, .text = "Ann \"A\" é"},
                    {.at_s = EventMarks::kLatest, .text = std::nullopt}};
    auto const again = read(json::to_text(marks));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, marks);
}

TEST(EventMarks, EachLimitIsNamedWithItsPointer) {
    auto const text200 = std::string(200, 'x');
    EXPECT_TRUE(read(with_event(R"({"at_s": 14400, "weight": 10, "text": ")" + text200 + "\"}")));
    EXPECT_TRUE(read(with_event(R"({"at_s": 0, "weight": 0, "x_mine": []})")));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 0}, {"at_s": -0.1})")),
                HasSubstr("at /events/1/at_s: must not be negative"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 14400.1})")), HasSubstr("at most 4 hours"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1e300})")), HasSubstr("/events/0/at_s"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1, "weight": 10.5})")),
                HasSubstr("at /events/0/weight: must be from 0 to 10"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1, "weight": -1})")), HasSubstr("from 0 to 10"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1, "kind": ""})")), HasSubstr("1 to 40 bytes"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1, "kind": ")" + std::string(41, 'k') + "\"}")),
                HasSubstr("at /events/0/kind"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1, "kind": "\u001b[2J"})")),
                HasSubstr("control characters"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1, "text": "x)" + text200 + "\"}")),
                HasSubstr("at /events/0/text: must be at most 200 bytes"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1, "text": "\u202e"})")),
                HasSubstr("at /events/0/text: must not hold control"));
    EXPECT_THAT(error_of(with_event("", R"("offset_s": 14401, )")), HasSubstr("at /offset_s"));
}

TEST(EventMarks, NumbersAreFiniteAndTypesAreRight) {
    for (auto const* number : {"NaN", "nan", "Infinity", "-Infinity", "1e999", "-1e999"})
        for (std::string const key : {R"({"at_s": )", R"({"at_s": 1, "weight": )"})
            EXPECT_FALSE(read(with_event(key + number + "}"))) << key << number;
    EXPECT_FALSE(read(with_event(R"({"at_s": 1})", R"("offset_s": NaN, )")));
    EXPECT_THAT(error_of(with_event(R"({"at_s": "1"})")),
                HasSubstr("at /events/0/at_s: must be a finite number"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1, "text": 5})")),
                HasSubstr("at /events/0/text: must be text"));
    EXPECT_THAT(error_of(with_event(R"({"kind": "kill"})")), HasSubstr("/at_s: is missing"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1, "wieght": 5})")),
                HasSubstr("at /events/0/wieght: is not a known key"));
    EXPECT_THAT(error_of(with_event(R"({"at_s": 1, "at_s": 2})")), HasSubstr("same key twice"));
    EXPECT_THAT(error_of(with_event("7")), HasSubstr("at /events/0: must be an object"));
    EXPECT_THAT(error_of(R"({"schema": "aiditor.events/2", "events": []})"),
                HasSubstr(R"(at /schema: must be "aiditor.events/1")"));
    EXPECT_THAT(error_of(R"({"schema": "aiditor.events/1"})"), HasSubstr("at /events: is missing"));
    EXPECT_THAT(error_of(R"({"schema": "aiditor.events/1", "events": {}})"),
                HasSubstr("at /events: must be a list"));
}

TEST(EventMarks, TooManyAreRefused) {
    EventMarks marks;
    marks.events.resize(EventMarks::kMostEvents);
    EXPECT_TRUE(read(json::to_text(marks)));
    marks.events.resize(100'000);
    auto const refused = read(json::to_text(marks, json::Layout::OneLine));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::LimitReached);
    EXPECT_THAT(refused.error().message, HasSubstr("at /events: holds 100000 events; keep"));
}

TEST(EventMarks, InsideAClipTheyAreMovedByTheOffsetAndSorted) {
    EventMarks marks;
    marks.offset_s = seconds(-100);
    for (int const at : {220, 110, 99, 100, 221})
        marks.events.push_back({.at_s = seconds(at), .text = std::nullopt});
    auto const used = inside(marks, seconds(120));
    EXPECT_EQ(used.offset_s, Time{});
    std::vector<Time> times;
    for (auto const& mark : used.events) times.push_back(mark.at_s);
    EXPECT_THAT(times, ::testing::ElementsAre(seconds(0), seconds(10), seconds(120)));
}

TEST(MediaInfo, ChaptersMayBeAbsentAndAreChecked) {
    MediaInfo info;
    auto const plain = json::to_text(info);
    EXPECT_THAT(plain, Not(HasSubstr("chapters")));
    EXPECT_TRUE(json::from_text<MediaInfo>(plain)) << "files of earlier versions have none";

    auto const survives = [&](Chapter const& chapter) {
        info.chapters = {chapter};
        return json::from_text<MediaInfo>(json::to_text(info)).has_value();
    };
    EXPECT_TRUE(survives({.start_s = seconds(1), .end_s = seconds(1), .title = "Unnamed 1"}));
    EXPECT_FALSE(survives({.start_s = seconds(2), .end_s = seconds(1), .title = ""}));
    EXPECT_FALSE(survives({.start_s = seconds(-2), .end_s = seconds(1), .title = ""}));
    EXPECT_FALSE(survives({.start_s = {}, .end_s = {}, .title = "\x1b[2J"}));
    EXPECT_FALSE(survives({.start_s = {}, .end_s = {}, .title = std::string(65, 'x')}));
    info.chapters = std::vector<Chapter>(MediaInfo::kMostChapters + 1);
    EXPECT_FALSE(json::from_text<MediaInfo>(json::to_text(info)));
}

}  // namespace
}  // namespace aiditor::timeline
