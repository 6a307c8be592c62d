#include "service/api/rate_limits.hpp"

#include <gmock/gmock.h>

namespace aiditor::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr RateLimit kThreePerMinute{"login", 3, seconds(60)};

class RateLimitsTest : public ::testing::Test {
protected:
    std::chrono::steady_clock::time_point now{seconds(1000)};
    RateLimits limits{[this] { return now; }, 100};
};

TEST_F(RateLimitsTest, ABurstPassesAndThenAsManyAsTheWindowBrings) {
    for (int left : {2, 1, 0}) {
        auto const state = limits.count("a", kThreePerMinute);
        EXPECT_TRUE(state.allowed);
        EXPECT_EQ(state.remaining, left);
    }
    auto refused = limits.count("a", kThreePerMinute);
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.retry_after, seconds(20));
    EXPECT_EQ(refused.reset, seconds(60));
    EXPECT_TRUE(limits.count("b", kThreePerMinute).allowed) << "keys are counted apart";

    now += seconds(20) - milliseconds(1);
    EXPECT_FALSE(limits.count("a", kThreePerMinute).allowed);
    now += milliseconds(1);
    EXPECT_TRUE(limits.count("a", kThreePerMinute).allowed) << "Retry-After was the truth";
    EXPECT_FALSE(limits.count("a", kThreePerMinute).allowed);
    now += seconds(60);
    EXPECT_EQ(limits.count("a", kThreePerMinute).remaining, 2);
}

TEST_F(RateLimitsTest, RefusalsCostNothing) {
    for (int i = 0; i < 1000; ++i) static_cast<void>(limits.count("a", kThreePerMinute));
    now += seconds(20);
    EXPECT_TRUE(limits.count("a", kThreePerMinute).allowed);
}

TEST_F(RateLimitsTest, TheTableStaysBounded) {
    for (int i = 0; i < 3; ++i) static_cast<void>(limits.count("victim", kThreePerMinute));
    for (int i = 0; i < 1000; ++i)
        static_cast<void>(limits.count("key" + std::to_string(i), kThreePerMinute));
    EXPECT_LE(limits.size(), 100U);
    now += seconds(61);
    static_cast<void>(limits.count("new", kThreePerMinute));
    EXPECT_EQ(limits.size(), 1U) << "keys at rest are forgotten when room is needed";
}

TEST(RateHeaders, SayWhatIsLeft) {
    Headers headers;
    add_rate_headers(headers, kThreePerMinute,
                     {.allowed = true, .remaining = 2, .reset = seconds(20)});
    EXPECT_EQ(headers.find("RateLimit-Policy"), "\"login\";q=3;w=60");
    EXPECT_EQ(headers.find("RateLimit"), "\"login\";r=2;t=20");
    EXPECT_FALSE(headers.find("Retry-After"));
    add_rate_headers(headers, kThreePerMinute, {.allowed = false, .retry_after = seconds(7)});
    EXPECT_EQ(headers.find("Retry-After"), "7");
}

}  // namespace
}  // namespace aiditor::api
