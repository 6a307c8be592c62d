#pragma once
/// Threads that take jobs and do them, each with a heart that beats beside the work.

#include "service/jobs/jobs.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <thread>

namespace aiditor::jobs {

/// How the work looks from inside. Thread-safe.
class Control {
public:
    /// Kept for the next heartbeat. `fraction` is of this stage, 0..1.
    void progress(std::string_view stage, double fraction);
    /// Set when somebody cancelled, the worker is stopping or the job was lost: end with Cancelled.
    [[nodiscard]] std::stop_token stop() const { return stop_.get_token(); }

private:
    friend class Worker;
    friend class Heart;
    enum class Why : std::uint8_t { Cancelled = 1, Stopping, Lost };
    void request_stop(Why why);

    std::mutex mutex_;
    std::string stage_;
    double fraction_ = 0;
    std::optional<Why> why_;
    std::stop_source stop_;
};

struct Outcome {
    std::string result = "{}";  ///< JSON, kept with the job
    /// Makes the outputs visible, in the transaction that ends the job.
    std::function<Result<>(db::Session&)> commit;
};
/// May run twice for one job; writes only what `commit` makes visible.
using Work = std::function<Result<Outcome>(Job const&, Control&)>;

class Worker {
public:
    struct Options {
        std::string name;                      ///< shown to the operator; see end_leases
        unsigned threads = 1;                  ///< jobs at once
        std::chrono::milliseconds poll{1000};  ///< between looks at an empty queue
        std::chrono::milliseconds beat{1000};  ///< between heartbeats: how fast a cancel arrives
        Tidy tidy;                             ///< see there
        std::function<void(Job const&, std::string_view state, std::string_view error)> on_end;
        std::function<void(Error const&)> on_trouble;  ///< the database is away
    };

    /// `database` and what `work` refers to must outlive the worker.
    Worker(db::Database& database, std::map<std::string, Work> work, Options options);
    /// Stops: takes no more jobs, asks the running ones to end and hands them back.
    ~Worker();
    Worker(Worker const&) = delete;
    Worker& operator=(Worker const&) = delete;

    /// A job may have come: look now.
    void wake();

private:
    void serve(std::stop_token const& stop);
    void run(Job const& job, std::stop_token const& stopping);
    [[nodiscard]] Result<Outcome> attempt(Job const& job, Control& control) const;
    [[nodiscard]] Result<std::string> settle(Job const& job, Control& control,
                                             Result<Outcome> const& outcome,
                                             std::stop_token const& stopping);
    [[nodiscard]] Result<std::string> end(db::Session& session, Job const& job,
                                          Result<Outcome> const& outcome, bool is_stopping) const;
    [[nodiscard]] Result<std::string> end_failed(db::Session& session, Job const& job,
                                                 Error const& error) const;
    void pause(std::stop_token const& stop);
    [[nodiscard]] bool works_on(std::string const& job_id);

    db::Database& database_;
    std::map<std::string, Work> work_;
    Options options_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::uint64_t wakes_ = 0;
    std::set<std::string, std::less<>> working_on_;  // ids of jobs
    std::vector<std::jthread> threads_;              // last: they end before what they use
};

}  // namespace aiditor::jobs
