#include "service/jobs/jobs.hpp"

#include "service/db/testing.hpp"
#include "service/events/events.hpp"
#include "service/jobs/worker.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <latch>
#include <thread>

namespace aiditor::jobs {
namespace {

using db::testing::must;
using ::testing::ElementsAre;

constexpr db::Query kAddWorkspace{
    "test/add_workspace",
    "INSERT INTO workspaces (id, name, created_at_us, members_changed_at_us) "
    "VALUES ($1, $1, 0, 0)"};
constexpr db::Query kLeaseEnds{"test/lease_ends",
                               "UPDATE jobs SET lease_until_us = 1 WHERE id = $1"};
constexpr db::Query kFromTheFuture{
    "test/from_the_future",
    "UPDATE jobs SET ready_at_us = now_us() + CAST(3600000000 AS bigint), "
    "created_at_us = now_us() + CAST(3600000000 AS bigint) WHERE id = $1"};
constexpr db::Query kReady{"test/ready", "UPDATE jobs SET ready_at_us = 0 WHERE id = $1"};
constexpr db::Query kLanes{"test/lanes",
                           "SELECT l.waiting, (SELECT count(*) FROM jobs j WHERE j.workspace_id = "
                           "l.workspace_id AND j.state = 'queued') AS queued FROM job_lanes l"};

class JobsTest : public db::testing::EachDatabase {
protected:
    void SetUp() override {
        for (auto const* id : {"ws_a", "ws_b"})
            must(database().write([&](db::Session& s) { return s.change(kAddWorkspace, {id}); }));
    }
    void TearDown() override {
        for (auto const& row : must(database().read([](auto& s) { return s.rows(kLanes); })))
            EXPECT_EQ(row.integer("waiting"), row.integer("queued"));
    }

