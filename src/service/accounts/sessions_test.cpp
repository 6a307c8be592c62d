#include "service/accounts/sessions.hpp"

#include "service/accounts/lifetimes.hpp"
#include "service/accounts/test_accounts.hpp"

#include <barrier>
#include <gmock/gmock.h>
#include <thread>

namespace aiditor::accounts {
namespace {

class SessionsTest : public TestAccounts {
protected:
    SessionTokens begin() {
        return database()
            .write([&](db::Session& session) {
                return sessions_.begin(session, user_, false, client_);
            })
            .value();
    }
    Result<std::string> rotate(std::string const& token) {
        auto next = sessions_.rotate(token, client_);
        if (!next) return std::unexpected(next.error());
        return next->refresh_token;
    }
    void SetUp() override {
        TestAccounts::SetUp();
        user_ = person("ann@example.org");
    }
    Client client_{.address = "192.0.2.1", .name = "Browser\n1.0"};
    std::string user_;
};
INSTANTIATE_TEST_SUITE_P(Databases, SessionsTest, db::testing::databases(), db::testing::name_of);

TEST_P(SessionsTest, EachRefreshTokenGivesTheNext) {
    auto const first = begin();
    auto token = first.refresh_token;
    for (int i = 0; i < 20; ++i) {
        clock_.at += 10 * kMinute;
        auto const next = sessions_.rotate(token, client_).value();
        EXPECT_EQ(next.user_id, user_);
        EXPECT_EQ(next.session_id, first.session_id);
        EXPECT_NE(next.refresh_token, token);
        token = next.refresh_token;
    }
    EXPECT_EQ(sessions_.live(first.session_id).value().user_id, user_);
}

TEST_P(SessionsTest, ARepeatWithinTheGraceGetsTheSameAnswer) {
    auto const first = begin();
    auto const second = rotate(first.refresh_token).value();
    clock_.at += kRefreshGrace;
    EXPECT_EQ(rotate(first.refresh_token).value(), second);
    EXPECT_TRUE(rotate(second));
}

TEST_P(SessionsTest, ALaterRepeatEndsTheFamilyAndIsRemembered) {
    auto const first = begin();
    auto const second = rotate(first.refresh_token).value();
    EXPECT_TRUE(sessions_.live(first.session_id));
    clock_.at += kRefreshGrace + 1;
    EXPECT_EQ(rotate(first.refresh_token).error().code, ErrorCode::NotSignedIn);
    EXPECT_EQ(rotate(second).error().code, ErrorCode::NotSignedIn);
    EXPECT_EQ(sessions_.live(first.session_id).error().code, ErrorCode::NotSignedIn);
    EXPECT_EQ(events("session.reused"), 1);
}

TEST_P(SessionsTest, AnOlderGenerationEndsTheFamilyAtOnce) {
    auto const first = begin();
    auto const third = rotate(rotate(first.refresh_token).value()).value();
    EXPECT_FALSE(rotate(first.refresh_token));
    EXPECT_FALSE(rotate(third));
}

TEST_P(SessionsTest, AClockSetBackMakesTheGraceNoLonger) {
    auto const first = begin();
    clock_.at += kHour;
    auto const second = rotate(first.refresh_token).value();
    clock_.at -= kHour;
    EXPECT_FALSE(rotate(first.refresh_token));
    EXPECT_FALSE(rotate(second));
}

TEST_P(SessionsTest, WhatWasNeverIssuedEndsNothing) {
    auto const first = begin();
    auto const& good = first.refresh_token;
    auto const mac = good.substr(good.rfind('.'));
    auto const key = good.substr(good.find('.') + 3, 8);
    for (auto const& token :
         {std::string(), std::string("."), good + "x", good.substr(0, good.size() - 1), good + ".x",
          " " + good, first.session_id + ".0." + key + mac, first.session_id + ".2." + key + mac,
          first.session_id + ".01." + key + mac, first.session_id + ".-1." + key + mac,
          first.session_id + ".99999999999999999999." + key + mac,
          first.session_id + ".1.aaaaaaaa" + mac, new_id("sess") + ".1." + key + mac,
          std::string(5000, 'x')})
        EXPECT_EQ(rotate(token).error().code, ErrorCode::NotSignedIn) << token;
    EXPECT_TRUE(rotate(good));
    EXPECT_EQ(events("session.reused"), 0);
}

TEST_P(SessionsTest, EndWhenIdleAndAtTheLatestAfterTheLongestTime) {
    auto const idle = begin();
    auto const used = begin();
    clock_.at += kSessionIdle - 1;
    auto token = rotate(used.refresh_token).value();
    clock_.at += 1;
    EXPECT_FALSE(rotate(idle.refresh_token));
    EXPECT_FALSE(sessions_.live(idle.session_id));
    EXPECT_TRUE(sessions_.live(used.session_id));
    clock_.at += kSessionIdle - 2;
    token = rotate(token).value();
    clock_.at += kSessionIdle - 1;
    token = rotate(token).value();
    clock_.at += kDay;
    EXPECT_FALSE(rotate(token));
    EXPECT_FALSE(sessions_.live(used.session_id));
}

TEST_P(SessionsTest, KeepTheirKeyWhenANewOneComes) {
    auto const first = begin();
    clock_.at += kHour;
    ASSERT_TRUE(keys_->rotate());
    clock_.at += kHour;
    auto const second = rotate(first.refresh_token).value();
    EXPECT_EQ(rotate(first.refresh_token).value(), second);
    auto const newer = begin().refresh_token;
    EXPECT_NE(newer.substr(newer.find('.') + 3, 8), second.substr(second.find('.') + 3, 8));
}

TEST_P(SessionsTest, EndedByAnotherProgramAreOverWithinASecond) {
    auto const first = begin();
    EXPECT_TRUE(sessions_.live(first.session_id));
    auto const other_database = another();
    Sessions other(*other_database, *keys_, clock_);
    ASSERT_TRUE(other.revoke(first.session_id, user_));
    EXPECT_FALSE(other.live(first.session_id));
    clock_.at += kLiveCache;
    EXPECT_EQ(sessions_.live(first.session_id).error().code, ErrorCode::NotSignedIn);
    EXPECT_FALSE(rotate(first.refresh_token));
}

TEST_P(SessionsTest, AreListedAndEndedByTheirOwnerAlone) {
    auto const first = begin();
    auto const second = begin();
    auto const list = sessions_.list(user_).value();
    ASSERT_EQ(list.size(), 3U) << "with the one of signing in";
    EXPECT_EQ(list[0].id, second.session_id);
    EXPECT_EQ(list[0].client, "Browser\\x0A1.0");
    EXPECT_EQ(sessions_.revoke(first.session_id, new_id("user")).error().code, ErrorCode::NotFound);
    EXPECT_TRUE(sessions_.revoke(first.session_id, user_));
    EXPECT_EQ(sessions_.revoke(first.session_id, user_).error().code, ErrorCode::NotFound);
    EXPECT_EQ(sessions_.list(user_).value().size(), 2U);
}

TEST_P(SessionsTest, TwoThousandDoubleRefreshesLoseNobody) {
    constexpr int kRounds = 2000;
    auto token = begin().refresh_token;
    auto const other_database = another();
    Sessions other(*other_database, *keys_, clock_);
    std::vector<std::string> mine(kRounds + 1), others(kRounds + 1);
    mine[0] = others[0] = token;
    std::barrier together(2);
    int lost = 0;
    std::jthread const thread([&] {
        for (std::size_t i = 0; i < kRounds; ++i) {
            together.arrive_and_wait();
            others[i + 1] = other.rotate(mine[i], client_).value_or(SessionTokens{}).refresh_token;
            together.arrive_and_wait();
        }
    });
    for (std::size_t i = 0; i < kRounds; ++i) {
        together.arrive_and_wait();
        mine[i + 1] = rotate(mine[i]).value_or("");
        together.arrive_and_wait();
        if (mine[i + 1].empty() || mine[i + 1] != others[i + 1]) ++lost;
    }
    EXPECT_EQ(lost, 0) << "of " << kRounds;
    EXPECT_EQ(events("session.reused"), 0);
    EXPECT_TRUE(rotate(mine.back()));
}

}  // namespace
}  // namespace aiditor::accounts
