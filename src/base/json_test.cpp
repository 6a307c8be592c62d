#include "base/json.hpp"

#include <gmock/gmock.h>

namespace aiditor::json {
namespace {

using ::testing::HasSubstr;

struct Point {
    int x = 0;
    std::optional<std::string> name;
    std::vector<double> values;
};
BOOST_DESCRIBE_STRUCT(Point, (), (x, name, values))

TEST(Json, AStructSurvivesTheRoundTrip) {
    Point const p{.x = -3, .name = "a/b", .values = {0.1, 1e300}};
    auto const again = from_text<Point>(to_text(p));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->x, -3);
    EXPECT_EQ(again->name, "a/b");
    EXPECT_EQ(again->values, p.values);
}

TEST(Json, ErrorsNameThePointer) {
    auto const message = [](std::string_view text) {
        return from_text<Point>(text).error().message;
    };
    EXPECT_THAT(message(R"({"values": []})"), HasSubstr("/x: is missing"));
    EXPECT_THAT(message(R"({"x": 1.5, "values": []})"), HasSubstr("/x: must be a whole number"));
    EXPECT_THAT(message(R"({"x": 1, "values": [0, "a"]})"),
                HasSubstr("/values/1: must be a finite number"));
    EXPECT_THAT(message(R"({"x": 1, "values": [], "a/b": 2})"),
                HasSubstr("/a~1b: is not a known key"));
    EXPECT_TRUE(from_text<Point>(R"({"x": 1, "values": [], "x_mine": 2})"));
}

TEST(Json, AKeyGivenTwiceIsRefusedAtAnyDepth) {
    EXPECT_EQ(parse(R"({"a": 1, "a": 2})").error().code, ErrorCode::BadJson);
    EXPECT_EQ(parse(R"([{"a": {"b": 1, "c": 2, "b": 1}}])").error().code, ErrorCode::BadJson);
    EXPECT_TRUE(parse(R"([{"a": 1}, {"a": 2}])"));
}

TEST(Json, MalformedTextSaysWhere) {
    EXPECT_THAT(parse("{\n  \"a\": }").error().message, HasSubstr("line 2"));
    EXPECT_FALSE(parse("{} {}"));
    EXPECT_FALSE(parse("\"\xff\""));
    EXPECT_FALSE(parse(std::string(100, '[') + std::string(100, ']'))) << "nesting is limited";
}

TEST(Json, SecondsHaveNineDigits) {
    EXPECT_EQ(print(Value{{"start_s", 1.5}, {"x", 0.1}}, Layout::OneLine),
              R"({"start_s":1.500000000,"x":0.1})");
}

}  // namespace
}  // namespace aiditor::json
