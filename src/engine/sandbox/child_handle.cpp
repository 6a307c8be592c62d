#include "engine/sandbox/child_handle.hpp"

#include "engine/sandbox/confine.hpp"
#include "engine/sandbox/wire.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace aiditor::sandbox {
namespace {

std::unexpected<Error> cannot_start(std::filesystem::path const& program, int error) {
    return fail(
        ErrorCode::SandboxFailed,
        fmt::format("cannot start the media process {}: {}{}", program.string(),
                    std::strerror(error), error == ENOENT ? "; it must lie beside aiditor" : ""));
}

/// posix_spawn's file actions and attributes, freed at the end.
class SpawnPlan {
public:
    SpawnPlan() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        // A session of its own: Ctrl-C reaches the parent alone, and there is no terminal.
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    }
    SpawnPlan(SpawnPlan const&) = delete;
    SpawnPlan& operator=(SpawnPlan const&) = delete;
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    /// `from` must lie above every number given as `to`.
    void pass(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
    void open_null(int to, int flags) {
        ::posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", flags, 0);
    }
    /// Descriptors of other threads and libraries need not be close-on-exec: none survives.
    void close_from(int first) { ::posix_spawn_file_actions_addclosefrom_np(&actions_, first); }

    int spawn(pid_t& pid, char const* program, char* const* argv, char* const* envp) {
        return ::posix_spawn(&pid, program, &actions_, &attributes_, argv, envp);
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Nothing of the user's environment, but what steers the sanitizers of a development build.
std::vector<std::string> environment() {
    std::vector<std::string> out;
    if constexpr (kSanitizerBuild)
        for (auto const* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
            if (auto const* value = std::getenv(name))
                out.push_back(fmt::format("{}={}", name, value));
    return out;
}

}  // namespace

Result<ChildHandle> ChildHandle::start(std::filesystem::path const& program,
                                       std::vector<int> const& fds) {
    if (fds.size() > wire::kMaxJobFds)
        return fail(ErrorCode::LimitReached,
                    fmt::format("a job needs {} open files, more than {}; use fewer clips",
                                fds.size(), wire::kMaxJobFds));
    std::array<int, 2> sockets{-1, -1};
    std::array<int, 2> pipe{-1, -1};
    ChildHandle child;
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
        return cannot_start(program, errno);
    child.channel_ = UniqueFd(sockets[0]);
    UniqueFd const far_socket(sockets[1]);
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return cannot_start(program, errno);
    child.said_ = UniqueFd(pipe[0]);
    UniqueFd const far_pipe(pipe[1]);
    for (int const fd : {child.channel(), child.said()}) ::fcntl(fd, F_SETFL, O_NONBLOCK);

    // Copies above all the child's numbers first, so that no dup2 overwrites a later source.
    auto const last = wire::kFirstJobFd + static_cast<int>(fds.size());
    std::vector<UniqueFd> copies;
    SpawnPlan plan;
    auto const pass = [&](int fd, int to) {
        copies.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, last));
        plan.pass(copies.back().get(), to);
        return static_cast<bool>(copies.back());
    };
    plan.open_null(STDIN_FILENO, O_RDONLY);
    plan.open_null(STDOUT_FILENO, O_WRONLY);
    bool ok = pass(far_pipe.get(), STDERR_FILENO) && pass(far_socket.get(), wire::kChannelFd);
    for (int to = wire::kFirstJobFd; auto const fd : fds) ok = ok && pass(fd, to++);
    if (!ok) return cannot_start(program, errno);
    plan.close_from(last);

    std::string name = "aiditor-media";
    std::array<char*, 2> const argv{name.data(), nullptr};
    auto variables = environment();
    std::vector<char*> envp;
    envp.reserve(variables.size() + 1);
    for (auto& variable : variables) envp.push_back(variable.data());
    envp.push_back(nullptr);
    if (int const error = plan.spawn(child.pid_, program.c_str(), argv.data(), envp.data())) {
        child.pid_ = -1;
        return cannot_start(program, error);
    }
    child.pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));
    if (!child.pidfd_) return cannot_start(program, errno);
    return child;
}

ChildHandle::ChildHandle(ChildHandle&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      channel_(std::move(other.channel_)),
      said_(std::move(other.said_)) {}

ChildHandle::~ChildHandle() {
    if (pid_ < 0) return;
    kill();
    reap();
}

void ChildHandle::kill() {
    ::kill(pid_, SIGKILL);
    // The confined process dies with the one that waits for it; its end of the socket says when.
    // It cannot outlive the kill, so this wait only keeps the caller from racing its last writes.
    ::shutdown(channel(), SHUT_WR);
    pollfd gone{said(), 0, 0};
    ::poll(&gone, 1, 200);
}

ProcessEnd ChildHandle::reap() {
    ProcessEnd end;
    rusage used{};
    while (::wait4(pid_, &end.status, 0, &used) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    auto const ms = [](timeval const& t) {
        return std::chrono::seconds(t.tv_sec) +
               std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::microseconds(t.tv_usec));
    };
    end.cpu = ms(used.ru_utime) + ms(used.ru_stime);
    return end;
}

}  // namespace aiditor::sandbox