    std::string add(std::string workspace = "ws_a", int priority = 0) {
        NewJob const job{.workspace_id = std::move(workspace),
                         .kind = "test",
                         .subject_id = "clip_1",
                         .payload = "{}",
                         .priority = priority,
                         .delay_us = 0};
        return must(database().write([&](db::Session& s) { return enqueue(s, job); }));
    }
    std::optional<Job> take() { return must(claim(database(), "worker")); }
    template <class F>
    auto write(F const& work) {
        return database().write(work);
    }
    Job get(std::string const& id, std::string const& workspace = "ws_a") {
        return must(database().read([&](db::Session& s) { return find(s, workspace, id); }));
    }
    void change(db::Query const& query, std::string const& id) {
        must(database().write([&](db::Session& s) { return s.change(query, {id}); }));
    }
    std::vector<std::string> news() {
        std::vector<std::string> out;
        auto const replay =
            must(database().read([](db::Session& s) { return events::since(s, "ws_a", 0); }));
        for (auto const& event : replay.events) out.push_back(event.kind);
        return out;
    }
};
INSTANTIATE_TEST_SUITE_P(Databases, JobsTest, db::testing::databases_and_pooler(),
                         db::testing::name_of);

TEST_P(JobsTest, AreDoneOnceAndTellOfIt) {
    auto const id = add();
    auto const job = take();
    ASSERT_TRUE(job);
    EXPECT_EQ(job->id, id);
    EXPECT_EQ(job->state, State::Running);
    EXPECT_FALSE(take());
    must(write([&](db::Session& s) { return finish(s, *job, R"({"ok":1})"); }));
    EXPECT_EQ(get(id).state, State::Done);
    EXPECT_EQ(get(id).result, R"({"ok":1})");
    EXPECT_EQ(write([&](db::Session& s) { return finish(s, *job, "{}"); }).error().code,
              ErrorCode::Stale);
    EXPECT_THAT(news(), ElementsAre("job.queued", "job.running", "job.done"));
}

TEST_P(JobsTest, GoByTurnsBetweenWorkspacesAndByPriorityWithinOne) {
    auto const low = add("ws_a"), second = add("ws_a", 5);
    add("ws_a");
    auto const other = add("ws_b");
    EXPECT_EQ(take()->id, second);
    EXPECT_EQ(take()->id, other) << "ws_b has waited longer than ws_a now";
    EXPECT_EQ(take()->id, low);
}

TEST_P(JobsTest, ALateWorkerChangesNothing) {
    auto const id = add();
    auto const late = take();
    change(kLeaseEnds, id);
    EXPECT_EQ(must(reclaim(database())), 1);
    auto const job = take();
    ASSERT_TRUE(job);
    EXPECT_EQ(job->crashes, 1);
    EXPECT_EQ(heartbeat(database(), *late, "x", 0.5).error().code, ErrorCode::Stale);
    EXPECT_EQ(write([&](db::Session& s) { return finish(s, *late, "{}"); }).error().code,
              ErrorCode::Stale);
    EXPECT_EQ(
        write([&](db::Session& s) { return fail_attempt(s, *late, {ErrorCode::BadMedia, "no"}); })
            .error()
            .code,
        ErrorCode::Stale);
    EXPECT_EQ(get(id).state, State::Running);
    must(write([&](db::Session& s) { return finish(s, *job, "{}"); }));
}

TEST_P(JobsTest, ThatKillTheirWorkersAreSetAside) {
    auto const id = add();
    for (int i = 1; i <= kMostCrashes; ++i) {
        ASSERT_TRUE(take()) << i;
        change(kLeaseEnds, id);
        EXPECT_EQ(must(reclaim(database())), 1);
    }
    EXPECT_FALSE(take());
    EXPECT_EQ(get(id).state, State::Failed);
    EXPECT_EQ(get(id).error_code, "child_crashed");
    must(write([&](db::Session& s) { return rerun(s, "ws_a", id); }));
    EXPECT_EQ(take()->crashes, 0);
}

TEST_P(JobsTest, EveryEndIsTidiedInItsTransaction) {
    std::vector<State> ends;
    Tidy const tidy = [&](db::Session&, Job const& job) -> Result<> {
        EXPECT_EQ(job.kind, "test");
        EXPECT_EQ(job.subject_id, "clip_1");
        EXPECT_EQ(job.error_text.has_value(), job.state == State::Failed);
        ends.push_back(job.state);
        return {};
    };
    auto const id = add();
    for (int i = 0; i < kMostCrashes; ++i) {
        ASSERT_TRUE(take());
        change(kLeaseEnds, id);
        EXPECT_EQ(must(reclaim(database(), tidy)), 1);
    }
    auto const waiting = add();
    must(write([&](db::Session& s) { return cancel(s, "ws_a", waiting, tidy); }));
    EXPECT_THAT(ends, ElementsAre(State::Queued, State::Queued, State::Failed, State::Cancelled));
    Tidy const refuses = [](db::Session&, Job const&) -> Result<> {
        return fail(ErrorCode::Internal, "no");
    };
    auto const kept = add();
    EXPECT_FALSE(write([&](db::Session& s) { return cancel(s, "ws_a", kept, refuses); }));
    EXPECT_EQ(get(kept).state, State::Queued);
}

TEST_P(JobsTest, OfADeadWorkerNeedNotWaitForTheirLease) {
    auto const id = add();
    ASSERT_TRUE(take());
    EXPECT_EQ(must(end_leases(database(), "another")), 0);
    EXPECT_EQ(must(reclaim(database())), 0);
    EXPECT_EQ(must(end_leases(database(), "worker")), 1);
    EXPECT_EQ(must(reclaim(database(), {}, [&](std::string const& job) { return job == id; })), 0)
        << "who lives keeps his job, whatever the clock says";
    EXPECT_EQ(must(reclaim(database())), 1);
    EXPECT_EQ(take()->id, id);
}

TEST_P(JobsTest, DoNotWaitForAClockThatWentBack) {
    auto const id = add();
    change(kFromTheFuture, id);
    EXPECT_EQ(take()->id, id);
}

TEST_P(JobsTest, AreTriedAgainWhenThatMayHelp) {
    auto const id = add();
    for (int i = 1; i <= kMostAttempts; ++i) {
        change(kReady, id);
        auto const job = take();
        ASSERT_TRUE(job) << i;
        auto const state = must(write(
            [&](db::Session& s) { return fail_attempt(s, *job, {ErrorCode::DiskFull, "full"}); }));
        EXPECT_EQ(state, i < kMostAttempts ? State::Queued : State::Failed);
        EXPECT_FALSE(take()) << "not before its delay";
    }
    EXPECT_EQ(get(id).error_text, "full");
    auto const bad = add();
    auto const job = take();
    must(write(
        [&](db::Session& s) { return fail_attempt(s, *job, {ErrorCode::BadMedia, "no video"}); }));
    EXPECT_EQ(get(bad).state, State::Failed) << "the file will not get better";
}

TEST_P(JobsTest, CanBeCancelledBeforeAndWhileTheyRun) {
    auto const waiting = add();
    must(write([&](db::Session& s) { return cancel(s, "ws_a", waiting); }));
    EXPECT_EQ(get(waiting).state, State::Cancelled);
    EXPECT_FALSE(take());
    EXPECT_EQ(write([&](db::Session& s) { return cancel(s, "ws_a", waiting); }).error().code,
              ErrorCode::Conflict);

    auto const running = add();
    auto const job = take();
    EXPECT_FALSE(must(heartbeat(database(), *job, "render", 0.1)));
    must(write([&](db::Session& s) { return cancel(s, "ws_a", running); }));
    EXPECT_TRUE(must(heartbeat(database(), *job, "render", 0.2)));
    must(write(
        [&](db::Session& s) { return fail_attempt(s, *job, {ErrorCode::Cancelled, "stopped"}); }));
    EXPECT_EQ(get(running).state, State::Cancelled);
}

TEST_P(JobsTest, BelongToTheirWorkspace) {
    auto const id = add("ws_b");
    EXPECT_EQ(database().read([&](db::Session& s) { return find(s, "ws_a", id); }).error().code,
              ErrorCode::NotFound);
    EXPECT_EQ(write([&](db::Session& s) { return cancel(s, "ws_a", id); }).error().code,
              ErrorCode::NotFound);
    EXPECT_EQ(write([&](db::Session& s) { return rerun(s, "ws_a", id); }).error().code,
              ErrorCode::NotFound);
}

TEST_P(JobsTest, ProgressNeverFallsWithinAStage) {
    auto const id = add();
    auto const job = take();
    auto const at = [&](std::string_view stage, double fraction) {
        must(heartbeat(database(), *job, stage, fraction));
        return get(id).fraction;
    };
    EXPECT_EQ(at("analyse", 0.5), 0.5);
    EXPECT_EQ(at("analyse", 0.25), 0.5);
    EXPECT_EQ(at("render", 0.25), 0.25);
    EXPECT_EQ(at("render", 7), 1);
}

TEST_P(JobsTest, AreListedNewestFirstByPages) {
    auto const a = add(), b = add(), c = add();
    auto const page = [&](std::string_view cursor) {
        std::vector<std::string> ids;
        for (auto const& job :
             must(database().read([&](db::Session& s) { return list(s, "ws_a", cursor, 2); })))
            ids.push_back(job.id);
        return ids;
    };
    EXPECT_THAT(page(""), ElementsAre(c, b));
    EXPECT_THAT(page(b), ElementsAre(a));
}

TEST_P(JobsTest, ManyWorkersTakeEachJobOnce) {
    constexpr int kJobs = 60, kWorkers = 6;
    for (int i = 0; i < kJobs; ++i) add(i % 2 == 0 ? "ws_a" : "ws_b");
    std::mutex mutex;
    std::multiset<std::string> taken;
    {
        std::vector<std::jthread> workers;
        for (int w = 0; w < kWorkers; ++w)
            workers.emplace_back([&] {
                while (auto const job = take()) {
                    must(write([&](db::Session& s) { return finish(s, *job, "{}"); }));
                    std::scoped_lock const lock(mutex);
                    taken.insert(job->id);
                }
            });
    }
    while (auto const job = take()) taken.insert(job->id);  // two may have met at the last one
    EXPECT_EQ(taken.size(), kJobs);
    EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), kJobs);
}

