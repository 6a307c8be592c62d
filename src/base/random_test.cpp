#include "base/random.hpp"

#include "base/base64.hpp"

#include <gmock/gmock.h>
#include <set>

namespace aiditor {
namespace {

class StandingClock final : public Clock {
public:
    UtcMicros at = 1'700'000'000'123'456;
    [[nodiscard]] UtcMicros now() const override { return at; }
};

TEST(Ids, HaveTheFormOfUuidVersion7AfterTheirPrefix) {
    StandingClock const clock;
    auto const id = new_id("clip", clock);
    EXPECT_TRUE(is_id(id, "clip")) << id;
    EXPECT_EQ(id.size(), 5 + 32U);
    EXPECT_EQ(id[5 + 12], '7') << "version";
    EXPECT_THAT(id[5 + 16], testing::AnyOf('8', '9', 'a', 'b')) << "variant";
}

TEST(Ids, SortInTheOrderTheyWereMadeEvenWhenTheClockIsSetBack) {
    StandingClock clock;
    clock.at += 1'000'000'000'000;
    std::string last = new_id("x", clock);
    for (int i = 0; i < 10'000; ++i) {
        if (i == 5000) clock.at -= 3'600'000'000;
        auto const next = new_id("x", clock);
        ASSERT_LT(last, next) << i;
        last = next;
    }
}

TEST(Ids, OtherTextsAreNone) {
    auto const id = new_id("clip");
    EXPECT_FALSE(is_id(id, "job"));
    EXPECT_FALSE(is_id(id, "cli"));
    EXPECT_FALSE(is_id(id + "0", "clip"));
    EXPECT_FALSE(is_id("clip_" + std::string(32, 'g'), "clip"));
    EXPECT_FALSE(is_id("", "clip"));
}

TEST(Secrets, DifferAndGoIntoAHeader) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random_secret());
    EXPECT_EQ(seen.size(), 1000U);
    EXPECT_THAT(*seen.begin(), testing::MatchesRegex("[A-Za-z0-9_-]+"));
    EXPECT_EQ(seen.begin()->size(), 43U);
}

TEST(Base64Url, RoundTripsAndTakesNothingElse) {
    for (std::string const bytes : {"", "a", "ab", "abc", "\xff\xfe\xfd\xfb"})
        EXPECT_EQ(from_base64url(base64url(bytes)), bytes);
    EXPECT_EQ(base64url("\xff\xef"), "_-8");
    for (auto const* text : {"a", "YQ==", "YR", "+w", "Y Q", "_-9"})
        EXPECT_EQ(from_base64url(text), std::nullopt) << text;
}

}  // namespace
}  // namespace aiditor
