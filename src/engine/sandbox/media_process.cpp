#include "engine/sandbox/media_process.hpp"

#include "base/file.hpp"
#include "base/printable.hpp"
#include "engine/sandbox/child_handle.hpp"
#include "engine/sandbox/confine.hpp"
#include "engine/sandbox/wire.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/chrono.h>
#include <optional>
#include <poll.h>
#include <ranges>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace aiditor::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

/// An answered or closed process may still write its last words this long.
constexpr auto kGrace = std::chrono::seconds(2);
/// A sanitizer's report is long; otherwise the last line is what helps.
constexpr std::size_t kSaidBytes = kSanitizerBuild ? 64U << 10 : 4U << 10;
/// Twice what an honest child sends, which drops progress above ten a second.
constexpr std::int64_t kMaxProgressPerSecond = 20;

std::unexpected<Error> crashed(std::string_view what) {
    return fail(ErrorCode::ChildCrashed,
                fmt::format("the media process {}; the file is suspect", what));
}

/// Replaces positions in MediaJob.fds by the child's numbers; -1 stays.
Result<MediaRequest> with_child_numbers(MediaJob const& job) {
    MediaRequest out = job.request;
    bool ok = true;
    auto const renumber = [&](int& fd) {
        ok = ok && fd >= -1 && fd < static_cast<int>(job.fds.size());
        if (fd >= 0) fd += wire::kFirstJobFd;
    };
    for (auto& input : out.inputs) {
        renumber(input.fd);
        renumber(input.index_fd);
    }
    if (out.render) {
        std::ranges::for_each(out.render->output_fds, renumber);
        renumber(out.render->scratch_fd);
    }
    if (!ok)
        return fail(ErrorCode::Internal, "a media request names a descriptor it does not pass");
    return out;
}

/// All that the parent ever sends: who it is, the limits, the request.
Result<std::string> opening_words(MediaJob const& job) {
    wire::Hello const hello{
        .parent_pid = ::getpid(),
        .fd_count = static_cast<std::uint32_t>(job.fds.size()),
        .cpu_seconds = static_cast<std::uint64_t>(job.limits.cpu.count()),
        .address_space_bytes = job.limits.address_space_bytes,
        .file_size_bytes = job.limits.file_size_bytes,
    };
    auto const request = json::to_text(TRY(with_child_numbers(job)), json::Layout::OneLine);
    if (request.size() > wire::kMaxRequestBytes)
        return fail(ErrorCode::LimitReached,
                    fmt::format("the job's description is {} bytes, more than {}; use fewer clips",
                                request.size(), wire::kMaxRequestBytes));
    return wire::encode(wire::Kind::Hello, json::to_text(hello, json::Layout::OneLine)) +
           wire::encode(wire::Kind::Request, request);
}

/// One talk with one child, from its start to its end.
class Conversation {
public:
    Conversation(ChildHandle& child, MediaJob const& job, std::string opening,
                 std::stop_token const& stop, OnProgress const& on_progress)
        : child_(child),
          limits_(job.limits),
          unsent_(std::move(opening)),
          stop_(stop),
          on_progress_(on_progress),
          started_(Clock::now()) {}

