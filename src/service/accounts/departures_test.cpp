#include "service/accounts/departures.hpp"

#include "service/accounts/lifetimes.hpp"
#include "service/accounts/test_accounts.hpp"

#include <gmock/gmock.h>

namespace aiditor::accounts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DeparturesTest : public TestAccounts {
protected:
    void SetUp() override {
        TestAccounts::SetUp();
        boss_ = person("boss@x.org");
        ann_ = person("ann@x.org");
        personal_ = workspaces_.list(ann_).value()[0].id;
        departures_ = std::make_unique<Departures>(
            database(), sessions_, *users_, clock_,
            [this](db::Session&, std::string const& workspace) -> Result<> {
                left_.push_back(workspace);
                return {};
            });
    }
    std::string boss_, ann_, personal_;
    std::vector<std::string> left_;
    std::unique_ptr<Departures> departures_;
};
INSTANTIATE_TEST_SUITE_P(Databases, DeparturesTest, db::testing::databases(), db::testing::name_of);

TEST_P(DeparturesTest, TakeAWorkspaceFromEverybodyAtOnceAndItsRowLast) {
    auto const team = workspaces_.create("team", ann_)->id;
    ASSERT_TRUE(workspaces_.invite(team, "bob@x.org", api::Role::Editor, ann_));
    ASSERT_TRUE(departures_->remove_workspace(team, ann_));
    EXPECT_THAT(left_, ElementsAre(team)) << "other rooms were told";
    EXPECT_FALSE(workspaces_.role_of(ann_, team)->has_value());
    EXPECT_THAT(workspaces_.invitations(team).value(), IsEmpty());
    EXPECT_THAT(departures_->gone_workspaces().value(), IsEmpty())
        << "requests under way end first";
    clock_.at += Departures::kSettle;
    EXPECT_THAT(departures_->gone_workspaces().value(), ElementsAre(team));
    ASSERT_TRUE(departures_->drop(team));
    EXPECT_THAT(departures_->gone_workspaces().value(), IsEmpty());
    EXPECT_EQ(departures_->remove_workspace(team, ann_).error().code, ErrorCode::NotFound);
}

TEST_P(DeparturesTest, KeepAPersonalWorkspaceAsLongAsItsPerson) {
    EXPECT_EQ(departures_->remove_workspace(personal_, ann_).error().code, ErrorCode::Conflict);
}

TEST_P(DeparturesTest, ForgetAPersonWhenNothingIsLeftOfTheirWorkspaces) {
    auto const team = workspaces_.create("team", ann_)->id;
    ASSERT_TRUE(users_->request_deletion(ann_, std::string(kGoodPassword), ""));
    EXPECT_EQ(departures_->forget_people().value(), 0);
    EXPECT_THAT(left_, IsEmpty()) << "not before the time has come";
    clock_.at += kDeletionGrace;
    auto const in = enter("ann@x.org");
    EXPECT_EQ(departures_->forget_people().value(), 0);
    EXPECT_FALSE(sessions_.live(in->tokens.session_id));
    EXPECT_THAT(left_, ::testing::UnorderedElementsAre(team, personal_));
    EXPECT_EQ(departures_->forget_people().value(), 0) << "their bytes are still there";
    clock_.at += Departures::kSettle;
    auto const gone = departures_->gone_workspaces().value();
    for (auto const& workspace : gone) ASSERT_TRUE(departures_->drop(workspace));
    EXPECT_EQ(departures_->forget_people().value(), 1);
    EXPECT_EQ(users_->get(ann_).error().code, ErrorCode::NotFound);
    EXPECT_TRUE(users_->get(boss_));
}

TEST_P(DeparturesTest, LeaveWhatOthersWorkIn) {
    auto const team = workspaces_.create("team", boss_)->id;
    auto const secret = workspaces_.invite(team, "ann@x.org", api::Role::Editor, boss_).value();
    ASSERT_TRUE(workspaces_.accept(secret, ann_));
    ASSERT_TRUE(users_->request_deletion(ann_, std::string(kGoodPassword), ""));
    clock_.at += kDeletionGrace;
    ASSERT_TRUE(departures_->forget_people());
    EXPECT_THAT(left_, ElementsAre(personal_));
    EXPECT_TRUE(workspaces_.role_of(boss_, team)->has_value());
}

}  // namespace
}  // namespace aiditor::accounts
