#include "timeline/likes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aiditor::timeline {
namespace {

using testing::HasSubstr;

std::string with(std::string const& marks) {
    return R"({"schema": "aiditor.likes/1", "marks": [)" + marks + "]}";
}

TEST(Likes, ComeBackAsTheyWere) {
    Likes const likes{{{.at_s = milliseconds(83'500),
                        .like = false,
                        .sha256 = "abc",
                        .file = "a.mp4",
                        .sound = std::vector<float>(Likes::kSoundValues, -0.25F)}}};
    auto const again = json::from_text<Likes>(json::to_text(likes));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, likes);
}

TEST(Likes, TimeThumbAndClipAreEnough) {
    EXPECT_TRUE(json::from_text<Likes>(with(R"({"at_s": 1, "like": true, "sha256": "a"})")));
    EXPECT_TRUE(json::from_text<Likes>(with("")));
}

TEST(Likes, WhatIsWrongIsNamed) {
    struct Case {
        std::string marks, place;
    };
    for (auto const& [marks, place] : {
             Case{R"({"at_s": -1, "like": true, "sha256": "a"})", "/marks/0/at_s"},
             Case{R"({"at_s": 99999, "like": true, "sha256": "a"})", "/marks/0/at_s"},
             Case{R"({"at_s": NaN, "like": true, "sha256": "a"})", "line 1"},
             Case{R"({"at_s": 1, "like": 1, "sha256": "a"})", "/marks/0/like"},
             Case{R"({"at_s": 1, "like": true})", "/marks/0"},
             Case{R"({"at_s": 1, "like": true, "file": "a", "sound": [1]})", "/marks/0/sound"},
             Case{R"({"at_s": 1, "like": true, "file": "a", "sound": [1e999]})", ""},
             Case{R"({"at_s": 1, "like": true, "file": "a", "liked": 1})", "/marks/0/liked"},
         }) {
        auto const likes = json::from_text<Likes>(with(marks));
        ASSERT_FALSE(likes) << marks;
        EXPECT_EQ(likes.error().code, ErrorCode::BadJson);
        EXPECT_THAT(likes.error().message, HasSubstr(place));
    }
}

TEST(Likes, ASoundOutOfRangeIsNamed) {
    Likes likes{{{.at_s = {},
                  .like = true,
                  .sha256 = {},
                  .file = {},
                  .sound = std::vector<float>(Likes::kSoundValues, 0)}}};
    ASSERT_TRUE(likes.validate(""));
    likes.marks[0].sound->back() = 4.5F;
    EXPECT_THAT(likes.validate("").error().message, HasSubstr("/marks/0/sound/55"));
}

TEST(Likes, AnotherSchemaIsRefused) {
    auto const likes = json::from_text<Likes>(R"({"schema": "aiditor.events/1", "marks": []})");
    ASSERT_FALSE(likes);
    EXPECT_THAT(likes.error().message, HasSubstr("aiditor.likes/1"));
}

TEST(Likes, MoreThanAThousandAreTooMany) {
    Likes likes;
    likes.marks.assign(Likes::kMostMarks + 1,
                       {.at_s = {}, .like = true, .sha256 = "a", .file = {}, .sound = {}});
    EXPECT_EQ(likes.validate("").error().code, ErrorCode::LimitReached);
    likes.marks.pop_back();
    EXPECT_TRUE(likes.validate(""));
}

}  // namespace
}  // namespace aiditor::timeline
