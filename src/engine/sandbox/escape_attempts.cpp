#include "engine/sandbox/escape_attempts.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

namespace aiditor::sandbox {
namespace {

struct Target {
    int parent_pid;
    int first_foreign_fd;
};

/// One way out. `attempt` returns a negative number and sets errno when it failed.
struct Way {
    std::string_view name;
    long (*attempt)(Target const&);
};

/// Closes what an attempt opened; passes the answer on.
long closing(long fd) {
    if (fd < 0) return fd;
    ::close(static_cast<int>(fd));
    return fd;
}

/// What a path attempt answers at best: the path is there to be read.
long open_path(char const* path, int flags) {
    return closing(::syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600));
}

/// Makes a socket and joins it to `address`. Refused connections count as "reached": a packet left.
template <class Address>
long connect_to(int type, Address const& address) {
    auto const fd = static_cast<int>(
        ::syscall(SYS_socket, reinterpret_cast<sockaddr const*>(&address)->sa_family, type, 0));
    if (fd < 0) return -1;
    auto const answer = ::syscall(SYS_connect, fd, &address, sizeof address);
    auto const error = errno;
    ::close(fd);
    errno = error;
    return answer;
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return out;
}

long connect_loopback6() {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(9);
    to.sin6_addr = in6addr_loopback;
    return connect_to(SOCK_STREAM, to);
}

long send_datagram() {
    auto const fd = static_cast<int>(::syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0));
    if (fd < 0) return -1;
    auto const to = loopback(9);  // the discard port
    auto const sent = ::syscall(SYS_sendto, fd, "x", 1, 0, &to, sizeof to);
    auto const error = errno;
    ::close(fd);
    errno = error;
    return sent;
}

long connect_unix(char const* path, bool abstract) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path + (abstract ? 1 : 0), path, sizeof to.sun_path - 2);
    return connect_to(SOCK_STREAM, to);
}

long listen_on_tcp() {
    auto const fd = static_cast<int>(::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));
    if (fd < 0) return -1;
    auto const at = loopback(0);
    auto answer = ::syscall(SYS_bind, fd, &at, sizeof at);
    if (answer == 0) answer = ::syscall(SYS_listen, fd, 1);
    auto const error = errno;
    ::close(fd);
    errno = error;
    return answer;
}

long make_process(unsigned long flags) {
    auto const pid = ::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (pid == 0) ::syscall(SYS_exit_group, 0);
    return pid;
}

long make_process_clone3() {
    std::array<std::uint64_t, 8> arguments{};  // struct clone_args of Linux 5.3
    arguments[4] = SIGCHLD;                    // exit_signal
    auto const pid = ::syscall(SYS_clone3, arguments.data(), sizeof arguments);
    if (pid == 0) ::syscall(SYS_exit_group, 0);
    return pid;
}

long run_program_from_memory() {
    auto const fd = static_cast<int>(::syscall(SYS_memfd_create, "x", MFD_CLOEXEC));
    if (fd < 0) return -1;
    // An empty file is no program: execveat answers ENOEXEC, which counts as "not denied".
    auto const answer = ::syscall(SYS_execveat, fd, "", nullptr, nullptr, AT_EMPTY_PATH);
    auto const error = errno;
    ::close(fd);
    errno = error;
    return answer;
}

long read_parent_memory(Target const& target) {
    char byte = 0;
    iovec here{&byte, 1};
    iovec there{reinterpret_cast<void*>(static_cast<std::uintptr_t>(4096)), 1};
    return ::syscall(SYS_process_vm_readv, target.parent_pid, &here, 1, &there, 1, 0);
}

long take_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> all{};
    all.fill({~0U, ~0U, 0U});
    return ::syscall(SYS_capset, &header, all.data());
}

long start_io_uring() {
    io_uring_params parameters{};
    return closing(::syscall(SYS_io_uring_setup, 1, &parameters));
}

long open_by_handle() {
    struct {
        unsigned bytes = 8;
        int type = 1;
        std::uint64_t inode = 2;  // the root folder of ext4
    } handle;
    return closing(::syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY | O_CLOEXEC));
}

long use_foreign_descriptor(Target const& target) {
    for (int fd = target.first_foreign_fd; fd < 4096; ++fd)
        if (::syscall(SYS_fcntl, fd, F_GETFD) >= 0) return fd;
    return -1;
}

