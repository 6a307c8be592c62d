#include "service/accounts/users.hpp"

#include "service/accounts/lifetimes.hpp"
#include "service/accounts/test_accounts.hpp"

#include <gmock/gmock.h>
#include <thread>

namespace aiditor::accounts {
namespace {

using UsersTest = TestAccounts;
INSTANTIATE_TEST_SUITE_P(Databases, UsersTest, db::testing::databases(), db::testing::name_of);

constexpr std::string_view kOther = "four other words here";
AccountSettings const kWithMail{
    .registration = Registration::Open, .mail = true, .public_url = "https://a.example"};

TEST_P(UsersTest, RegisterOnceWithAWorkspaceOfTheirOwn) {
    auto const id = person(" Ann@Example.org ");
    auto const user = users_->get(id).value();
    EXPECT_EQ(user.email, "ann@example.org");
    EXPECT_FALSE(user.is_operator);
    auto const list = workspaces_.list(id).value();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_TRUE(list[0].personal);
    EXPECT_EQ(list[0].role, "owner");
    EXPECT_TRUE(users_->add("ann@example.org", std::string(kOther), std::nullopt, ""))
        << "says the same";
    EXPECT_FALSE(enter("ann@example.org", kOther));
    EXPECT_TRUE(enter("ann@example.org"));
}

TEST_P(UsersTest, AreRefusedWithBadAddressesAndPasswords) {
    for (auto const* email : {"", "ann", "@x.org", "ann@", "a@b@c", "a b@c.org",
                              "a@c.org\r\nBcc: x", "ann@.org", "a..b@c.org", "<ann@x.org>"})
        EXPECT_EQ(users_->add(email, std::string(kGoodPassword), std::nullopt, "").error().code,
                  ErrorCode::BadRequest)
            << email;
    EXPECT_EQ(users_->add("ann@x.org", "password", std::nullopt, "").error().code,
              ErrorCode::BadRequest);
}

TEST_P(UsersTest, ComeOnlyWithAnInviteWhereThatIsTheRule) {
    auto const boss = person("boss@example.org");
    use({.registration = Registration::Invite, .mail = false, .public_url = "https://a.example"});
    auto const add = [&](std::string const& email, std::optional<std::string> const& invite) {
        return users_->add(email, std::string(kGoodPassword), invite, "");
    };
    EXPECT_EQ(add("ann@x.org", std::nullopt).error().code, ErrorCode::NotAllowed);
    auto const link = users_->make_invite(boss).value();
    auto const secret = link.substr(link.find('#') + 1);
    EXPECT_TRUE(add("ann@x.org", secret));
    EXPECT_EQ(add("bob@x.org", secret).error().code, ErrorCode::NotAllowed) << "good once";
    use({.registration = Registration::Closed, .mail = false, .public_url = ""});
    EXPECT_EQ(add("bob@x.org", secret).error().code, ErrorCode::NotAllowed);
}

TEST_P(UsersTest, ProveTheirAddressWithTheLinkAndTheirPassword) {
    use(kWithMail);
    Sent sent;
    ASSERT_TRUE(users_->add("ann@x.org", std::string(kGoodPassword), std::nullopt, ""));
    EXPECT_EQ(enter("ann@x.org").error().kind, SignInRefusal::Kind::NotVerified);
    EXPECT_EQ(enter("ann@x.org", "wrong one here").error().kind, SignInRefusal::Kind::Wrong);
    ASSERT_EQ(outbox_.send_due(sent).value(), 1);
    EXPECT_EQ(sent.mails[0].to, "ann@x.org");
    EXPECT_EQ(users_->verify(sent.secret(), "wrong one here").error().code, ErrorCode::NotSignedIn);
    ASSERT_TRUE(users_->verify(sent.secret(), std::string(kGoodPassword)));
    EXPECT_EQ(users_->verify(sent.secret(), std::string(kGoodPassword)).error().code,
              ErrorCode::Gone);
    EXPECT_TRUE(enter("ann@x.org"));
}

TEST_P(UsersTest, CannotBePreparedByAStranger) {
    use(kWithMail);
    Sent sent;
    ASSERT_TRUE(users_->add("ann@x.org", std::string(kOther), std::nullopt, ""));  // the stranger
    ASSERT_TRUE(users_->add("ann@x.org", std::string(kGoodPassword), std::nullopt, ""));
    ASSERT_EQ(outbox_.send_due(sent).value(), 2);
    EXPECT_FALSE(users_->verify(sent.secret(), std::string(kOther)));
    EXPECT_TRUE(users_->verify(sent.secret(), std::string(kGoodPassword)));
    ASSERT_TRUE(users_->add("ann@x.org", std::string(kOther), std::nullopt, ""));
    EXPECT_TRUE(enter("ann@x.org")) << "a proven address stays whose it is";
    EXPECT_EQ(outbox_.send_due(sent).value(), 1);
    EXPECT_THAT(sent.mails.back().body, testing::HasSubstr("one already"));
}

TEST_P(UsersTest, GetANewPasswordByMailAndAreSignedOutEverywhere) {
    auto const id = person("ann@x.org");
    auto const session = enter("ann@x.org")->tokens.session_id;
    use(kWithMail);
    Sent sent;
    ASSERT_TRUE(users_->request_reset("ann@x.org", "192.0.2.1"));
    ASSERT_EQ(outbox_.send_due(sent).value(), 1);
    EXPECT_EQ(users_->reset(sent.secret(), "password", "").error().code, ErrorCode::BadRequest);
    ASSERT_TRUE(users_->reset(sent.secret(), std::string(kOther), ""));
    EXPECT_EQ(users_->reset(sent.secret(), std::string(kOther), "").error().code, ErrorCode::Gone);
    EXPECT_FALSE(sessions_.live(session));
    EXPECT_TRUE(sessions_.list(id).value().empty());
    EXPECT_FALSE(enter("ann@x.org"));
    EXPECT_TRUE(enter("ann@x.org", kOther));
}

TEST_P(UsersTest, ResetLinksEndAndTheNewestAloneIsGood) {
    person("ann@x.org");
    use(kWithMail);
    Sent sent;
    ASSERT_TRUE(users_->request_reset("ann@x.org", ""));
    ASSERT_EQ(outbox_.send_due(sent).value(), 1);
    auto const first = sent.secret();
    ASSERT_TRUE(users_->request_reset("ann@x.org", ""));
    ASSERT_EQ(outbox_.send_due(sent).value(), 1);
    EXPECT_EQ(users_->reset(first, std::string(kOther), "").error().code, ErrorCode::Gone);
    clock_.at += kResetLifetime;
    EXPECT_EQ(users_->reset(sent.secret(), std::string(kOther), "").error().code, ErrorCode::Gone);
    EXPECT_TRUE(users_->request_reset("nobody@x.org", "")) << "says the same";
    EXPECT_EQ(outbox_.send_due(sent).value(), 0);
}

TEST_P(UsersTest, WithoutMailGetTheirLinkFromTheOperator) {
    auto const id = person("ann@x.org");
    EXPECT_EQ(users_->request_reset("ann@x.org", "").error().code, ErrorCode::NotConfigured);
    auto const link = users_->reset_link(id, "user_x").value();
    EXPECT_TRUE(users_->reset(link.substr(link.find('#') + 1), std::string(kOther), ""));
    EXPECT_EQ(users_->reset_link(new_id("user"), "user_x").error().code, ErrorCode::NotFound);
}

TEST_P(UsersTest, ChangeTheirPasswordAndStaySignedInHereAlone) {
    auto const id = person("ann@x.org");
    auto const here = enter("ann@x.org")->tokens.session_id;
    auto const there = enter("ann@x.org")->tokens.session_id;
    EXPECT_EQ(users_->change_password(id, "wrong", std::string(kOther), here).error().code,
              ErrorCode::NotSignedIn);
    ASSERT_TRUE(users_->change_password(id, std::string(kGoodPassword), std::string(kOther), here));
    EXPECT_TRUE(sessions_.live(here));
    EXPECT_FALSE(sessions_.live(there));
    EXPECT_EQ(events("password.changed"), 1);
}

TEST_P(UsersTest, AreKeptOutAtOnceWhenSuspended) {
    auto const id = person("ann@x.org");
    auto const session = enter("ann@x.org")->tokens.session_id;
    auto const workspace = workspaces_.list(id).value()[0].id;
    ASSERT_TRUE(users_->suspend(id, true, "user_x"));
    EXPECT_FALSE(sessions_.live(session));
    EXPECT_EQ(workspaces_.role_of(id, workspace).value(), std::nullopt);
    EXPECT_EQ(enter("ann@x.org").error().kind, SignInRefusal::Kind::Suspended);
    ASSERT_TRUE(users_->suspend(id, false, "user_x"));
    EXPECT_TRUE(enter("ann@x.org"));
    EXPECT_EQ(users_->suspend(new_id("user"), true, "x").error().code, ErrorCode::NotFound);
}

TEST_P(UsersTest, TheFirstOperatorComesByAOneTimeLink) {
    auto const old = users_->make_setup_secret().value().value();
    auto const secret = users_->make_setup_secret().value().value();
    EXPECT_EQ(users_->set_up(old, "boss@x.org", std::string(kGoodPassword)).error().code,
              ErrorCode::Gone);
    auto const id = users_->set_up(secret, "boss@x.org", std::string(kGoodPassword)).value();
    EXPECT_TRUE(users_->get(id).value().is_operator);
    EXPECT_EQ(users_->set_up(secret, "eve@x.org", std::string(kGoodPassword)).error().code,
              ErrorCode::Gone);
    EXPECT_EQ(users_->make_setup_secret().value(), std::nullopt);
    EXPECT_EQ(users_->set_operator(id, false, id).error().code, ErrorCode::Conflict);
    EXPECT_EQ(users_->suspend(id, true, id).error().code, ErrorCode::Conflict);
    auto const second = person("ann@x.org");
    ASSERT_TRUE(users_->set_operator(second, true, id));
    EXPECT_TRUE(users_->set_operator(id, false, id));
}

TEST_P(UsersTest, TheSetUpLinkEndsAndIsGoodForOneOfManyAtOnce) {
    auto const late = users_->make_setup_secret().value().value();
    clock_.at += kSetupLifetime;
    EXPECT_EQ(users_->set_up(late, "boss@x.org", std::string(kGoodPassword)).error().code,
              ErrorCode::Gone);
    auto const secret = users_->make_setup_secret().value().value();
    std::atomic<int> in = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, i] {
                if (users_->set_up(secret, fmt::format("u{}@x.org", i), std::string(kGoodPassword)))
                    ++in;
            });
    }
    EXPECT_EQ(in, 1);
}

