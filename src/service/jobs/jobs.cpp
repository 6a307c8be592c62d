#include "service/jobs/jobs.hpp"

#include "base/json.hpp"
#include "base/random.hpp"
#include "service/events/events.hpp"
#include "service/jobs/queries.hpp"

#include <algorithm>

namespace aiditor::jobs {
namespace {

constexpr std::int64_t kFirstDelayUs = 5'000'000;
constexpr std::string_view kLastId = "~";  // after every id

Job job_of(db::Row const& row) {
    return {.id = row.text("id"),
            .workspace_id = row.text("workspace_id"),
            .kind = row.text("kind"),
            .subject_id = row.text("subject_id"),
            .state = json::from_value<State>(json::Value(row.text("state"))).value(),
            .payload = row.text("payload"),
            .result = row.maybe_text("result"),
            .error_code = row.maybe_text("error_code"),
            .error_text = row.maybe_text("error_text"),
            .attempts = row.integer("attempts"),
            .crashes = row.integer("crashes"),
            .fence = row.integer("fence"),
            .cancel_requested = row.flag("cancel_requested"),
            .stage = row.text("stage"),
            .fraction = row.real("fraction"),
            .created_at_us = row.integer("created_at_us"),
            .started_at_us = row.maybe_integer("started_at_us"),
            .ended_at_us = row.maybe_integer("ended_at_us")};
}

std::vector<Job> jobs_of(db::Rows const& rows) {
    std::vector<Job> out;
    for (auto const& row : rows) out.push_back(job_of(row));
    return out;
}

/// An event "job.NEWS" about it.
Result<> tell(db::Session& session, std::string_view workspace_id, std::string_view news,
              std::string_view id, std::string_view kind, std::string_view subject_id) {
    json::Object const data{{"kind", kind}, {"subject_id", subject_id}};
    return events::append(session, workspace_id, "job." + std::string(news), id,
                          boost::json::serialize(data));
}
Result<> tell(db::Session& session, Job const& job, std::string_view news) {
    return tell(session, job.workspace_id, news, job.id, job.kind, job.subject_id);
}

std::unexpected<Error> not_ours(Job const& job) {
    return fail(ErrorCode::Stale, job.id + ": another worker has this job now");
}

Result<> wait_again(db::Session& session, std::string_view workspace_id) {
    TRY_VOID(session.change(queries::kOneMoreWaits, {workspace_id}));
    return {};
}

Result<> put_in_order(db::Session& session, Tidy const& tidy, Job const& job) {
    return tidy ? tidy(session, job) : Result<>{};
}

/// One abandoned job, in a transaction of its own.
Result<bool> reclaim_one(db::Session& session, db::Row const& row, Tidy const& tidy) {
    auto const& id = row.text("id");
    auto const& workspace = row.text("workspace_id");
    auto const fence = row.integer("fence");
    bool const cancelled = row.flag("cancel_requested");
    bool const is_poison = row.integer("crashes") + 1 >= kMostCrashes;
    Job job;
    job.id = id;
    job.workspace_id = workspace;
    job.kind = row.text("kind");
    job.subject_id = row.text("subject_id");
    job.fence = fence;
    std::string_view news = "queued";
    if (cancelled || is_poison) {
        news = cancelled ? "cancelled" : "failed";
        job.state = cancelled ? State::Cancelled : State::Failed;
        auto const code = cancelled ? ErrorCode::Cancelled : ErrorCode::ChildCrashed;
        auto const* text = cancelled ? "stopped"
                                     : "the program died each of the times it worked on this, and "
                                       "will not try again by itself";
        if (TRY(session.change(queries::kEndAbandoned, {id, fence, news, code_name(code), text})) ==
            0)
            return false;
        job.error_text = text;
    } else {
        if (TRY(session.change(queries::kRequeueAbandoned, {id, fence})) == 0) return false;
        TRY_VOID(wait_again(session, workspace));
    }
    TRY_VOID(put_in_order(session, tidy, job));
    TRY_VOID(tell(session, job, news));
    return true;
}

}  // namespace

Result<std::string> enqueue(db::Session& session, NewJob const& job) {
    auto id = new_id("job");
    TRY_VOID(session.change(queries::kInsert, {id, job.workspace_id, job.kind, job.subject_id,
                                               job.priority, job.payload, job.delay_us}));
    TRY_VOID(wait_again(session, job.workspace_id));
    TRY_VOID(tell(session, job.workspace_id, "queued", id, job.kind, job.subject_id));
    return id;
}

Result<std::optional<Job>> claim(db::Database& database, std::string_view worker) {
    return database.write([&](db::Session& session) -> Result<std::optional<Job>> {
        // The lane is locked from here to the commit: no two workers look at one workspace.
        auto const lane = TRY(session.row(queries::kTakeTurn));
        if (!lane) return std::nullopt;
        auto const& workspace = lane->text("workspace_id");
        auto const row = TRY(session.row(queries::kClaim, {workspace, worker, kLeaseUs}));
        if (!row) return std::nullopt;
        TRY_VOID(session.change(queries::kOneLessWaits, {workspace}));
        auto job = job_of(*row);
        TRY_VOID(tell(session, job, "running"));
        return job;
    });
}

Result<bool> heartbeat(db::Database& database, Job const& job, std::string_view stage,
                       double fraction) {
    return database.write([&](db::Session& session) -> Result<bool> {
        auto const row = TRY(session.row(queries::kHeartbeat, {job.id, job.fence, kLeaseUs, stage,
                                                               std::clamp(fraction, 0.0, 1.0)}));
        if (!row) return not_ours(job);
        return row->flag("cancel_requested");
    });
}

Result<> finish(db::Session& session, Job const& job, std::string_view result) {
    if (TRY(session.change(queries::kFinish, {job.id, job.fence, result})) == 0)
        return not_ours(job);
    return tell(session, job, "done");
}

Result<State> fail_attempt(db::Session& session, Job const& job, Error const& error) {
    auto const code = code_name(error.code);
    if (may_be_mended(error.code) && job.attempts + 1 < kMostAttempts) {
        if (TRY(session.change(queries::kTryAgain, {job.id, job.fence, code, error.message,
                                                    delay_us(job.attempts)})) == 0)
            return not_ours(job);
        TRY_VOID(wait_again(session, job.workspace_id));
        TRY_VOID(tell(session, job, "queued"));
        return State::Queued;
    }
    auto const state = error.code == ErrorCode::Cancelled ? State::Cancelled : State::Failed;
    std::string_view const news = state == State::Cancelled ? "cancelled" : "failed";
    if (TRY(session.change(queries::kGiveUp, {job.id, job.fence, news, code, error.message})) == 0)
        return not_ours(job);
    TRY_VOID(tell(session, job, news));
    return state;
}

Result<> hand_back(db::Session& session, Job const& job) {
    if (TRY(session.change(queries::kHandBack, {job.id, job.fence})) == 0) return not_ours(job);
    TRY_VOID(wait_again(session, job.workspace_id));
    return tell(session, job, "queued");
}

bool may_be_mended(ErrorCode code) {
    switch (code) {
    case ErrorCode::DiskFull:
    case ErrorCode::Unwritable:
    case ErrorCode::SandboxFailed:
    case ErrorCode::ChildCrashed:
    case ErrorCode::TimedOut:
    case ErrorCode::Unavailable: return true;
    default: return false;
    }
}

std::int64_t delay_us(std::int64_t attempts) {
    return kFirstDelayUs << (2 * std::clamp<std::int64_t>(attempts, 0, kMostAttempts));
}

Result<> cancel(db::Session& session, std::string_view workspace_id, std::string_view id,
                Tidy const& tidy) {
    auto job = TRY(find(session, workspace_id, id));
    if (TRY(session.change(queries::kCancelWaiting, {id, workspace_id})) > 0) {
        job.state = State::Cancelled;
        TRY_VOID(put_in_order(session, tidy, job));
        TRY_VOID(session.change(queries::kOneLessWaits, {workspace_id}));
        return tell(session, job, "cancelled");
    }
    if (TRY(session.change(queries::kAskToCancel, {id, workspace_id})) > 0) return {};
    return fail(ErrorCode::Conflict, job.id + ": this job has ended already");
}

Result<> cancel_about(db::Session& session, std::string_view workspace_id,
                      std::string_view subject_id) {
    for (auto const& row : TRY(session.rows(queries::kAbout, {subject_id, workspace_id}))) {
        auto const done = cancel(session, workspace_id, row.text("id"));
        // It may have ended between the two queries.
        if (!done && done.error().code != ErrorCode::Conflict) return done;
    }
    return {};
}

Result<> rerun(db::Session& session, std::string_view workspace_id, std::string_view id) {
    auto const job = TRY(find(session, workspace_id, id));
    if (TRY(session.change(queries::kRerun, {id, workspace_id})) == 0)
        return fail(ErrorCode::Conflict,
                    job.id + ": only a job that failed or was cancelled can run again");
    TRY_VOID(wait_again(session, workspace_id));
    return tell(session, job, "queued");
}

Result<Job> find(db::Session& session, std::string_view workspace_id, std::string_view id) {
    auto const row = TRY(session.row(queries::kFind, {id, workspace_id}));
    if (!row) return fail(ErrorCode::NotFound, "there is no such job");
    return job_of(*row);
}

Result<std::vector<Job>> list(db::Session& session, std::string_view workspace_id,
                              std::string_view cursor, std::int64_t limit) {
    return jobs_of(TRY(
        session.rows(queries::kList, {workspace_id, cursor.empty() ? kLastId : cursor, limit})));
}

Result<std::vector<Job>> running(db::Session& session, std::string_view workspace_id) {
    return jobs_of(TRY(session.rows(queries::kRunning, {workspace_id})));
}

Result<std::vector<Job>> failed(db::Session& session, std::string_view cursor, std::int64_t limit) {
    return jobs_of(TRY(session.rows(queries::kFailed, {cursor.empty() ? kLastId : cursor, limit})));
}

Result<std::int64_t> waiting(db::Session& session) {
    return TRY(session.row(queries::kWaiting))->integer("waiting");
}

Result<std::int64_t> end_leases(db::Database& database, std::string_view worker) {
    return database.write([&](db::Session& s) { return s.change(queries::kEndLeases, {worker}); });
}

Result<int> reclaim(db::Database& database, Tidy const& tidy,
                    std::function<bool(std::string const& id)> const& is_alive) {
    int count = 0;
    auto const rows =
        TRY(database.read([](db::Session& s) { return s.rows(queries::kAbandoned); }));
    for (auto const& row : rows) {
        if (is_alive && is_alive(row.text("id"))) continue;
        count +=
            TRY(database.write([&](db::Session& s) { return reclaim_one(s, row, tidy); })) ? 1 : 0;
    }
    return count;
}

}  // namespace aiditor::jobs
