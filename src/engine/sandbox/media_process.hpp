#pragma once
/// The parent's side of `aiditor-media`: starts it confined, passes descriptors, reads its answer.

#include "engine/sandbox/media_request.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <vector>

namespace aiditor::sandbox {

/// Limits of one media process; the reasons and defaults are in docs/adr/0005-sandbox.md.
struct ProcessLimits {
    std::chrono::seconds cpu{60};
    std::chrono::seconds wall{120};
    std::uint64_t address_space_bytes = 4ULL << 30;  ///< not applied to sanitizer builds
    std::uint64_t file_size_bytes = 1ULL << 30;      ///< largest file it may write
};

/// CPU 10x the duration + 60 s, wall 20x + 120 s.
[[nodiscard]] ProcessLimits limits_for(timeline::Time duration, std::uint64_t output_bytes_max);

/// Share done, 0..1, of the one task of the process.
using OnProgress = std::function<void(double fraction)>;

/// A request with the descriptors that its numbers stand for. `request` names descriptors by their
/// position in `fds` (0, 1, 2 ...); run_media rewrites them to the child's numbers. The caller
/// keeps ownership of the descriptors.
struct MediaJob {
    MediaRequest request;
    std::vector<int> fds;
    ProcessLimits limits;
};

class MediaProcess {
public:
    /// `program` is aiditor-media; by default the file beside this executable.
    explicit MediaProcess(std::filesystem::path program = default_program());
    [[nodiscard]] static std::filesystem::path default_program();

    /// Runs one job to its end and returns the child's answer as JSON, at most 64 MiB.
    /// Blocking; safe to call from several threads. A stop request kills the child at once.
    /// Errors: those the child answered (BadMedia, LimitReached, DiskFull ...), SandboxFailed when
    /// it cannot start, ChildCrashed when it ends without an answer, TimedOut, Cancelled.
    [[nodiscard]] Result<json::Value> run(MediaJob const& job, std::stop_token stop,
                                          OnProgress const& on_progress) const;

private:
    std::filesystem::path program_;
};

}  // namespace aiditor::sandbox