TEST_P(JobsTest, AWorkerDoesThemAndCommitsTheirOutputs) {
    std::latch ended(2);
    auto const good = add(), bad = add();
    std::map<std::string, Work> const work{
        {"test", [&](Job const& job, Control& control) -> Result<Outcome> {
             control.progress("work", 0.5);
             if (job.id == bad) return fail(ErrorCode::BadMedia, "clip.mp4: is no video");
             return Outcome{.result = "{}", .commit = [](db::Session& s) -> Result<> {
                                TRY_VOID(s.change(kAddWorkspace, {"ws_made"}));
                                return {};
                            }};
         }}};
    {
        Worker::Options options;
        options.name = "test";
        options.on_end = [&](auto&&...) { ended.count_down(); };
        Worker const worker(database(), work, options);
        ended.wait();
    }
    EXPECT_EQ(get(good).state, State::Done);
    EXPECT_EQ(get(bad).state, State::Failed);
    EXPECT_EQ(get(bad).error_text, "clip.mp4: is no video");
    EXPECT_EQ(
        write([](db::Session& s) { return s.change(kAddWorkspace, {"ws_made"}); }).error().code,
        ErrorCode::Conflict)
        << "it is there already";
}

TEST_P(JobsTest, AWorkerThatStopsHandsItsJobBack) {
    std::latch begun(1);
    auto const id = add();
    std::map<std::string, Work> const work{
        {"test", [&](Job const&, Control& control) -> Result<Outcome> {
             begun.count_down();
             std::mutex mutex;
             std::unique_lock lock(mutex);
             std::condition_variable_any().wait(lock, control.stop(), [] { return false; });
             return fail(ErrorCode::Cancelled, "stopped");
         }}};
    {
        Worker::Options options;
        options.name = "test";
        Worker const worker(database(), work, options);
        begun.wait();
    }
    EXPECT_EQ(get(id).state, State::Queued);
    EXPECT_EQ(get(id).attempts, 0);
}

