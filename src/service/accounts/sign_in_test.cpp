#include "service/accounts/sign_in.hpp"

#include "service/accounts/lifetimes.hpp"
#include "service/accounts/test_accounts.hpp"
#include "service/accounts/totp.hpp"

#include <gmock/gmock.h>

namespace aiditor::accounts {
namespace {

using Kind = SignInRefusal::Kind;

class SignInTest : public TestAccounts {
protected:
    void SetUp() override {
        TestAccounts::SetUp();
        ann_ = person("ann@x.org");
    }
    /// Turns the second factor on; the secret, and the recovery codes.
    std::vector<std::string> add_factor() {
        EXPECT_TRUE(factor_.begin(ann_));
        auto const row = database()
                             .read([&](db::Session& session) {
                                 return session.row(
                                     {"t", "SELECT totp_sealed FROM users WHERE id = $1"}, {ann_});
                             })
                             .value();
        secret_ = keys_->ring()->open(row->text("totp_sealed"), "totp/" + ann_).value();
        auto const session = enter("ann@x.org")->tokens.session_id;
        auto codes = factor_.confirm(ann_, code(), session).value();
        sessions_.forget();
        EXPECT_TRUE(sessions_.live(session).value().second_factor);
        clock_.at += kTotpStep;
        return codes;
    }
    std::string code() const { return totp_code(secret_, clock_.now() / kTotpStep); }
    std::string ann_, secret_;
};
INSTANTIATE_TEST_SUITE_P(Databases, SignInTest, db::testing::databases(), db::testing::name_of);

TEST_P(SignInTest, SaysTheSameForAWrongPasswordAndForNobody) {
    EXPECT_EQ(enter("ann@x.org", "wrong").error().kind, Kind::Wrong);
    EXPECT_EQ(enter("nobody@x.org").error().kind, Kind::Wrong);
    EXPECT_EQ(enter("no address").error().kind, Kind::Wrong);
    EXPECT_EQ(enter("ann@x.org'; DROP TABLE users; --").error().kind, Kind::Wrong);
}

TEST_P(SignInTest, GivesTokensThatStandForTheSession) {
    auto const in = enter("ann@x.org").value();
    auto const claims = access_.verify(in.access_token).value();
    EXPECT_EQ(claims.sub, ann_);
    EXPECT_EQ(claims.sid, in.tokens.session_id);
    EXPECT_EQ(sessions_.rotate(in.tokens.refresh_token, {}).value().user_id, ann_);
}

TEST_P(SignInTest, AsksForTheSecondFactorOnlyWhoKnowsThePassword) {
    add_factor();
    EXPECT_EQ(enter("ann@x.org", "wrong").error().kind, Kind::Wrong);
    EXPECT_EQ(enter("ann@x.org").error().kind, Kind::NeedsCode);
    auto const used = code();
    auto const in = enter("ann@x.org", kGoodPassword, used);
    ASSERT_TRUE(in);
    EXPECT_TRUE(sessions_.live(in->tokens.session_id).value().second_factor);
    EXPECT_EQ(enter("ann@x.org", kGoodPassword, used).error().kind, Kind::Wrong) << "good once";
}

TEST_P(SignInTest, TakesEachRecoveryCodeOnce) {
    auto const codes = add_factor();
    EXPECT_TRUE(enter("ann@x.org", kGoodPassword, codes[3]));
    EXPECT_EQ(enter("ann@x.org", kGoodPassword, codes[3]).error().kind, Kind::Wrong);
    auto const renewed = factor_.renew_codes(ann_).value();
    EXPECT_EQ(enter("ann@x.org", kGoodPassword, codes[4]).error().kind, Kind::Wrong);
    EXPECT_TRUE(enter("ann@x.org", kGoodPassword, renewed[4]));
}

TEST_P(SignInTest, TheSecondFactorIsAddedOnceAndRemovedWhole) {
    add_factor();
    EXPECT_EQ(factor_.begin(ann_).error().code, ErrorCode::Conflict);
    EXPECT_EQ(factor_.confirm(ann_, code(), "").error().code, ErrorCode::Conflict);
    ASSERT_TRUE(factor_.remove(ann_, ann_));
    EXPECT_TRUE(enter("ann@x.org"));
    EXPECT_FALSE(factor_.check(ann_, code()).value());
    ASSERT_TRUE(factor_.begin(ann_));
    EXPECT_EQ(factor_.confirm(ann_, "abc", "").error().code, ErrorCode::NotSignedIn);
    EXPECT_EQ(factor_.begin(new_id("user")).error().code, ErrorCode::NotFound);
}

TEST_P(SignInTest, MakesGuessersWaitAndLetsTheKnownDeviceIn) {
    auto const device = enter("ann@x.org")->device;
    auto const attempt = [&](std::string const& address, std::string const& cookie,
                             std::string_view password) {
        return sign_in_
            ->with_password({.email = "ann@x.org",
                             .password = std::string(password),
                             .code = std::nullopt,
                             .device = cookie},
                            {.address = address, .name = ""})
            .value();
    };
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(attempt(fmt::format("198.51.{}.1", i), "", "a wrong guess").error().kind,
                  Kind::Wrong);
    auto const refused = attempt("203.0.113.1", "", kGoodPassword);
    EXPECT_EQ(refused.error().kind, Kind::TooOften);
    EXPECT_GT(refused.error().wait_s, 0);
    EXPECT_TRUE(attempt("203.0.113.1", device, kGoodPassword));
}

TEST_P(SignInTest, KnowsADeviceByACookieOfThatAccountAlone) {
    auto const cookie = sign_in_->device_cookie("ann@x.org");
    auto const id = sign_in_->device_of(cookie, "ann@x.org");
    EXPECT_FALSE(id.empty());
    EXPECT_EQ(sign_in_->device_of(cookie, "ann@x.org"), id);
    EXPECT_EQ(sign_in_->device_of(cookie, "bob@x.org"), "");
    for (std::size_t i = 0; i < cookie.size(); ++i) {
        auto changed = cookie;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(sign_in_->device_of(changed, "ann@x.org"), "") << i;
        EXPECT_EQ(sign_in_->device_of(cookie.substr(0, i), "ann@x.org"), "") << i;
    }
    clock_.at += kDeviceLifetime;
    EXPECT_EQ(sign_in_->device_of(cookie, "ann@x.org"), "");
}

TEST_P(SignInTest, HashesThePasswordAnewWhenTheCostRose) {
    Passwords dearer({.passes = 2, .memory_bytes = 16384}, 4);
    SignIn later(database(), *keys_, dearer, sessions_, factor_, access_, outbox_, clock_,
                 settings());
    Credentials const ann{.email = "ann@x.org",
                          .password = std::string(kGoodPassword),
                          .code = std::nullopt,
                          .device = ""};
    ASSERT_TRUE(later.with_password(ann, {}).value());
    auto const row = database().read([&](db::Session& session) {
        return session.row({"t", "SELECT password_hash FROM users WHERE id = $1"}, {ann_});
    });
    EXPECT_FALSE(dearer.needs_rehash(row.value()->text("password_hash")));
    EXPECT_TRUE(later.with_password(ann, {}).value());
}

class OutboxTest : public TestAccounts {
protected:
    void put(std::string const& to) {
        ASSERT_TRUE(database().write([&](db::Session& session) {
            return outbox_.put(session, {.to = to, .subject = "s", .body = "secret#abc\n"});
        }));
    }
    std::int64_t waiting() {
        return database()
            .read([](db::Session& session) {
                return session.row({"t", "SELECT COUNT(*) AS n FROM outgoing_mails"});
            })
            .value()
            ->integer("n");
    }
};
INSTANTIATE_TEST_SUITE_P(Databases, OutboxTest, db::testing::databases(), db::testing::name_of);

TEST_P(OutboxTest, SendsEachMailOnceAndNoneToNobody) {
    Sent sent;
    put("ann@x.org");
    put("");
    put("bob@x.org");
    EXPECT_EQ(outbox_.send_due(sent).value(), 2);
    EXPECT_EQ(outbox_.send_due(sent).value(), 0);
    EXPECT_EQ(waiting(), 0);
    EXPECT_EQ(sent.secret(), "abc");
}

TEST_P(OutboxTest, TriesAgainLaterAndGivesUpAtLast) {
    Sent sent;
    sent.answer = fail(ErrorCode::Unavailable, "no server");
    put("ann@x.org");
    EXPECT_EQ(outbox_.send_due(sent).value(), 0);
    EXPECT_EQ(outbox_.send_due(sent).value(), 0);
    EXPECT_EQ(sent.mails.size(), 1U) << "not before its time";
    for (int i = 0; i < 20; ++i) {
        clock_.at += kDay;
        EXPECT_TRUE(outbox_.send_due(sent));
    }
    EXPECT_EQ(sent.mails.size(), static_cast<std::size_t>(Outbox::kMostAttempts));
    EXPECT_EQ(waiting(), 0);
}

TEST_P(OutboxTest, DropsWhatWillNeverGo) {
    Sent sent;
    sent.answer = fail(ErrorCode::BadRequest, "no such address");
    put("ann@x.org");
    EXPECT_TRUE(outbox_.send_due(sent));
    EXPECT_EQ(waiting(), 0);
}

TEST_P(OutboxTest, KeepsItsTextFromWhoeverReadsTheDatabase) {
    put("ann@x.org");
    auto const row = database().read([](db::Session& session) {
        return session.row({"t", "SELECT sealed FROM outgoing_mails"});
    });
    EXPECT_EQ(row.value()->text("sealed").find("secret"), std::string::npos);
}

}  // namespace
}  // namespace aiditor::accounts
