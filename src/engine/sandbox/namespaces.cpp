#include "engine/sandbox/namespaces.hpp"

#include "base/file.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <string_view>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace aiditor::sandbox {
namespace {

constexpr int kWorlds =
    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
constexpr unsigned kNobody = 65534;

bool write_file(char const* path, std::string_view text) {
    UniqueFd const file(::open(path, O_WRONLY | O_CLOEXEC));
    return file &&
           ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// Shows this user as nobody inside, so that even "root" there owns nothing.
bool map_user(unsigned uid, unsigned gid) {
    return write_file("/proc/self/setgroups", "deny") &&
           write_file("/proc/self/uid_map", fmt::format("{} {} 1", kNobody, uid)) &&
           write_file("/proc/self/gid_map", fmt::format("{} {} 1", kNobody, gid));
}

/// Ends as `status` says another process ended, so that the parent reads the true cause.
[[noreturn]] void end_like(int status) {
    if (WIFSIGNALED(status)) {
        ::signal(WTERMSIG(status), SIG_DFL);
        ::kill(::getpid(), WTERMSIG(status));
    }
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

/// Goes on in a new process, the first of the process namespace. The old one holds no descriptor
/// and only waits. Returns false when there can be no second process.
bool continue_as_first_process() {
    UniqueFd const self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    if (!self) return false;
    auto const child = ::fork();
    if (child < 0) return false;
    if (child > 0) {
        ::close_range(0, ~0U, 0);
        int status = 0;
        while (::waitpid(child, &status, 0) < 0) {
        }
        end_like(status);
    }
    // When the waiting process is killed, so is this one. It may have died before the next line
    // took effect; its pidfd tells.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pollfd waiting{self.get(), POLLIN, 0};
    if (::poll(&waiting, 1, 0) != 0) ::_exit(1);
    return true;
}

constexpr unsigned long kBare = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/// Makes an empty read-only file system the root and detaches everything else. Refused where "/"
/// is no mount point, as in a chroot: nothing may be mounted there, since it could not be made
/// private and would show outside.
bool pivot_to_empty_root() {
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
    if (::mount("none", "/tmp", "tmpfs", kBare, "size=4k,mode=0555") != 0) return false;
    // pivot_root(".", ".") stacks the old root on the new one, where it is detached at once
    // (pivot_root(2), notes).
    return ::chdir("/tmp") == 0 && ::syscall(SYS_pivot_root, ".", ".") == 0 &&
           ::umount2(".", MNT_DETACH) == 0 && ::chdir("/") == 0 &&
           ::mount("none", "/", nullptr, MS_REMOUNT | MS_RDONLY | kBare, "size=4k") == 0;
}

/// The same without detaching the old root: enters an empty file system that is mounted nowhere.
/// Nothing leads back, because no directory stays open and chroot is given up with the
/// capabilities.
bool chroot_to_empty_root() {
    UniqueFd const context(::fsopen("tmpfs", FSOPEN_CLOEXEC));
    if (!context || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return false;
    UniqueFd const root(
        ::fsmount(context.get(), FSMOUNT_CLOEXEC,
                  MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
    return root && ::fchdir(root.get()) == 0 && ::chroot(".") == 0 && ::chdir("/") == 0;
}

}  // namespace

Namespaces enter_namespaces() {
    Namespaces out;
    auto const uid = ::geteuid();
    auto const gid = ::getegid();
    bool const own_user = ::unshare(CLONE_NEWUSER | kWorlds) == 0;
    if (!own_user && ::unshare(kWorlds) != 0) return out;
    bool const mapped = own_user && map_user(uid, gid);
    bool const alone = continue_as_first_process();
    bool const empty = pivot_to_empty_root() || chroot_to_empty_root();

    if (mapped) out.layers.emplace_back("user namespace");
    out.layers.emplace_back("network, IPC and host-name namespaces");
    if (alone) out.layers.emplace_back("process namespace");
    if (empty) out.layers.emplace_back("empty read-only root");
    out.complete = alone && empty;
    return out;
}

bool drop_privileges() {
    bool ok = ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0;
    // Without CAP_SETPCAP the bounding set stays; no_new_privs makes it worthless anyway.
    for (unsigned long cap = 0; ::prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; ++cap)
        ::prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    if (::geteuid() == 0) {
        ok = ::setgroups(0, nullptr) == 0 && ok;
        ok = ::setresgid(kNobody, kNobody, kNobody) == 0 && ok;
        ok = ::setresuid(kNobody, kNobody, kNobody) == 0 && ok;
    }
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    return ::syscall(SYS_capset, &header, none.data()) == 0 && ok;
}

}  // namespace aiditor::sandbox