long make_code_at_run_time() {
    auto const page = ::syscall(SYS_mmap, nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != -1) ::syscall(SYS_munmap, page, 4096);
    return page == -1 ? -1 : 0;
}

constexpr std::array kFileWays{
    Way{"open /etc/passwd", [](Target const&) { return open_path("/etc/passwd", O_RDONLY); }},
    Way{"open ../../../../etc/passwd",
        [](Target const&) { return open_path("../../../../etc/passwd", O_RDONLY); }},
    Way{"open /proc/self/mem for writing",
        [](Target const&) { return open_path("/proc/self/mem", O_RDWR); }},
    Way{"open /proc/1/environ",
        [](Target const&) { return open_path("/proc/1/environ", O_RDONLY); }},
    Way{"list the root folder",
        [](Target const&) { return open_path("/", O_RDONLY | O_DIRECTORY); }},
    Way{"create a file in /tmp",
        [](Target const&) {
            auto const fd = open_path("/tmp/aiditor-escape", O_WRONLY | O_CREAT | O_EXCL);
            if (fd >= 0) ::unlink("/tmp/aiditor-escape");
            return fd;
        }},
    Way{"stat /etc/passwd",
        [](Target const&) {
            struct stat about{};
            return ::syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &about, 0);
        }},
    Way{"read the link /proc/self/exe",
        [](Target const&) {
            char text[256];
            return ::syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", text, sizeof text);
        }},
    Way{"delete a file",
        [](Target const&) {
            return ::syscall(SYS_unlinkat, AT_FDCWD, "/tmp/aiditor-no-such-file", 0);
        }},
    Way{"make a folder",
        [](Target const&) {
            auto const made = ::syscall(SYS_mkdirat, AT_FDCWD, "/tmp/aiditor-escape", 0700);
            if (made == 0) ::rmdir("/tmp/aiditor-escape");
            return made;
        }},
    Way{"open a file by its handle", [](Target const&) { return open_by_handle(); }},
    Way{"use a descriptor of the parent", use_foreign_descriptor},
};

constexpr std::array kNetworkWays{
    Way{"connect to 127.0.0.1 by TCP",
        [](Target const&) { return connect_to(SOCK_STREAM, loopback(9)); }},
    Way{"connect to ::1 by TCP", [](Target const&) { return connect_loopback6(); }},
    Way{"send a UDP packet", [](Target const&) { return send_datagram(); }},
    Way{"connect to a Unix socket",
        [](Target const&) { return connect_unix("/run/systemd/journal/stdout", false); }},
    Way{"connect to an abstract socket",
        [](Target const&) { return connect_unix("aiditor-no-such-socket", true); }},
    Way{"listen on a TCP port", [](Target const&) { return listen_on_tcp(); }},
    Way{"make a socket pair",
        [](Target const&) {
            int pair[2] = {-1, -1};
            auto const made = ::syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
            if (made == 0) ::close(pair[0]), ::close(pair[1]);
            return made;
        }},
    Way{"make a netlink socket",
        [](Target const&) { return closing(::syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0)); }},
};

constexpr std::array kProcessWays{
    Way{"fork", [](Target const&) { return make_process(0); }},
    Way{"fork by clone3", [](Target const&) { return make_process_clone3(); }},
    Way{"fork into a new user namespace",
        [](Target const&) { return make_process(CLONE_NEWUSER); }},
    Way{"run /bin/true",
        [](Target const&) {
            // As a program without a name, which exists nowhere: a success cannot replace us.
            return ::syscall(SYS_execve, "/bin/true/", nullptr, nullptr);
        }},
    Way{"run a program from memory", [](Target const&) { return run_program_from_memory(); }},
    Way{"trace the parent",
        [](Target const& target) {
            auto const traced = ::syscall(SYS_ptrace, PTRACE_SEIZE, target.parent_pid, 0, 0);
            if (traced == 0) ::syscall(SYS_ptrace, PTRACE_DETACH, target.parent_pid, 0, 0);
            return traced;
        }},
    Way{"read the parent's memory", read_parent_memory},
    Way{"signal the parent",
        [](Target const& target) { return ::syscall(SYS_kill, target.parent_pid, 0); }},
    Way{"signal every process", [](Target const&) { return ::syscall(SYS_kill, -1, 0); }},
    Way{"change the parent's limits",
        [](Target const& target) {
            std::array<std::uint64_t, 2> old{};
            return ::syscall(SYS_prlimit64, target.parent_pid, 0, nullptr, old.data());
        }},
    Way{"open a handle to the parent",
        [](Target const& target) {
            return closing(::syscall(SYS_pidfd_open, target.parent_pid, 0));
        }},
};

