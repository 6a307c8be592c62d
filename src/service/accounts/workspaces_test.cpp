#include "service/accounts/workspaces.hpp"

#include "service/accounts/lifetimes.hpp"
#include "service/accounts/test_accounts.hpp"

#include <gmock/gmock.h>
#include <thread>

namespace aiditor::accounts {
namespace {

using api::Role;

class WorkspacesTest : public TestAccounts {
protected:
    void SetUp() override {
        TestAccounts::SetUp();
        ann_ = person("ann@x.org"), bob_ = person("bob@x.org"), eve_ = person("eve@x.org");
        team_ = workspaces_.create("Team", ann_).value().id;
    }
    void join(std::string const& email, std::string const& user, Role role) {
        ASSERT_TRUE(workspaces_.accept(workspaces_.invite(team_, email, role, ann_).value(), user));
    }
    std::string ann_, bob_, eve_, team_;
};
INSTANTIATE_TEST_SUITE_P(Databases, WorkspacesTest, db::testing::databases(), db::testing::name_of);

TEST_P(WorkspacesTest, GiveTheirMembersRolesAndStrangersNone) {
    join("bob@x.org", bob_, Role::Editor);
    EXPECT_EQ(workspaces_.role_of(ann_, team_).value(), Role::Owner);
    EXPECT_EQ(workspaces_.role_of(bob_, team_).value(), Role::Editor);
    EXPECT_EQ(workspaces_.role_of(eve_, team_).value(), std::nullopt);
    EXPECT_EQ(workspaces_.role_of(ann_, new_id("ws")).value(), std::nullopt);
    EXPECT_EQ(workspaces_.get(team_, eve_).error().code, ErrorCode::NotFound);
    EXPECT_EQ(workspaces_.get(team_, bob_).value().role, "editor");
    EXPECT_EQ(workspaces_.members(team_).value().size(), 2U);
}

TEST_P(WorkspacesTest, HaveNamesForPeople) {
    ASSERT_TRUE(workspaces_.rename(team_, "Freitag abend", ann_));
    EXPECT_EQ(workspaces_.get(team_, ann_).value().name, "Freitag abend");
    for (auto const& bad : {std::string(), std::string("   "), std::string("a\nb"),
                            std::string(101, 'x'), std::string("\xff")})
        EXPECT_EQ(workspaces_.create(bad, ann_).error().code, ErrorCode::BadRequest) << bad;
    EXPECT_EQ(workspaces_.rename(new_id("ws"), "x", ann_).error().code, ErrorCode::NotFound);
}

TEST_P(WorkspacesTest, KeepTheirLastOwner) {
    join("bob@x.org", bob_, Role::Admin);
    EXPECT_EQ(workspaces_.remove(team_, ann_, ann_).error().code, ErrorCode::Conflict);
    EXPECT_EQ(workspaces_.set_role(team_, ann_, Role::Editor, ann_).error().code,
              ErrorCode::Conflict);
    ASSERT_TRUE(workspaces_.set_role(team_, bob_, Role::Owner, ann_));
    EXPECT_TRUE(workspaces_.remove(team_, ann_, ann_));
    EXPECT_EQ(workspaces_.role_of(ann_, team_).value(), std::nullopt);
}

TEST_P(WorkspacesTest, KeepAnOwnerWhenTwoLeaveAtOnce) {
    for (int round = 0; round < 20; ++round) {
        team_ = workspaces_.create("Team", ann_).value().id;
        join("bob@x.org", bob_, Role::Owner);
        std::atomic<int> left = 0;
        {
            std::jthread const one([&] { left += workspaces_.remove(team_, ann_, ann_) ? 1 : 0; });
            std::jthread const two([&] { left += workspaces_.remove(team_, bob_, bob_) ? 1 : 0; });
        }
        ASSERT_EQ(left, 1);
    }
}

TEST_P(WorkspacesTest, LetNobodyActAboveTheirRole) {
    join("bob@x.org", bob_, Role::Admin);
    join("eve@x.org", eve_, Role::Editor);
    EXPECT_EQ(workspaces_.set_role(team_, eve_, Role::Owner, bob_).error().code,
              ErrorCode::NotAllowed);
    EXPECT_EQ(workspaces_.set_role(team_, bob_, Role::Owner, bob_).error().code,
              ErrorCode::NotAllowed);
    EXPECT_EQ(workspaces_.remove(team_, ann_, bob_).error().code, ErrorCode::NotAllowed);
    EXPECT_EQ(workspaces_.set_role(team_, bob_, Role::Viewer, eve_).error().code,
              ErrorCode::NotAllowed);
    EXPECT_EQ(workspaces_.invite(team_, "x@x.org", Role::Owner, bob_).error().code,
              ErrorCode::NotAllowed);
    EXPECT_EQ(workspaces_.invite(team_, "x@x.org", Role::Viewer, eve_).error().code,
              ErrorCode::NotAllowed);
    EXPECT_TRUE(workspaces_.set_role(team_, eve_, Role::Viewer, bob_));
    EXPECT_TRUE(workspaces_.remove(team_, eve_, eve_)) << "everybody may leave";
    EXPECT_EQ(workspaces_.remove(team_, eve_, bob_).error().code, ErrorCode::NotFound);
}

TEST_P(WorkspacesTest, InviteOneAddressOnceAndForAWhile) {
    auto const secret = workspaces_.invite(team_, "Bob@x.org", Role::Editor, ann_).value();
    EXPECT_EQ(workspaces_.accept(secret, eve_).error().code, ErrorCode::Gone) << "not hers";
    ASSERT_EQ(workspaces_.accept(secret, bob_).value(), team_);
    EXPECT_EQ(workspaces_.accept(secret, bob_).error().code, ErrorCode::Gone);
    auto const late = workspaces_.invite(team_, "eve@x.org", Role::Editor, ann_).value();
    clock_.at += kInviteLifetime;
    EXPECT_EQ(workspaces_.accept(late, eve_).error().code, ErrorCode::Gone);
    EXPECT_TRUE(workspaces_.invitations(team_).value().empty());
}

TEST_P(WorkspacesTest, TakeInvitationsBackAlsoWhenWhoInvitedLostTheRight) {
    join("bob@x.org", bob_, Role::Admin);
    auto const by_bob = workspaces_.invite(team_, "eve@x.org", Role::Editor, bob_).value();
    ASSERT_TRUE(workspaces_.set_role(team_, bob_, Role::Viewer, ann_));
    EXPECT_EQ(workspaces_.accept(by_bob, eve_).error().code, ErrorCode::Gone);
    auto const list = workspaces_.invitations(team_).value();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_TRUE(workspaces_.withdraw(team_, list[0].id));
    EXPECT_EQ(workspaces_.withdraw(team_, list[0].id).error().code, ErrorCode::NotFound);
}

TEST_P(WorkspacesTest, OfOnePersonStayTheirs) {
    auto const mine = workspaces_.list(ann_).value()[0].id;
    EXPECT_EQ(workspaces_.invite(mine, "bob@x.org", Role::Viewer, ann_).error().code,
              ErrorCode::Conflict);
    EXPECT_EQ(workspaces_.remove(mine, ann_, ann_).error().code, ErrorCode::Conflict);
}

class ApiKeysTest : public WorkspacesTest {};
INSTANTIATE_TEST_SUITE_P(Databases, ApiKeysTest, db::testing::databases(), db::testing::name_of);

TEST_P(ApiKeysTest, StandForTheirOwnerInOneWorkspace) {
    auto const made =
        api_keys_
            .create(
                ann_,
                {.workspace_id = team_, .name = "script", .scopes = {"read", "upload"}, .days = 30})
            .value();
    EXPECT_THAT(made.secret, testing::MatchesRegex("aik_[A-Za-z0-9_-]+"));
    auto const principal = api_keys_.authenticate(made.secret).value();
    EXPECT_EQ(principal.kind, api::PrincipalKind::ApiKey);
    EXPECT_EQ(principal.user_id, ann_);
    EXPECT_EQ(principal.key_id, made.key.id);
    EXPECT_EQ(principal.workspace_id, team_);
    EXPECT_THAT(principal.scopes, testing::ElementsAre("read", "upload"));
    EXPECT_FALSE(principal.is_operator);
    auto const list = api_keys_.list(ann_).value();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].prefix, made.secret.substr(0, 8));
    EXPECT_EQ(list[0].last_used_at_us, clock_.now());
    clock_.at += 30 * kDay;
    EXPECT_EQ(api_keys_.authenticate(made.secret).error().code, ErrorCode::NotSignedIn);
}

