#pragma once
/// A started media process: its socket, what it says on stderr, and its end.

#include "base/file.hpp"
#include "base/result.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace aiditor::sandbox {

/// How a process ended.
struct ProcessEnd {
    int status = 0;                    ///< of wait(2)
    std::chrono::milliseconds cpu{0};  ///< of it and the processes it waited for
};

/// Owns one child process; kills and reaps it when it goes.
class ChildHandle {
public:
    /// Starts `program` with nothing but `fds` (as 4, 5 ...), a socket (3), /dev/null as stdin and
    /// stdout and a pipe as stderr; empty environment, default signals, a session of its own.
    /// Errors: SandboxFailed with the reason.
    [[nodiscard]] static Result<ChildHandle> start(std::filesystem::path const& program,
                                                   std::vector<int> const& fds);
    ChildHandle(ChildHandle&&) noexcept;
    ChildHandle& operator=(ChildHandle&&) = delete;
    ~ChildHandle();

    [[nodiscard]] int channel() const { return channel_.get(); }  ///< non-blocking
    [[nodiscard]] int said() const { return said_.get(); }        ///< non-blocking
    /// Readable when the process has ended.
    [[nodiscard]] int ended() const { return pidfd_.get(); }

    /// Ends it now, with every process it made.
    void kill();
    /// Waits for its end, which must be near: it was killed or `ended` is readable.
    ProcessEnd reap();

private:
    ChildHandle() = default;

    pid_t pid_ = -1;
    UniqueFd pidfd_;
    UniqueFd channel_;
    UniqueFd said_;
};

}  // namespace aiditor::sandbox
