#pragma once
/// Ctrl-C and SIGTERM as a request to stop.

#include <atomic>
#include <functional>
#include <stop_token>
#include <thread>

namespace aiditor {

/// While alive, the first SIGINT or SIGTERM requests a stop and the second ends the process with
/// status 130. Construct in main before any thread starts: all threads inherit the blocked signals.
class StopOnSignals {
public:
    StopOnSignals();
    ~StopOnSignals();
    StopOnSignals(StopOnSignals const&) = delete;
    StopOnSignals& operator=(StopOnSignals const&) = delete;

    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

private:
    std::stop_source source_;
    std::atomic<bool> closing_ = false;
    std::thread waiter_;
};

/// While alive, SIGHUP does not stop the program but calls `work`, on the thread that waits for
/// signals: it must be short. For services, which read their secrets again by it. One at a time.
class OnHangup {
public:
    explicit OnHangup(std::function<void()> work);
    ~OnHangup();  ///< `work` is not being called any more
    OnHangup(OnHangup const&) = delete;
    OnHangup& operator=(OnHangup const&) = delete;
};

}  // namespace aiditor