TEST_P(UsersTest, TheOnlyOwnerNeedsNoPasswordAndKeepsWhatHeHasWhenOthersCome) {
    auto const owner = users_->ensure_owner().value();
    EXPECT_EQ(users_->ensure_owner().value(), owner);
    EXPECT_TRUE(users_->get(owner).value().is_operator);
    EXPECT_FALSE(enter("owner@localhost", "")) << "nobody signs in without a password";
    auto const secret = users_->make_setup_secret().value().value();
    EXPECT_EQ(users_->set_up(secret, "boss@x.org", std::string(kGoodPassword)).value(), owner);
    EXPECT_EQ(enter("boss@x.org")->tokens.user_id, owner);
}

TEST_P(UsersTest, AreForgottenWhenTheyAskForItAndTheGraceIsOver) {
    auto const boss = users_->ensure_owner().value();
    auto const id = person("ann@x.org"), other = person("bob@x.org");
    auto const mine = workspaces_.list(id).value()[0].id;
    auto const shared = workspaces_.create("Team", id).value().id;
    auto const invite = workspaces_.invite(shared, "bob@x.org", api::Role::Owner, id).value();
    ASSERT_TRUE(workspaces_.accept(invite, other));
    auto const here = enter("ann@x.org")->tokens.session_id;
    EXPECT_EQ(users_->request_deletion(id, "wrong", here).error().code, ErrorCode::NotSignedIn);
    ASSERT_TRUE(users_->request_deletion(id, std::string(kGoodPassword), here));
    EXPECT_TRUE(users_->due_deletions().value().empty());
    EXPECT_EQ(users_->erase(id).error().code, ErrorCode::NotFound) << "not yet";
    clock_.at += kDeletionGrace;
    EXPECT_THAT(users_->due_deletions().value(), testing::ElementsAre(id));
    EXPECT_THAT(users_->lonely_workspaces(id).value(), testing::ElementsAre(mine));
    ASSERT_TRUE(users_->erase(id));
    EXPECT_EQ(users_->get(id).error().code, ErrorCode::NotFound);
    EXPECT_EQ(workspaces_.members(shared).value().size(), 1U);
    EXPECT_TRUE(users_->get(boss));
}

TEST_P(UsersTest, AreNotForgottenWhenTheyChangeTheirMindOrLeaveOthersWithoutAnOwner) {
    auto const boss = users_->ensure_owner().value();
    auto const id = person("ann@x.org"), other = person("bob@x.org");
    auto const shared = workspaces_.create("Team", id).value().id;
    auto const invite = workspaces_.invite(shared, "bob@x.org", api::Role::Editor, id).value();
    ASSERT_TRUE(workspaces_.accept(invite, other));
    EXPECT_EQ(users_->request_deletion(id, std::string(kGoodPassword), "").error().code,
              ErrorCode::Conflict);
    ASSERT_TRUE(users_->request_deletion(other, std::string(kGoodPassword), ""));
    ASSERT_TRUE(users_->withdraw_deletion(other));
    clock_.at += kDeletionGrace;
    EXPECT_TRUE(users_->due_deletions().value().empty());
    EXPECT_TRUE(users_->get(boss));
}

}  // namespace
}  // namespace aiditor::accounts
