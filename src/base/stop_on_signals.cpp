#include "base/stop_on_signals.hpp"

#include <csignal>
#include <pthread.h>
#include <unistd.h>

namespace aiditor {
namespace {

constexpr int kExitStatus = 130;  // what shells give for SIGINT

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
            if (!source_.request_stop()) ::_exit(kExitStatus);
        }
    });
}

StopOnSignals::~StopOnSignals() {
    closing_ = true;
    ::pthread_kill(waiter_.native_handle(), SIGTERM);
    waiter_.join();
}

}  // namespace aiditor
