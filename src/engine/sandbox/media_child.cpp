#include "engine/sandbox/media_child.hpp"

#include "engine/sandbox/confine.hpp"
#include "engine/sandbox/escape_attempts.hpp"
#include "engine/sandbox/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <malloc.h>
#include <mutex>
#include <new>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

// AddressSanitizer's leak check starts a process that traces this one, which the sandbox forbids;
// it would fail every run. The libraries' leaks are checked in their rooms' own tests.
// NOLINTBEGIN(readability-identifier-naming, bugprone-reserved-identifier): the sanitizers' names
extern "C" char const* __asan_default_options();
extern "C" char const* __asan_default_options() { return "detect_leaks=0"; }
// Reads what the sanitizer needs from /proc while it still can.
extern "C" void __sanitizer_sandbox_on_notify(void*) __attribute__((weak));
// NOLINTEND(readability-identifier-naming, bugprone-reserved-identifier)

namespace aiditor::sandbox {
namespace {

constexpr int kExitAnswered = 0;
constexpr int kExitUnanswered = 1;
constexpr int kExitUsage = 2;

/// The child's end of the socket. Writing is thread-safe.
class Channel {
public:
    /// Waits for the next message, which must be of `kind`.
    Result<std::string> receive(wire::Kind kind) {
        while (true) {
            if (auto message = TRY(reader_.next())) {
                if (message->kind == kind) return std::move(message->payload);
                return fail(ErrorCode::Internal, "the request is out of order");
            }
            char bytes[16384];
            auto const got = ::read(wire::kChannelFd, bytes, sizeof bytes);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return fail(ErrorCode::Internal, "the request is incomplete");
            reader_.feed({bytes, static_cast<std::size_t>(got)});
        }
    }

    /// Writes whole messages; ends the process when nobody listens any more.
    void send(std::string_view bytes) {
        std::scoped_lock const lock(mutex_);
        while (!bytes.empty()) {
            auto const put = ::write(wire::kChannelFd, bytes.data(), bytes.size());
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) ::_exit(kExitUnanswered);
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
    }

    void report(double fraction) {
        using Clock = std::chrono::steady_clock;
        {
            std::scoped_lock const lock(mutex_);
            auto const now = Clock::now();
            if (now < next_report_) return;
            next_report_ = now + std::chrono::milliseconds(100);
        }
        if (!(fraction >= 0)) fraction = 0;  // NaN too
        send(wire::encode_progress(std::min(fraction, 1.0)));
    }

private:
    wire::MessageReader reader_;
    std::mutex mutex_;
    std::chrono::steady_clock::time_point next_report_;
};

Result<> check_descriptors(MediaRequest const& request, std::uint32_t count) {
    auto const end = wire::kFirstJobFd + static_cast<int>(count);
    auto const in_range = [&](int fd) { return fd == -1 || (fd >= wire::kFirstJobFd && fd < end); };
    bool ok = std::ranges::all_of(request.inputs, [&](JobInput const& input) {
        return in_range(input.fd) && in_range(input.index_fd);
    });
    if (request.render)
        ok = ok && in_range(request.render->scratch_fd) &&
             std::ranges::all_of(request.render->output_fds, in_range);
    if (ok) return {};
    return fail(ErrorCode::Internal, "the request names a descriptor that was not passed");
}

Result<json::Value> answer(std::string_view request_text, wire::Hello const& hello,
                           Confinement const& confinement, MediaHandler const& handler,
                           ReportProgress const& progress) {
    auto const request = TRY(json::from_text<MediaRequest>(request_text));
    if (request.version != MediaRequest{}.version)
        return fail(ErrorCode::SandboxFailed,
                    "aiditor and aiditor-media are of different versions; install both together");
    TRY_VOID(check_descriptors(request, hello.fd_count));
    if (request.task != MediaTask::SelfTest) return handler(request, progress);
    auto const foreign = wire::kFirstJobFd + static_cast<int>(hello.fd_count);
    return json::to_value(SandboxReport{confinement.level, confinement.layers,
                                        try_to_escape(hello.parent_pid, foreign)});
}

/// Library exceptions end here: a clip may make any of them.
Result<json::Value> answer_without_throwing(std::string_view request_text, wire::Hello const& hello,
                                            Confinement const& confinement,
                                            MediaHandler const& handler,
                                            ReportProgress const& progress) try {
    return answer(request_text, hello, confinement, handler, progress);
} catch (std::bad_alloc const&) {
    return fail(ErrorCode::LimitReached,
                fmt::format("needs more than the {} MiB of memory that a media process may use",
                            hello.address_space_bytes >> 20U));
} catch (std::exception const& e) {
    return fail(ErrorCode::Internal, fmt::format("the media process failed: {}", e.what()));
}

std::string encode_answer(Result<json::Value> const& answer) {
    if (!answer) return wire::encode_error(answer.error());
    auto const text = json::print(*answer, json::Layout::OneLine);
    if (text.size() <= wire::kMaxResultBytes) return wire::encode(wire::Kind::Result, text);
    return wire::encode_error(
        {ErrorCode::LimitReached, fmt::format("its analysis is larger than {} MiB; split the clip",
                                              wire::kMaxResultBytes >> 20U)});
}

bool is_socket(int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

Result<wire::Hello> receive_hello(Channel& channel) {
    auto const text = TRY(channel.receive(wire::Kind::Hello));
    auto hello = TRY(json::from_text<wire::Hello>(text));
    if (hello.fd_count > wire::kMaxJobFds)
        return fail(ErrorCode::Internal, "the request passes too many descriptors");
    return hello;
}

}  // namespace

int serve(MediaHandler const& handler) {
    if (!is_socket(wire::kChannelFd)) {
        std::fputs("aiditor-media is started by aiditor and does nothing alone\n", stderr);
        return kExitUsage;
    }
    ::signal(SIGPIPE, SIG_IGN);
    // Each malloc arena reserves 64 MiB of address space; on a machine with many cores the default
    // of eight a core would fill the limit with nothing.
    ::mallopt(M_ARENA_MAX, 4);

    Channel channel;
    auto const hello = receive_hello(channel);
    if (!hello) return kExitUnanswered;
    if (__sanitizer_sandbox_on_notify) __sanitizer_sandbox_on_notify(nullptr);
    auto const confinement = confine({hello->cpu_seconds, hello->address_space_bytes,
                                      hello->file_size_bytes, wire::kFirstJobFd + hello->fd_count},
                                     hello->parent_pid);
    if (!confinement) {
        channel.send(wire::encode_error(confinement.error()));
        return kExitAnswered;
    }
    auto const request = channel.receive(wire::Kind::Request);
    if (!request) return kExitUnanswered;
    channel.send(
        encode_answer(answer_without_throwing(*request, *hello, *confinement, handler,
                                              [&](double fraction) { channel.report(fraction); })));
    return kExitAnswered;
}

}  // namespace aiditor::sandbox
