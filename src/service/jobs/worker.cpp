#include "service/jobs/worker.hpp"

#include <algorithm>
#include <utility>

namespace aiditor::jobs {
namespace {

using std::chrono::steady_clock;

/// How long the end of an attempt waits for a database that is away. Then the lease has nearly
/// ended, and with it the claim to what was made.
constexpr std::chrono::seconds kSettleFor{50};
static_assert(kSettleFor < std::chrono::microseconds(kLeaseUs));

std::string told(State state) {
    return state == State::Queued      ? "to be tried again"
           : state == State::Cancelled ? "cancelled"
                                       : "failed";
}

}  // namespace

void Control::progress(std::string_view stage, double fraction) {
    std::scoped_lock const lock(mutex_);
    fraction_ = stage == stage_ ? std::max(fraction_, fraction) : fraction;
    stage_ = stage;
}

void Control::request_stop(Why why) {
    {
        std::scoped_lock const lock(mutex_);
        if (!why_) why_ = why;
    }
    stop_.request_stop();
}

/// Beats until it is destroyed.
class Heart {
public:
    Heart(db::Database& database, Job const& job, Control& control,
          std::chrono::milliseconds between)
        : thread_([&database, &job, &control, between, this](std::stop_token const& stop) {
              auto heard = steady_clock::now();
              std::unique_lock lock(mutex_);
              while (!done_.wait_for(lock, stop, between, [&] { return stop.stop_requested(); })) {
                  if (stop.stop_requested()) return;
                  beat(database, job, control, heard);
              }
          }) {}

private:
    static void beat(db::Database& database, Job const& job, Control& control,
                     steady_clock::time_point& heard) {
        std::string stage;
        double fraction = 0;
        {
            std::scoped_lock const lock(control.mutex_);
            stage = control.stage_;
            fraction = control.fraction_;
        }
        auto const cancelled = heartbeat(database, job, stage, fraction);
        if (cancelled) heard = steady_clock::now();
        if (cancelled && *cancelled) control.request_stop(Control::Why::Cancelled);
        bool const lost = !cancelled && cancelled.error().code == ErrorCode::Stale;
        // Unheard for as long as the lease another worker may have the job.
        if (lost || steady_clock::now() - heard > std::chrono::microseconds(kLeaseUs))
            control.request_stop(Control::Why::Lost);
    }

    std::mutex mutex_;
    std::condition_variable_any done_;
    std::jthread thread_;
};

Worker::Worker(db::Database& database, std::map<std::string, Work> work, Options options)
    : database_(database), work_(std::move(work)), options_(std::move(options)) {
    for (unsigned i = 0; i < options_.threads; ++i)
        threads_.emplace_back([this](std::stop_token const& stop) { serve(stop); });
}

Worker::~Worker() {
    for (auto& thread : threads_) thread.request_stop();
    threads_.clear();
}

void Worker::wake() {
    {
        std::scoped_lock const lock(mutex_);
        ++wakes_;
    }
    woken_.notify_all();
}

bool Worker::works_on(std::string const& job_id) {
    std::scoped_lock const lock(mutex_);
    return working_on_.contains(job_id);
}

void Worker::pause(std::stop_token const& stop) {
    std::unique_lock lock(mutex_);
    auto const seen = wakes_;
    woken_.wait_for(lock, stop, options_.poll, [&] { return wakes_ != seen; });
}

void Worker::serve(std::stop_token const& stop) {
    while (!stop.stop_requested()) {
        if (auto const taken = reclaim(database_, options_.tidy,
                                       [this](std::string const& id) { return works_on(id); });
            !taken && options_.on_trouble)
            options_.on_trouble(taken.error());
        auto const job = claim(database_, options_.name);
        if (!job && options_.on_trouble) options_.on_trouble(job.error());
        if (job && *job) run(**job, stop);
        else pause(stop);
    }
}

void Worker::run(Job const& job, std::stop_token const& stopping) {
    Control control;
    std::stop_callback const on_stop(stopping,
                                     [&] { control.request_stop(Control::Why::Stopping); });
    if (job.cancel_requested) control.request_stop(Control::Why::Cancelled);
    {
        std::scoped_lock const lock(mutex_);
        working_on_.insert(job.id);
    }
    Result<Outcome> outcome = fail(ErrorCode::Internal, "");
    {
        Heart const heart(database_, job, control, options_.beat);
        outcome = attempt(job, control);
    }
    auto const state = settle(job, control, outcome, stopping);
    {
        std::scoped_lock const lock(mutex_);
        working_on_.erase(job.id);
    }
    if (!options_.on_end) return;
    options_.on_end(job, state ? *state : "lost",
                    !state    ? state.error().message
                    : outcome ? ""
                              : outcome.error().message);
}

Result<Outcome> Worker::attempt(Job const& job, Control& control) const {
    auto const work = work_.find(job.kind);
    if (work == work_.end())
        return fail(ErrorCode::Internal, job.kind + ": no worker knows this kind of job");
    try {
        return work->second(job, control);
    } catch (std::exception const& e) {
        return fail(ErrorCode::Internal, e.what());
    }
}

Result<std::string> Worker::end_failed(db::Session& session, Job const& job,
                                       Error const& error) const {
    auto ended = job;
    ended.state = TRY(fail_attempt(session, job, error));
    ended.error_text = error.message;
    if (options_.tidy) TRY_VOID(options_.tidy(session, ended));
    return told(ended.state);
}

Result<std::string> Worker::end(db::Session& session, Job const& job,
                                Result<Outcome> const& outcome, bool is_stopping) const {
    if (!outcome && !(is_stopping && outcome.error().code == ErrorCode::Cancelled))
        return end_failed(session, job, outcome.error());
    auto ended = job;
    if (outcome) {
        if (outcome->commit) TRY_VOID(outcome->commit(session));
        TRY_VOID(finish(session, job, outcome->result));
        ended.state = State::Done;
    } else {
        TRY_VOID(hand_back(session, job));
        ended.state = State::Queued;
    }
    if (options_.tidy) TRY_VOID(options_.tidy(session, ended));
    return outcome ? "done" : "handed back";
}

Result<std::string> Worker::settle(Job const& job, Control& control, Result<Outcome> const& outcome,
                                   std::stop_token const& stopping) {
    using Why = Control::Why;
    auto const why = [&] {
        std::scoped_lock const lock(control.mutex_);
        return control.why_;
    }();
    if (why == Why::Lost) return fail(ErrorCode::Stale, "the job was given to another worker");
    auto const until = steady_clock::now() + kSettleFor;
    for (;;) {
        auto const ended = database_.write(
            [&](db::Session& s) { return end(s, job, outcome, why == Why::Stopping); });
        if (ended || ended.error().code == ErrorCode::Stale) return ended;
        if (ended.error().code != ErrorCode::Unavailable)
            // What was made cannot be committed: that is the attempt's failure.
            return database_.write(
                [&](db::Session& s) { return end_failed(s, job, ended.error()); });
        if (options_.on_trouble) options_.on_trouble(ended.error());
        if (stopping.stop_requested() || steady_clock::now() > until) return ended;
        std::unique_lock lock(mutex_);
        woken_.wait_for(lock, stopping, options_.poll, [] { return false; });
    }
}

}  // namespace aiditor::jobs