TEST_P(JobsTest, ACancelReachesTheWork) {
    std::latch begun(1), ended(1);
    auto const id = add();
    std::map<std::string, Work> const work{
        {"test", [&](Job const&, Control& control) -> Result<Outcome> {
             begun.count_down();
             std::mutex mutex;
             std::unique_lock lock(mutex);
             std::condition_variable_any().wait(lock, control.stop(), [] { return false; });
             return fail(ErrorCode::Cancelled, "stopped");
         }}};
    Worker::Options options;
    options.name = "test";
    options.beat = std::chrono::milliseconds(20);
    options.on_end = [&](auto&&...) { ended.count_down(); };
    Worker const worker(database(), work, options);
    begun.wait();
    must(write([&](db::Session& s) { return cancel(s, "ws_a", id); }));
    ended.wait();
    EXPECT_EQ(get(id).state, State::Cancelled);
}

using EventsTest = JobsTest;
INSTANTIATE_TEST_SUITE_P(Databases, EventsTest, db::testing::databases(), db::testing::name_of);

TEST_P(EventsTest, AreReplayedFromAnyPlaceAndResetWhenForgotten) {
    for (auto const* kind : {"a", "b", "c"})
        must(write([&](db::Session& s) { return events::append(s, "ws_b", kind, "x"); }));
    auto const since = [&](std::int64_t seq) {
        return must(database().read([&](db::Session& s) { return events::since(s, "ws_b", seq); }));
    };
    ASSERT_EQ(since(1).events.size(), 2U);
    EXPECT_EQ(since(1).events[0].kind, "b");
    EXPECT_EQ(since(1).events[0].seq, 2);
    EXPECT_TRUE(since(3).events.empty());
    EXPECT_FALSE(since(3).is_reset);
    EXPECT_TRUE(since(9).is_reset) << "from before a restore";
    auto const later = since(2).events[0].at_us + events::kKeptUs + 1;
    EXPECT_EQ(must(write([&](db::Session& s) { return events::forget_old(s, later); })), 3);
    EXPECT_TRUE(since(1).is_reset);
    EXPECT_FALSE(since(3).is_reset);
    EXPECT_EQ(since(1).newest, 3);
}

}  // namespace
}  // namespace aiditor::jobs
