#include "base/stop_on_signals.hpp"

#include <cassert>
#include <csignal>
#include <mutex>
#include <pthread.h>
#include <unistd.h>

namespace aiditor {
namespace {

constexpr int kExitStatus = 130;  // what shells give for SIGINT

/// Signals are the whole program's, and so is what they do.
struct Hangup {
    std::mutex mutex;
    std::function<void()> work;
};
Hangup& hangup() {
    static Hangup the_one;
    return the_one;
}

/// Whether somebody took it.
bool hear_hangup() {
    std::scoped_lock const lock(hangup().mutex);
    if (!hangup().work) return false;
    hangup().work();
    return true;
}

sigset_t stop_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGHUP);  // the terminal was closed
    return set;
}

}  // namespace

StopOnSignals::StopOnSignals() {
    auto const set = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    // A thread that waits may do anything; a handler could not take the stop source's lock.
    waiter_ = std::thread([this, set] {
        for (;;) {
            int signal = 0;
            ::sigwait(&set, &signal);
            if (closing_) return;
            if (signal == SIGHUP && hear_hangup()) continue;
            if (!source_.request_stop()) ::_exit(kExitStatus);
        }
    });
}

StopOnSignals::~StopOnSignals() {
    closing_ = true;
    ::pthread_kill(waiter_.native_handle(), SIGTERM);
    waiter_.join();
}

OnHangup::OnHangup(std::function<void()> work) {
    std::scoped_lock const lock(hangup().mutex);
    assert(!hangup().work);
    hangup().work = std::move(work);
}

OnHangup::~OnHangup() {
    std::scoped_lock const lock(hangup().mutex);
    hangup().work = nullptr;
}

}  // namespace aiditor
