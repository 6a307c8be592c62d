#include "service/clips/objects.hpp"

#include "service/db/testing.hpp"

#include <fmt/format.h>
#include <random>

namespace aiditor::clips {
namespace {

using db::testing::must;

constexpr db::Query kAddWorkspace{
    "test/add_workspace",
    "INSERT INTO workspaces (id, name, created_at_us, members_changed_at_us) "
    "VALUES ($1, $1, 0, 0)"};
constexpr db::Query kSums{
    "test/sums",
    "SELECT CAST(coalesce(sum(CASE state WHEN 'committed' THEN size ELSE 0 END), 0) AS bigint) "
    "AS committed, CAST(coalesce(sum(CASE state WHEN 'staged' THEN size ELSE 0 END), 0) AS bigint) "
    "AS reserved FROM objects WHERE workspace_id = $1"};
constexpr db::Query kAge{"test/age", "UPDATE objects SET changed_at_us = 0 WHERE key = $1"};
constexpr db::Query kCount{"test/count", "SELECT count(*) AS n FROM objects"};

class ObjectsTest : public db::testing::EachDatabase {
protected:
    void SetUp() override {
        for (auto const* id : {"ws_a", "ws_b"})
            must(database().write([&](db::Session& s) { return s.change(kAddWorkspace, {id}); }));
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }
    template <class F>
    auto write(F const& work) {
        return database().write(work);
    }
    Result<> put_in_stage(std::string_view key, std::int64_t size, Quota quota = {}) {
        return write([&](db::Session& s) { return stage(s, "ws_a", key, size, quota); });
    }
    Result<> put_in(std::string_view key, std::int64_t size) {
        return write([&](db::Session& s) { return commit(s, key, size, "hash"); });
    }
    void drop(std::string_view key) {
        must(write([&](db::Session& s) { return mark_deleting(s, key); }));
    }
    void age(std::string_view key) {
        must(write([&](db::Session& s) { return s.change(kAge, {key}); }));
    }
    Usage used(std::string_view workspace = "ws_a") {
        return must(database().read([&](db::Session& s) { return usage(s, workspace); }));
    }
    std::int64_t rows() {
        return must(database().read([](db::Session& s) { return s.row(kCount); }))->integer("n");
    }
    void expect_exact() {
        auto const sums =
            must(database().read([](db::Session& s) { return s.row(kSums, {"ws_a"}); }));
        EXPECT_EQ(used().committed_bytes, sums->integer("committed"));
        EXPECT_EQ(used().reserved_bytes, sums->integer("reserved"));
    }
    void write_bytes(std::string_view key, std::string_view bytes) {
        auto const writer = must(store_->create(key));
        must(writer->write(bytes));
        must(writer->commit());
    }
    static std::string new_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "objectsXXXXXX").string();
        return ::mkdtemp(name.data());
    }

    std::string folder_ = new_folder();
    std::unique_ptr<storage::ObjectStore> store_ = must(storage::local_store(folder_));
};
INSTANTIATE_TEST_SUITE_P(Databases, ObjectsTest, db::testing::databases(), db::testing::name_of);

TEST_P(ObjectsTest, AreCountedFromTheReservationToTheEnd) {
    must(put_in_stage("w/ws_a/a", 100));
    EXPECT_EQ(used().reserved_bytes, 100);
    must(put_in("w/ws_a/a", 80));
    EXPECT_EQ(used().reserved_bytes, 0);
    EXPECT_EQ(used().committed_bytes, 80);
    drop("w/ws_a/a");
    drop("w/ws_a/a");
    drop("w/ws_a/never-was");
    EXPECT_EQ(used().committed_bytes, 0);
    EXPECT_EQ(used("ws_b").committed_bytes, 0);
}

TEST_P(ObjectsTest, KeepToTheQuotaToTheByte) {
    must(put_in_stage("w/ws_a/a", 60, {.most_bytes = 100}));
    EXPECT_EQ(put_in_stage("w/ws_a/b", 41, {.most_bytes = 100}).error().code,
              ErrorCode::QuotaReached);
    must(put_in_stage("w/ws_a/b", 40, {.most_bytes = 100}));
    EXPECT_EQ(put_in_stage("w/ws_a/c", 1, {.most_bytes = 100}).error().code,
              ErrorCode::QuotaReached);
    must(put_in_stage("w/ws_a/c", 1));
    expect_exact();
}

TEST_P(ObjectsTest, AKeyIsUsedOnce) {
    must(put_in_stage("w/ws_a/a", 1));
    EXPECT_EQ(put_in_stage("w/ws_a/a", 1).error().code, ErrorCode::Conflict);
    expect_exact();
}

