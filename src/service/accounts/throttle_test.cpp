#include "service/accounts/throttle.hpp"

#include "service/accounts/lifetimes.hpp"
#include "service/accounts/standing_clock.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace aiditor::accounts {
namespace {

TEST(NetworkOf, KeepsTheLeadingBits) {
    EXPECT_EQ(network_of("203.0.113.77", 24, 48), "203.0.113.0/24");
    EXPECT_EQ(network_of("203.0.113.77", 32, 64), "203.0.113.77/32");
    EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6", 24, 48), "2001:db8:1::/48");
    EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6", 32, 64), "2001:db8:1:2::/64");
    EXPECT_EQ(network_of("::ffff:203.0.113.77", 24, 48), "203.0.113.0/24");
    EXPECT_EQ(network_of("nonsense", 24, 48), "nonsense");
}

TEST(SignInThrottle, MakesWaitLongerAfterEachFailureAndThenForTheRestOfTheWindow) {
    StandingClock clock;
    SignInThrottle throttle(clock);
    SignInAttempt const attempt{"ann@example.org", "203.0.113.7", ""};
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 10; ++i) {
        if (auto const wait = throttle.refuse(attempt)) {
            waits.push_back(*wait);
            clock.at += *wait * kMicrosPerSecond;
            ASSERT_EQ(throttle.refuse(attempt), std::nullopt);
        }
    }
    EXPECT_THAT(waits, testing::ElementsAre(1, 2, 4, 8, 16, 32, 64));
    EXPECT_EQ(throttle.refuse(attempt), 900 - 127);
    clock.at += (900 - 127) * kMicrosPerSecond;
    EXPECT_EQ(throttle.refuse(attempt), std::nullopt);
}

TEST(SignInThrottle, ASuccessForgetsTheFailuresOfItsNetwork) {
    StandingClock clock;
    SignInThrottle throttle(clock);
    SignInAttempt const attempt{"ann@example.org", "203.0.113.7", ""};
    for (int i = 0; i < 500; ++i) {
        ASSERT_EQ(throttle.refuse(attempt), std::nullopt) << i;
        throttle.succeeded(attempt);
    }
}

TEST(SignInThrottle, LooksAtNoMoreThanAHundredGuessesAnHourAndTheOwnersDeviceStillGetsIn) {
    StandingClock clock;
    SignInThrottle throttle(clock);
    int evaluated = 0;
    for (int i = 0; i < 10'000; ++i) {
        clock.at += kHour / 10'000;
        auto const address = fmt::format("198.{}.{}.9", 18 + i % 1000 / 256, i % 256);
        if (!throttle.refuse({"ann@example.org", address, ""})) ++evaluated;
    }
    EXPECT_GE(evaluated, 90);
    EXPECT_LE(evaluated, 100);
    EXPECT_NE(throttle.refuse({"ann@example.org", "192.0.2.1", ""}), std::nullopt);
    EXPECT_EQ(throttle.refuse({"ann@example.org", "192.0.2.1", "dev1"}), std::nullopt);
    EXPECT_EQ(throttle.refuse({"bob@example.org", "192.0.2.1", ""}), std::nullopt);
}

TEST(SignInThrottle, HoldsAKnownDeviceToItsOwnLimit) {
    StandingClock clock;
    SignInThrottle throttle(clock);
    int evaluated = 0;
    for (int i = 0; i < 900; ++i) {
        clock.at += kMicrosPerSecond;
        auto const address = fmt::format("198.18.{}.9", i % 256);
        if (!throttle.refuse({"ann@example.org", address, "stolen"})) ++evaluated;
    }
    EXPECT_LE(evaluated, 10);
}

TEST(SignInThrottle, HoldsOneAddressToAThousandAnHourOverAllAccounts) {
    StandingClock clock;
    SignInThrottle throttle(clock);
    int evaluated = 0;
    for (int i = 0; i < 3000; ++i)
        if (!throttle.refuse({fmt::format("user{}@example.org", i), "203.0.113.7", ""}))
            ++evaluated;
    EXPECT_EQ(evaluated, 1000);
    EXPECT_EQ(throttle.refuse({"ann@example.org", "203.0.113.8", ""}), std::nullopt);
}

TEST(SignInThrottle, ForgetsFailuresThatAClockSetBackPutIntoTheFuture) {
    StandingClock clock;
    SignInThrottle throttle(clock);
    SignInAttempt const attempt{"ann@example.org", "203.0.113.7", ""};
    while (!throttle.refuse(attempt)) clock.at += 0;
    clock.at -= kDay;
    EXPECT_EQ(throttle.refuse(attempt), std::nullopt);
}

}  // namespace
}  // namespace aiditor::accounts