TEST_P(ApiKeysTest, EndWithinASecondForAllPrograms) {
    ApiKeyWish const wish{
        .workspace_id = team_, .name = "script", .scopes = {"read"}, .days = std::nullopt};
    auto const made = api_keys_.create(ann_, wish).value();
    EXPECT_TRUE(api_keys_.authenticate(made.secret));
    ApiKeys other(database(), outbox_, clock_, {});
    EXPECT_EQ(other.revoke(made.key.id, bob_).error().code, ErrorCode::NotFound);
    ASSERT_TRUE(other.revoke(made.key.id, ann_));
    clock_.at += kLiveCache;
    EXPECT_FALSE(api_keys_.authenticate(made.secret));
}

TEST_P(ApiKeysTest, AreRefusedInAnyOtherForm) {
    auto const refuses = [&](ApiKeyWish const& wish) {
        return api_keys_.create(ann_, wish).error().code;
    };
    auto const none = std::optional<std::int64_t>();
    EXPECT_EQ(refuses({team_, "", {"read"}, none}), ErrorCode::BadRequest);
    EXPECT_EQ(refuses({team_, "x", {}, none}), ErrorCode::BadRequest);
    EXPECT_EQ(refuses({team_, "x", {"admin"}, none}), ErrorCode::BadRequest);
    EXPECT_EQ(refuses({team_, "x", {"read", "read"}, none}), ErrorCode::BadRequest);
    EXPECT_EQ(refuses({team_, "x", {"read"}, 0}), ErrorCode::BadRequest);
    EXPECT_EQ(api_keys_.create(eve_, {team_, "x", {"read"}, none}).error().code,
              ErrorCode::NotFound);
    for (auto const& secret : {std::string(), std::string("aik_"), "aik_" + std::string(43, 'A'),
                               std::string(100'000, 'a')})
        EXPECT_EQ(api_keys_.authenticate(secret).error().code, ErrorCode::NotSignedIn);
}

}  // namespace
}  // namespace aiditor::accounts
