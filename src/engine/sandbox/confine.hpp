#pragma once
/// Takes every power from this process that decoding media does not need.

#include "engine/sandbox/media_request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace aiditor::sandbox {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitizerBuild = true;
#elif defined(__has_feature)
constexpr bool kSanitizerBuild =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitizerBuild = false;
#endif
#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadSanitizerBuild = true;
#elif defined(__has_feature)
constexpr bool kThreadSanitizerBuild = __has_feature(thread_sanitizer);
#else
constexpr bool kThreadSanitizerBuild = false;
#endif

/// Limits that the kernel keeps; the wall clock is the parent's.
struct KernelLimits {
    std::uint64_t cpu_seconds;
    std::uint64_t address_space_bytes;  ///< not applied to sanitizer builds: their shadow is TBs
    std::uint64_t file_size_bytes;
    std::uint64_t descriptors;  ///< numbers below this stay usable, no new ones beyond
};

struct Confinement {
    SandboxLevel level = SandboxLevel::C;
    std::vector<std::string> layers;  ///< what came into force, in words
};

/// Confines this process, for good; call while it has one thread. A layer that the kernel or the
/// container refuses is left out and lowers the level. With a process namespace the caller goes on
/// in a new process, while the old one only waits and ends as the new one ends.
/// The process dies with `parent_pid`, the process that started it; it exits here when that is
/// gone. Errors: SandboxFailed when not even the resource limits can be set.
[[nodiscard]] Result<Confinement> confine(KernelLimits const& limits, int parent_pid);

}  // namespace aiditor::sandbox