    Result<json::Value> run() {
        UniqueFd const wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (!wake) return fail(ErrorCode::SandboxFailed, std::strerror(errno));
        std::stop_callback const on_stop(stop_, [&] { ::eventfd_write(wake.get(), 1); });
        auto until = started_ + limits_.wall;
        while (true) {
            if (stop_.stop_requested()) return stopped(ErrorCode::Cancelled, "stopped");
            if (Clock::now() >= until) return answer_ || closed_ ? lingering() : out_of_time();
            bool const over = wait(wake.get(), until);
            TRY_VOID(read_channel());
            read_said();
            if (over) return end();
            // Once all is said, the process has only its end before it.
            if ((answer_ || closed_) && !std::exchange(ending_, true))
                until = std::min(until, Clock::now() + kGrace);
        }
    }

private:
    /// Sleeps until something happens; returns whether the process has ended.
    bool wait(int wake, Clock::time_point until) {
        auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        auto const events = static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
        std::array<pollfd, 4> polled{{{closed_ ? -1 : child_.channel(), events, 0},
                                      {said_closed_ ? -1 : child_.said(), POLLIN, 0},
                                      {child_.ended(), POLLIN, 0},
                                      {wake, POLLIN, 0}}};
        auto const ms = std::clamp<std::int64_t>(left.count(), 0, 60'000);
        if (::poll(polled.data(), polled.size(), static_cast<int>(ms)) <= 0) return false;
        if ((polled[0].revents & POLLOUT) != 0) send();
        return polled[2].revents != 0;
    }

    void send() {
        auto const put = ::send(child_.channel(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (put > 0) unsent_.erase(0, static_cast<std::size_t>(put));
        else if (put < 0 && errno != EAGAIN && errno != EINTR) unsent_.clear();  // it is ending
    }

    Result<> read_channel() {
        while (!closed_) {
            std::array<char, 65536> bytes;
            auto const got = ::recv(child_.channel(), bytes.data(), bytes.size(), 0);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0 && errno == EAGAIN) return {};
            if (got <= 0) {
                closed_ = true;
                return {};
            }
            reader_.feed({bytes.data(), static_cast<std::size_t>(got)});
            if (auto understood = take_messages(); !understood)
                return crashed("broke its protocol (" + understood.error().message + ")");
            if (stop_.stop_requested()) return {};
        }
        return {};
    }

    Result<> take_messages() {
        while (auto message = TRY(reader_.next())) {
            if (answer_) return fail(ErrorCode::BadJson, "it went on after its answer");
            TRY_VOID(take(*message));
        }
        return {};
    }

    Result<> take(wire::Message const& message) {
        switch (message.kind) {
        case wire::Kind::Progress: return take_progress(message.payload);
        case wire::Kind::Result: answer_ = TRY(json::parse(message.payload)); return {};
        case wire::Kind::Error:
            answer_ = std::unexpected(TRY(wire::decode_error(message.payload)));
            return {};
        default: return fail(ErrorCode::BadJson, "it sent a request");
        }
    }

    Result<> take_progress(std::string_view payload) {
        auto const fraction = TRY(wire::decode_progress(payload));
        auto const elapsed =
            std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started_).count();
        if (++progress_count_ > kMaxProgressPerSecond * (elapsed + 5))
            return fail(ErrorCode::BadJson, "a flood of progress messages");
        if (on_progress_) on_progress_(fraction);
        return {};
    }

    void read_said() {
        while (!said_closed_) {
            std::array<char, 4096> bytes;
            auto const got = ::read(child_.said(), bytes.data(), bytes.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0 && errno == EAGAIN) return;
            if (got <= 0) {
                said_closed_ = true;
                return;
            }
            said_.append(bytes.data(), static_cast<std::size_t>(got));
            if (said_.size() > kSaidBytes) said_.erase(0, said_.size() - kSaidBytes);
            if (++said_reads_ % 64 == 0) return;  // a flood must not hide the deadline
        }
    }

    std::unexpected<Error> stopped(ErrorCode code, std::string message) {
        child_.kill();
        child_.reap();
        return fail(code, std::move(message));
    }

    Result<json::Value> out_of_time() {
        return stopped(ErrorCode::TimedOut,
                       fmt::format("gave up after {}; the file is damaged or this machine is very "
                                   "busy: try again, or leave the file out",
                                   limits_.wall));
    }

    Result<json::Value> lingering() {
        child_.kill();
        child_.reap();
        if (answer_ && reader_.empty()) return std::move(*answer_);
        return crashed("closed its connection without an answer");
    }

    Result<json::Value> end() {
        auto const ended = child_.reap();
        if (!WIFSIGNALED(ended.status) && WEXITSTATUS(ended.status) == 0 && answer_ &&
            reader_.empty())
            return std::move(*answer_);
        return std::unexpected(cause(ended));
    }

    /// Why a process ended without an answer, or spoiled the one it gave.
    Error cause(ProcessEnd const& ended) const {
        if (!WIFSIGNALED(ended.status))
            return crashed(fmt::format("ended without an answer (status {}){}",
                                       WEXITSTATUS(ended.status), last_words()))
                .error();
        auto const signal = WTERMSIG(ended.status);
        // The kernel ends a process at its processor limit by SIGKILL; its account tells why.
        if (signal == SIGXCPU ||
            (signal == SIGKILL && ended.cpu + std::chrono::milliseconds(500) >= limits_.cpu))
            return {ErrorCode::TimedOut,
                    fmt::format("needed more than {} of processor time, far more than a clip of "
                                "its length should; the file is damaged: leave it out",
                                limits_.cpu)};
        if (signal == SIGKILL)
            return {ErrorCode::ChildCrashed,
                    "the media process was killed by SIGKILL, most often because the machine ran "
                    "out of memory; close other programs and try again"};
        auto const* name = ::sigabbrev_np(signal);
        return crashed(fmt::format("was killed by SIG{}{}", name ? name : std::to_string(signal),
                                   last_words()))
            .error();
    }

    /// What it said on stderr: all of it for developers, else the last line.
    std::string last_words() const {
        std::string all;
        std::string last;
        for (auto const part : std::views::split(said_, '\n')) {
            auto line = printable(std::string_view(part.begin(), part.end()));
            if (line.empty()) continue;
            all += "\n" + line;
            last = std::move(line);
        }
        if (last.empty()) return "";
        return kSanitizerBuild ? all + "\n" : fmt::format(" (\"{}\")", last.substr(0, 200));
    }

    ChildHandle& child_;
    ProcessLimits const& limits_;
    std::string unsent_;
    std::stop_token const& stop_;
    OnProgress const& on_progress_;
    Clock::time_point started_;
    wire::MessageReader reader_;
    std::optional<Result<json::Value>> answer_;
    std::string said_;
    std::int64_t progress_count_ = 0;
    std::int64_t said_reads_ = 0;
    bool closed_ = false;
    bool said_closed_ = false;
    bool ending_ = false;
};

}  // namespace

ProcessLimits limits_for(timeline::Time duration, std::uint64_t output_bytes_max) {
    // Rounded up; a hostile duration is cut to a day, which is past every limit of ingest.
    auto const s = std::clamp<std::int64_t>(duration.flicks / timeline::Time::kPerSecond + 1, 1,
                                            std::int64_t{24} * 3600);
    ProcessLimits out;
    out.cpu = std::chrono::seconds(10 * s + 60);
    out.wall = std::chrono::seconds(20 * s + 120);
    out.file_size_bytes = output_bytes_max;
    return out;
}

MediaProcess::MediaProcess(std::filesystem::path program) : program_(std::move(program)) {}

std::filesystem::path MediaProcess::default_program() {
    return std::filesystem::path(program_folder()) / "aiditor-media";
}

Result<json::Value> MediaProcess::run(MediaJob const& job, std::stop_token stop,
                                      OnProgress const& on_progress) const {
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "stopped");
    auto opening = TRY(opening_words(job));
    auto child = TRY(ChildHandle::start(program_, job.fds));
    return Conversation(child, job, std::move(opening), stop, on_progress).run();
}

}  // namespace aiditor::sandbox