constexpr std::array kKernelWays{
    Way{"mount",
        [](Target const&) {
            return ::syscall(SYS_mount, "none", "/aiditor-no-such-folder", "tmpfs", 0, nullptr);
        }},
    Way{"unmount",
        [](Target const&) { return ::syscall(SYS_umount2, "/aiditor-no-such-folder", 0); }},
    Way{"change the root",
        [](Target const&) { return ::syscall(SYS_chroot, "/aiditor-no-such-folder"); }},
    Way{"make new namespaces",
        [](Target const&) { return ::syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS); }},
    Way{"join a namespace", [](Target const&) { return ::syscall(SYS_setns, -1, 0); }},
    Way{"io_uring", [](Target const&) { return start_io_uring(); }},
    Way{"bpf", [](Target const&) { return ::syscall(SYS_bpf, 0, nullptr, 0); }},
    Way{"userfaultfd",
        [](Target const&) { return closing(::syscall(SYS_userfaultfd, O_CLOEXEC)); }},
    Way{"perf_event_open",
        [](Target const&) { return ::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
    Way{"key ring",
        [](Target const&) { return ::syscall(SYS_add_key, "user", "x", "x", 1, -2 /*process*/); }},
    Way{"type into the terminal",
        [](Target const&) { return ::syscall(SYS_ioctl, 0, TIOCSTI, ""); }},
    Way{"become root", [](Target const&) { return ::syscall(SYS_setuid, 0); }},
    Way{"take all capabilities", [](Target const&) { return take_capabilities(); }},
    Way{"load a kernel module",
        [](Target const&) { return ::syscall(SYS_init_module, nullptr, 0, ""); }},
    Way{"reboot",  // with wrong magic numbers, which no kernel obeys
        [](Target const&) { return ::syscall(SYS_reboot, 0, 0, 0, nullptr); }},
    Way{"personality",  // asks only
        [](Target const&) { return ::syscall(SYS_personality, 0xFFFFFFFFUL); }},
    Way{"make code at run time", [](Target const&) { return make_code_at_run_time(); }},
    Way{"lift its own limits",
        [](Target const&) {
            std::array<std::uint64_t, 2> const all{~0ULL, ~0ULL};
            return ::syscall(SYS_prlimit64, 0, 9 /*RLIMIT_AS*/, all.data(), nullptr);
        }},
};

constexpr std::array kWalls{EPERM, EACCES, ENOSYS};
constexpr std::array kNothingThere{ENOENT,       EROFS,         EBADF,          ENETUNREACH,
                                   EAFNOSUPPORT, EADDRNOTAVAIL, EPROTONOSUPPORT};

/// Whether the kernel's answer is that of a wall. For a path that exists on every system, "not
/// there" is one too: it is not there in an empty root.
bool is_denial(int error, bool path_or_network) {
    return std::ranges::find(kWalls, error) != kWalls.end() ||
           (path_or_network && std::ranges::find(kNothingThere, error) != kNothingThere.end());
}

template <std::size_t N>
void try_all(std::array<Way, N> const& ways, Target const& target, bool path_or_network,
             std::vector<EscapeAttempt>& out) {
    for (auto const& way : ways) {
        errno = 0;
        bool const done = way.attempt(target) >= 0;
        auto const error = errno;
        auto const* name = done ? "it worked" : ::strerrorname_np(error);
        out.push_back({std::string(way.name), !done && is_denial(error, path_or_network),
                       name ? name : fmt::format("error {}", error)});
    }
}

}  // namespace

std::vector<EscapeAttempt> try_to_escape(int parent_pid, int first_foreign_fd) {
    Target const target{parent_pid, first_foreign_fd};
    std::vector<EscapeAttempt> out;
    try_all(kFileWays, target, true, out);
    try_all(kNetworkWays, target, true, out);
    try_all(kProcessWays, target, false, out);
    try_all(kKernelWays, target, false, out);
    return out;
}

}  // namespace aiditor::sandbox