TEST_P(ObjectsTest, WhatIsNotStagedCannotBeCommitted) {
    EXPECT_EQ(put_in("w/ws_a/none", 1).error().code, ErrorCode::Stale);
    must(put_in_stage("w/ws_a/a", 1));
    must(put_in("w/ws_a/a", 1));
    EXPECT_EQ(put_in("w/ws_a/a", 1).error().code, ErrorCode::Stale);
    EXPECT_EQ(write([&](db::Session& s) { return touch(s, "w/ws_a/a"); }).error().code,
              ErrorCode::Stale);
    expect_exact();
}

TEST_P(ObjectsTest, TheSweepTakesWhatNobodyWantsAndNothingElse) {
    for (auto const* key : {"w/ws_a/kept", "w/ws_a/gone", "w/ws_a/old", "w/ws_a/new"}) {
        must(put_in_stage(key, 3));
        write_bytes(key, "abc");
    }
    must(put_in("w/ws_a/kept", 3));
    must(put_in("w/ws_a/gone", 3));
    drop("w/ws_a/gone");
    age("w/ws_a/kept");
    age("w/ws_a/old");
    EXPECT_EQ(must(sweep(database(), *store_)), 2);
    expect_exact();
    EXPECT_EQ(rows(), 2);
    EXPECT_TRUE(store_->facts("w/ws_a/kept"));
    EXPECT_TRUE(store_->facts("w/ws_a/new"));
    EXPECT_EQ(store_->facts("w/ws_a/gone").error().code, ErrorCode::NotFound);
    EXPECT_EQ(store_->facts("w/ws_a/old").error().code, ErrorCode::NotFound);
    EXPECT_EQ(must(sweep(database(), *store_)), 0);

    must(write([](db::Session& s) { return mark_all_deleting(s, "ws_a"); }));
    EXPECT_EQ(used().committed_bytes + used().reserved_bytes, 0);
    EXPECT_EQ(must(sweep(database(), *store_)), 2);
    EXPECT_EQ(rows(), 0);
}

TEST_P(ObjectsTest, WhatAnAttemptDidNotFinishIsDropped) {
    for (auto const* key : {"w/ws_a/clips/c/1/a", "w/ws_a/clips/c/2/b", "w/ws_a/clips/c/2/kept",
                            "w/ws_a/clips/cc/1/a"})
        must(put_in_stage(key, 10));
    must(put_in("w/ws_a/clips/c/2/kept", 10));
    write_bytes("w/ws_a/clips/c/1/a", "half");
    must(write([&](db::Session& s) { return drop_staged(s, "ws_b", "w/ws_a/clips/c/"); }));
    EXPECT_EQ(used().reserved_bytes, 30) << "another workspace's";
    must(write([&](db::Session& s) { return drop_staged(s, "ws_a", "w/ws_a/clips/c/"); }));
    EXPECT_EQ(used().reserved_bytes, 10);
    EXPECT_EQ(used().committed_bytes, 10);
    EXPECT_EQ(must(sweep(database(), *store_)), 2);
    EXPECT_FALSE(store_->facts("w/ws_a/clips/c/1/a"));
    EXPECT_EQ(rows(), 2);
    expect_exact();
}

TEST_P(ObjectsTest, AnObjectStillWrittenIsNotSwept) {
    must(put_in_stage("w/ws_a/a", 3));
    age("w/ws_a/a");
    must(write([](db::Session& s) { return touch(s, "w/ws_a/a"); }));
    EXPECT_EQ(must(sweep(database(), *store_)), 0);
}

TEST_P(ObjectsTest, UsageIsTheSumAfterRandomOperations) {
    std::mt19937 random(20260101);
    auto const below = [&](unsigned n) { return static_cast<int>(random() % n); };
    std::vector<std::string> keys;
    for (int i = 0; i < 300; ++i) {
        auto const key = keys.empty() ? std::string("w/ws_a/none") : keys[random() % keys.size()];
        switch (below(6)) {
        case 0:
        case 1:
            keys.push_back(fmt::format("w/ws_a/{}", i));
            (void)put_in_stage(keys.back(), below(1000), {.most_bytes = 20'000});
            break;
        case 2:
        case 3: (void)put_in(key, below(1000)); break;
        case 4: drop(key); break;
        default: age(key); must(sweep(database(), *store_));
        }
        if (i % 20 == 0) expect_exact();
    }
    expect_exact();
}

}  // namespace
}  // namespace aiditor::clips
