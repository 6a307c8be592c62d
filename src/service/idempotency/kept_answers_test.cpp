#include "service/idempotency/kept_answers.hpp"

#include "service/db/testing.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <thread>

namespace aiditor::idempotency {
namespace {

using db::testing::must;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr db::Query kAll{"test/all", "SELECT id, answer FROM idempotency_keys"};
constexpr db::Query kAge{"test/age",
                         "UPDATE idempotency_keys SET claimed_at_us = claimed_at_us - "
                         "CAST($1 AS bigint)"};

api::IdempotencyKey key(std::string request_id, std::string fingerprint = "print") {
    return {.owner = "user_1",
            .operation = "create_project",
            .key = "k",
            .fingerprint = std::move(fingerprint),
            .request_id = std::move(request_id)};
}

api::KeptAnswer answer(std::string body) {
    return {.status = 201,
            .content_type = "application/json",
            .location = "/here",
            .etag = "\"1\"",
            .body = std::move(body)};
}

class KeptAnswersTest : public db::testing::EachDatabase {
protected:
    KeptAnswers::Options options() {
        return {.seal = {.seal =
                             [](std::string const& plain, std::string const& context) {
                                 return context + "|" + std::string(plain.rbegin(), plain.rend());
                             },
                         .open = [](std::string const& sealed,
                                    std::string const& context) -> Result<std::string> {
                             if (!sealed.starts_with(context + "|"))
                                 return fail(ErrorCode::Internal, "another context");
                             auto const text = sealed.substr(context.size() + 1);
                             return std::string(text.rbegin(), text.rend());
                         }},
                .on_trouble = [this](Error const&) { ++troubles; }};
    }
    void grow_old(std::chrono::microseconds by) {
        must(database().write([&](db::Session& s) { return s.change(kAge, {by.count()}); }));
    }
    [[nodiscard]] db::Rows rows() {
        return must(database().read([](db::Session& s) { return s.rows(kAll); }));
    }
    ErrorCode refused(api::IdempotencyKey const& key) {
        auto const claimed = kept.claim(key);
        EXPECT_FALSE(claimed);
        return claimed ? ErrorCode::Internal : claimed.error().code;
    }

    int troubles = 0;
    KeptAnswers kept{database(), options()};
};
INSTANTIATE_TEST_SUITE_P(Databases, KeptAnswersTest, db::testing::databases(),
                         db::testing::name_of);

TEST_P(KeptAnswersTest, ARepetitionGetsTheFirstAnswerAlsoFromAnotherNode) {
    EXPECT_EQ(must(kept.claim(key("req_1"))), std::nullopt);
    EXPECT_EQ(refused(key("req_2")), ErrorCode::Conflict) << "the first is at work";
    kept.finish(key("req_1"), answer(R"({"token":"secret"})"));
    KeptAnswers other(database(), options());
    auto const again = must(other.claim(key("req_3")));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, 201);
    EXPECT_EQ(again->content_type, "application/json");
    EXPECT_EQ(again->location, "/here");
    EXPECT_EQ(again->etag, "\"1\"");
    EXPECT_EQ(again->body, R"({"token":"secret"})");
    EXPECT_THAT(rows().at(0).text("answer"), Not(HasSubstr("secret")));
}

TEST_P(KeptAnswersTest, AKeyIsForOneRequestOfOneOwnerAndOperation) {
    must(kept.claim(key("req_1")));
    EXPECT_EQ(refused(key("req_2", "other")), ErrorCode::Conflict);
    kept.finish(key("req_1"), answer("{}"));
    EXPECT_EQ(refused(key("req_2", "other")), ErrorCode::Conflict);
    auto theirs = key("req_3");
    theirs.owner = "user_2";
    EXPECT_EQ(must(kept.claim(theirs)), std::nullopt);
    auto elsewhere = key("req_4");
    elsewhere.operation = "create_projec";
    elsewhere.key = "tk";
    EXPECT_EQ(must(kept.claim(elsewhere)), std::nullopt);
}

TEST_P(KeptAnswersTest, WhatChangedNothingMayBeTriedAgain) {
    must(kept.claim(key("req_1")));
    kept.finish(key("req_1"), std::nullopt);
    EXPECT_TRUE(rows().empty());
    EXPECT_EQ(must(kept.claim(key("req_2", "other"))), std::nullopt);
}

TEST_P(KeptAnswersTest, AClaimWhoseServerDiedIsFreedAndItsLateEndChangesNothing) {
    must(kept.claim(key("req_dead")));
    grow_old(kAbandoned - std::chrono::seconds(10));
    EXPECT_EQ(refused(key("req_2")), ErrorCode::Conflict);
    grow_old(std::chrono::seconds(20));
    EXPECT_EQ(must(kept.claim(key("req_2"))), std::nullopt);
    kept.finish(key("req_dead"), answer("late"));
    kept.finish(key("req_dead"), std::nullopt);
    EXPECT_EQ(refused(key("req_3")), ErrorCode::Conflict) << "req_2 is at work";
    kept.finish(key("req_2"), answer("timely"));
    EXPECT_EQ(must(kept.claim(key("req_3")))->body, "timely");
    EXPECT_EQ(troubles, 0);
}

TEST_P(KeptAnswersTest, AnswersAreKeptForADay) {
    must(kept.claim(key("req_1")));
    kept.finish(key("req_1"), answer("first"));
    grow_old(kKept - std::chrono::seconds(10));
    EXPECT_EQ(must(kept.sweep()), 0);
    EXPECT_EQ(must(kept.claim(key("req_2")))->body, "first");
    grow_old(std::chrono::seconds(20));
    EXPECT_EQ(must(kept.claim(key("req_2", "other"))), std::nullopt) << "also before the sweep";
    grow_old(kKept + std::chrono::seconds(20));
    EXPECT_EQ(must(kept.sweep()), 1);
    EXPECT_TRUE(rows().empty());
}

TEST_P(KeptAnswersTest, OfManyAtOnceOneGetsTheKey) {
    constexpr int kThreads = 8, kRounds = 20;
    for (int round = 0; round < kRounds; ++round) {
        std::atomic<int> won = 0, refused_ones = 0;
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i)
            threads.emplace_back([&, i] {
                auto mine = key(fmt::format("req_{}", i));
                mine.key = fmt::format("round {}", round);
                auto const claimed = kept.claim(mine);
                if (claimed && !*claimed) ++won;
                if (!claimed && claimed.error().code == ErrorCode::Conflict) ++refused_ones;
            });
        threads.clear();
        EXPECT_EQ(won, 1);
        EXPECT_EQ(refused_ones, kThreads - 1);
    }
}

TEST_P(KeptAnswersTest, ADatabaseThatIsAwayIsTold) {
    auto const hurried = another({.connections = 1, .wait_ms = 1});
    KeptAnswers kept_there(*hurried, options());
    must(kept_there.claim(key("req_1")));
    must(hurried->write([&](db::Session&) -> Result<> {
        kept_there.finish(key("req_1"), answer("{}"));
        return {};
    }));
    EXPECT_EQ(troubles, 1);
}

}  // namespace
}  // namespace aiditor::idempotency
