#include "engine/sandbox/confine.hpp"

#include "base/file.hpp"
#include "engine/sandbox/namespaces.hpp"
#include "engine/sandbox/syscall_filter.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

namespace aiditor::sandbox {
namespace {

/// landlock_ruleset_attr of ABI 6 (linux/landlock.h of Linux 6.12); Debian 12's header ends at
/// ABI 3. The kernel takes the length that its ABI knows.
struct RulesetAttr {
    std::uint64_t handled_access_fs;
    std::uint64_t handled_access_net;
    std::uint64_t scoped;
};

/// Handles every right of the kernel's ABI and grants none: no path, no TCP, no abstract socket
/// and no signal outside. Returns the ABI, or 0 when the kernel has no Landlock.
long forbid_by_landlock() {
    auto const abi =
        ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) return 0;
    RulesetAttr rights{};
    std::size_t size = sizeof rights.handled_access_fs;
    rights.handled_access_fs = (1ULL << 13U) - 1;           // ABI 1: read, write, make, remove
    if (abi >= 2) rights.handled_access_fs |= 1ULL << 13U;  // rename and link across folders
    if (abi >= 3) rights.handled_access_fs |= 1ULL << 14U;  // truncate
    if (abi >= 5) rights.handled_access_fs |= 1ULL << 15U;  // ioctl on devices
    if (abi >= 4) {
        rights.handled_access_net = 3;  // TCP bind and connect
        size = offsetof(RulesetAttr, scoped);
    }
    if (abi >= 6) {
        rights.scoped = 3;  // abstract sockets, signals
        size = sizeof rights;
    }
    UniqueFd const ruleset(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rights, size, 0)));
    if (!ruleset || ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) return 0;
    return abi;
}

bool limit(__rlimit_resource resource, std::uint64_t value) {
    rlimit const both{value, value};
    return ::setrlimit(resource, &both) == 0;
}

bool set_limits(KernelLimits const& limits) {
    // A write over the file size limit then fails with EFBIG, which can be told from a crash.
    ::signal(SIGXFSZ, SIG_IGN);
    bool ok = limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, limits.cpu_seconds) &&
              limit(RLIMIT_FSIZE, limits.file_size_bytes) && limit(RLIMIT_MEMLOCK, 0);
    if (!kSanitizerBuild) ok = ok && limit(RLIMIT_AS, limits.address_space_bytes);
    return ok;
}

}  // namespace

Result<Confinement> confine(KernelLimits const& limits, int parent_pid) {
    auto const parent_dies = [] { return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0; };
    if (!parent_dies() || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !set_limits(limits))
        return fail(ErrorCode::SandboxFailed,
                    fmt::format("the media process cannot limit itself ({}); check the limits of "
                                "this shell (ulimit -a) or container",
                                std::strerror(errno)));
    if (::getppid() != parent_pid) ::_exit(1);  // it died before the first line took effect
    Confinement out;
    out.layers.emplace_back("resource limits");

    // ThreadSanitizer runs a thread of its own, which would stay outside: no namespaces then.
    Namespaces const worlds = kThreadSanitizerBuild ? Namespaces{} : enter_namespaces();
    out.layers.insert(out.layers.end(), worlds.layers.begin(), worlds.layers.end());
    bool const powerless = drop_privileges();
    parent_dies();  // a change of user clears it
    if (powerless) out.layers.emplace_back("no capabilities");

    auto const landlock_abi = forbid_by_landlock();
    if (landlock_abi > 0) out.layers.push_back(fmt::format("Landlock ABI {}", landlock_abi));
    // Opening is over: not even a descriptor beyond those of the job (sanitizers make pipes).
    if (!limit(RLIMIT_NOFILE, limits.descriptors + (kSanitizerBuild ? 64 : 0)))
        return fail(ErrorCode::SandboxFailed, "the media process cannot limit its descriptors");
    bool const filtered = load_syscall_filter();
    if (filtered) out.layers.emplace_back("seccomp allow-list");

    if (filtered) out.level = SandboxLevel::B;
    if (filtered && worlds.complete && powerless && landlock_abi > 0) out.level = SandboxLevel::A;
    return out;
}

}  // namespace aiditor::sandbox
