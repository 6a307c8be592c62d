#pragma once
/// The durable queue. A job is inserted in the transaction of whoever wants it done, is run at
/// least once, and its effect is committed at most once: a worker holds a job by its fence, a
/// number that grows with every claim, and what carries an old fence changes nothing.
///
/// Leases go by the database's clock. Workspaces are served by turns; inside one the highest
/// priority goes first, then whoever waits longest.

#include "service/db/database.hpp"

#include <boost/describe.hpp>
#include <functional>

namespace aiditor::jobs {

enum class State : std::uint8_t { Queued = 1, Running, Done, Failed, Cancelled };
BOOST_DESCRIBE_ENUM(State, Queued, Running, Done, Failed, Cancelled)

struct NewJob {
    std::string workspace_id;
    std::string kind;            ///< what a worker knows to do: "ingest", "render"
    std::string subject_id;      ///< what it is about: clip_..., montage_...
    std::string payload = "{}";  ///< JSON for the worker
    int priority = 0;            ///< above 0: somebody waits for it
    std::int64_t delay_us = 0;
};

struct Job {
    std::string id, workspace_id, kind, subject_id;
    State state = State::Queued;
    std::string payload;
    std::optional<std::string> result, error_code, error_text;
    std::int64_t attempts = 0, crashes = 0, fence = 0;
    bool cancel_requested = false;
    std::string stage;    ///< of the running attempt
    double fraction = 0;  ///< of that stage, 0..1; never falls within it
    std::int64_t created_at_us = 0;
    std::optional<std::int64_t> started_at_us, ended_at_us;
};

/// Told, in the same transaction, when an attempt ends, however it does, and when a waiting job is
/// cancelled: `state` is what became of the job (Queued: it will be tried again), `error_text` why.
/// What the attempt left and what the job is about are put in order here.
using Tidy = std::function<Result<>(db::Session&, Job const&)>;

inline constexpr std::int64_t kLeaseUs = 60'000'000;
inline constexpr int kMostAttempts = 5;  ///< that end with an error that another try may mend
inline constexpr int kMostCrashes = 3;   ///< of workers, before the job is taken for poison

/// The job's id, "job_...". It also becomes an event "job.queued".
[[nodiscard]] Result<std::string> enqueue(db::Session& session, NewJob const& job);

/// The next job, now running and the caller's for kLeaseUs; nothing when none is ready.
[[nodiscard]] Result<std::optional<Job>> claim(db::Database& database, std::string_view worker);

/// Extends the lease and tells how far the work is. True: somebody asked to cancel. Errors: Stale
/// when the job is no longer the caller's, who must stop at once.
[[nodiscard]] Result<bool> heartbeat(db::Database& database, Job const& job, std::string_view stage,
                                     double fraction);

/// The end of an attempt, in the transaction that makes its outputs visible. Errors: Stale when the
/// job is no longer the caller's: roll back.
[[nodiscard]] Result<> finish(db::Session& session, Job const& job, std::string_view result);
/// Errors that another try may mend (see may_be_mended) go back to the queue with a growing delay,
/// at most kMostAttempts times; Cancelled ends as cancelled; all others as failed.
[[nodiscard]] Result<State> fail_attempt(db::Session& session, Job const& job, Error const& error);
/// The worker is stopping: the job waits again as if never claimed.
[[nodiscard]] Result<> hand_back(db::Session& session, Job const& job);

[[nodiscard]] bool may_be_mended(ErrorCode code);
/// Before try `attempts` + 1: 5 s, 20 s, 80 s, 320 s.
[[nodiscard]] std::int64_t delay_us(std::int64_t attempts);

/// For people. A waiting job is cancelled at once, a running one is asked to stop. Errors:
/// NotFound, Conflict when it has ended.
[[nodiscard]] Result<> cancel(db::Session& session, std::string_view workspace_id,
                              std::string_view id, Tidy const& tidy = {});
/// The same for all jobs about one thing; for whoever takes it away.
[[nodiscard]] Result<> cancel_about(db::Session& session, std::string_view workspace_id,
                                    std::string_view subject_id);
/// Errors: NotFound; Conflict unless it failed or was cancelled.
[[nodiscard]] Result<> rerun(db::Session& session, std::string_view workspace_id,
                             std::string_view id);
/// Errors: NotFound.
[[nodiscard]] Result<Job> find(db::Session& session, std::string_view workspace_id,
                               std::string_view id);
/// Newest first, those before `cursor` (an id, or empty).
[[nodiscard]] Result<std::vector<Job>> list(db::Session& session, std::string_view workspace_id,
                                            std::string_view cursor, std::int64_t limit);
/// At most 100.
[[nodiscard]] Result<std::vector<Job>> running(db::Session& session, std::string_view workspace_id);
/// Of all workspaces, for the operator.
[[nodiscard]] Result<std::vector<Job>> failed(db::Session& session, std::string_view cursor,
                                              std::int64_t limit);
[[nodiscard]] Result<std::int64_t> waiting(db::Session& session);

/// Takes jobs from workers that were not heard of for kLeaseUs: back to the queue, or, after
/// kMostCrashes, failed as poison. Not those that `is_alive` knows of: the clock may have jumped.
/// How many.
[[nodiscard]] Result<int> reclaim(db::Database& database, Tidy const& tidy = {},
                                  std::function<bool(std::string const& id)> const& is_alive = {});
/// Whoever worked under this name is known to be dead: his jobs need not wait for their leases to
/// end. How many.
[[nodiscard]] Result<std::int64_t> end_leases(db::Database& database, std::string_view worker);

}  // namespace aiditor::jobs
