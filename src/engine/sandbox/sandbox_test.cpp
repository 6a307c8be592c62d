#include "engine/sandbox/confine.hpp"
#include "engine/sandbox/media_process.hpp"
#include "engine/sandbox/wire.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace aiditor;
using namespace aiditor::sandbox;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Clock = std::chrono::steady_clock;

/// A job whose child does what `name` says (testing/sandbox_test_child.cpp).
MediaJob act(std::string name) {
    MediaJob job;
    job.request.task = MediaTask::Probe;
    job.request.inputs.push_back({-1, std::move(name), -1});
    job.limits = {std::chrono::seconds(60), std::chrono::seconds(60)};
    return job;
}

Result<json::Value> run(MediaJob const& job, std::stop_token stop = {},
                        OnProgress const& on_progress = {}) {
    return MediaProcess(AIDITOR_SANDBOX_TEST_CHILD).run(job, std::move(stop), on_progress);
}

Error error_of(MediaJob const& job) {
    auto answer = run(job);
    return answer ? Error{ErrorCode::Internal, "it answered " + json::print(*answer)}
                  : std::move(answer).error();
}

/// A file in memory with this text; the caller closes it.
int file_with(std::string_view text) {
    int const fd = ::memfd_create("test", MFD_CLOEXEC);
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return fd;
}

std::size_t open_descriptors() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

TEST(MediaProcess, GivesTheAnswerOfTheChild) {
    auto const answer = run(act("8 MiB"));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->as_string().size(), 8U << 20U);
}

TEST(MediaProcess, GivesTheErrorOfTheChildWithoutControlCharacters) {
    auto const error = error_of(act("error"));
    EXPECT_EQ(error.code, ErrorCode::BadMedia);
    EXPECT_THAT(error.message, HasSubstr("no picture"));
    EXPECT_THAT(error.message, Not(HasSubstr("\x1b")));
}

TEST(MediaProcess, TurnsAnExceptionIntoAnError) {
    auto const error = error_of(act("throw"));
    EXPECT_EQ(error.code, ErrorCode::Internal);
    EXPECT_THAT(error.message, HasSubstr("oops"));
}

TEST(MediaProcess, ReportsProgressAtMostTenTimesASecond) {
    std::vector<double> seen;
    ASSERT_TRUE(run(act("progress"), {}, [&](double fraction) { seen.push_back(fraction); }));
    EXPECT_THAT(seen, ElementsAre(0.5));
}

TEST(MediaProcess, LetsTheChildUseThreads) {
    auto const answer = run(act("threads"));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, json::Value(6));
}

TEST(MediaProcess, PassesDescriptorsInTheirOrder) {
    auto job = act("read");
    job.fds = {file_with("first"), file_with("second")};
    job.request.inputs.front().fd = 1;
    job.request.inputs.push_back({0, "", -1});
    job.request.inputs.push_back({-1, "", 1});
    auto const answer = run(job);
    for (int const fd : job.fds) ::close(fd);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, (json::Array{"second", "first", nullptr}));
}

TEST(MediaProcess, PassesNoOtherDescriptor) {
    int const leaky =
        ::open("/etc/passwd", O_RDONLY);  // not close-on-exec, like a careless library
    int const high = ::fcntl(leaky, F_DUPFD, 900);
    auto job = act("descriptors");
    job.fds = {leaky};
    auto const answer = run(job);
    ::close(leaky);
    ::close(high);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, (json::Array{0, 1, 2, 3, 4}));
}

TEST(MediaProcess, PassesNothingOfTheEnvironment) {
    ::setenv("AIDITOR_TEST_SECRET", "token", 1);
    auto const answer = run(act("environment"));
    ::unsetenv("AIDITOR_TEST_SECRET");
    ASSERT_TRUE(answer) << answer.error().message;
    for (auto const& variable : answer->as_array())
        EXPECT_THAT(std::string(variable.as_string()), HasSubstr("SAN_OPTIONS="));
}

TEST(MediaProcess, LeavesNoDescriptorAndNoProcessBehind) {
    auto const before = open_descriptors();
    for (auto const* name : {"echo", "error", "crash", "lie: unknown kind", "exit"})
        (void)run(act(name));
    auto missing = act("echo");
    missing.fds = {-1};
    (void)run(missing);
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // ECHILD: no child, not even a dead one
    EXPECT_EQ(errno, ECHILD);
}

TEST(MediaProcess, RefusesADescriptorThatTheJobDoesNotPass) {
    auto job = act("echo");
    job.request.inputs.front().fd = 0;
    EXPECT_EQ(error_of(job).code, ErrorCode::Internal);
    job = act("echo");
    job.request.render.emplace().scratch_fd = 3;
    EXPECT_EQ(error_of(job).code, ErrorCode::Internal);
}

TEST(MediaProcess, RefusesTooManyDescriptorsAndTooLongRequests) {
    auto job = act("echo");
    job.fds.assign(wire::kMaxJobFds + 1, 0);
    EXPECT_EQ(error_of(job).code, ErrorCode::LimitReached);
    EXPECT_EQ(error_of(act(std::string(wire::kMaxRequestBytes, 'x'))).code,
              ErrorCode::LimitReached);
}

TEST(MediaProcess, TellsOfAChildOfAnotherVersion) {
    auto job = act("echo");
    job.request.version = 2;
    auto const error = error_of(job);
    EXPECT_EQ(error.code, ErrorCode::SandboxFailed);
    EXPECT_THAT(error.message, HasSubstr("different versions"));
}

TEST(MediaProcess, SaysWhichProgramIsMissing) {
    auto const answer = MediaProcess("/nonexistent/aiditor-media").run(act("echo"), {}, {});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::SandboxFailed);
    EXPECT_THAT(answer.error().message, HasSubstr("/nonexistent/aiditor-media"));
}

TEST(MediaProcess, CallsACrashByItsName) {
    auto const error = error_of(act("crash"));
    EXPECT_EQ(error.code, ErrorCode::ChildCrashed);
    EXPECT_THAT(error.message, HasSubstr("SIGSEGV"));
    EXPECT_THAT(error.message, HasSubstr("suspect"));
}

TEST(MediaProcess, RepeatsTheLastWordsOfACrash) {
    auto const error = error_of(act("abort"));
    EXPECT_EQ(error.code, ErrorCode::ChildCrashed);
    EXPECT_THAT(error.message, HasSubstr("the last words"));
}

TEST(MediaProcess, ShowsTheReportOfAddressSanitizer) {
#if !defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "only the dev build has AddressSanitizer";
#endif
    auto const error = error_of(act("overflow"));
    EXPECT_EQ(error.code, ErrorCode::ChildCrashed);
    EXPECT_THAT(error.message, HasSubstr("heap-buffer-overflow"));
}

TEST(MediaProcess, CallsAnEndWithoutAnswerACrash) {
    EXPECT_EQ(error_of(act("exit")).code, ErrorCode::ChildCrashed);
}

TEST(MediaProcess, EndsAChildThatRunsOutOfWallTime) {
    auto job = act("hang");
    job.limits.wall = std::chrono::seconds(1);
    EXPECT_EQ(error_of(job).code, ErrorCode::TimedOut);
}

TEST(MediaProcess, EndsAChildThatRunsOutOfWallTimeWhileItWritesToStderr) {
    auto job = act("flood stderr");
    job.limits.wall = std::chrono::seconds(1);
    EXPECT_EQ(error_of(job).code, ErrorCode::TimedOut);
}

TEST(MediaProcess, EndsAChildThatRunsOutOfProcessorTime) {
    auto job = act("spin");
    job.limits.cpu = std::chrono::seconds(1);
    auto const error = error_of(job);
    EXPECT_EQ(error.code, ErrorCode::TimedOut);
    EXPECT_THAT(error.message, HasSubstr("processor time"));
}

TEST(MediaProcess, EndsAChildThatClosesItsChannelAndStays) {
    auto const started = Clock::now();
    EXPECT_EQ(error_of(act("hang closed")).code, ErrorCode::ChildCrashed);
    EXPECT_LT(Clock::now() - started, std::chrono::seconds(10));
}

TEST(MediaProcess, StopsAtOnceWhenAsked) {
    std::stop_source stop;
    Clock::time_point asked;
    auto const answer = run(act("hang after progress"), stop.get_token(), [&](double) {
        asked = Clock::now();
        stop.request_stop();
    });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::Cancelled);
    EXPECT_LT(Clock::now() - asked, std::chrono::seconds(2));
}

TEST(MediaProcess, StopsWhenAskedByAnotherThread) {
    std::stop_source stop;
    std::jthread asker;
    auto const answer = run(act("hang after progress"), stop.get_token(),
                            [&](double) { asker = std::jthread([&] { stop.request_stop(); }); });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::Cancelled);
}

TEST(MediaProcess, StartsNothingWhenAlreadyStopped) {
    std::stop_source stop;
    stop.request_stop();
    auto const answer = run(act("echo"), stop.get_token());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::Cancelled);
}

TEST(MediaProcess, KillsTheChildWhenProgressThrows) {
    EXPECT_THROW(
        (void)run(act("hang after progress"), {}, [](double) { throw std::runtime_error("ui"); }),
        std::runtime_error);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(MediaProcess, RunsManyAtOnce) {
    std::array<int, 8> fds{};
    std::array<std::string, 8> read;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < read.size(); ++i) {
            fds[i] = file_with("clip " + std::to_string(i));
            threads.emplace_back([&, i] {
                auto job = act("read");
                job.fds = {fds[i]};
                job.request.inputs.front().fd = 0;
                auto const answer = run(job);
                read[i] = answer ? std::string(answer->as_array().at(0).as_string())
                                 : answer.error().message;
            });
        }
    }
    for (std::size_t i = 0; i < read.size(); ++i) {
        EXPECT_EQ(read[i], "clip " + std::to_string(i));
        ::close(fds[i]);
    }
}

TEST(MediaProcess, DiesWithItsParent) {
    std::array<int, 2> alive{};
    ASSERT_EQ(::pipe2(alive.data(), O_CLOEXEC), 0);
    auto const parent = ::fork();
    if (parent == 0) {
        ::close(alive[0]);
        auto job = act("hang after progress");
        job.fds = {alive[1]};
        (void)run(job, {}, [](double) { ::raise(SIGKILL); });
        ::_exit(1);
    }
    ::close(alive[1]);
    pollfd gone{alive[0], 0, 0};  // hangs up when the last holder, the child, has ended
    EXPECT_EQ(::poll(&gone, 1, 10'000), 1);
    ::close(alive[0]);
    int status = 0;
    ::waitpid(parent, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child never reported progress";
}

TEST(MessageReader, TakesBytesOneByOne) {
    wire::MessageReader reader;
    auto const bytes = wire::encode(wire::Kind::Result, "{}") + wire::encode_progress(0.5);
    std::vector<wire::Message> messages;
    for (char const c : bytes) {
        reader.feed({&c, 1});
        auto message = reader.next();
        ASSERT_TRUE(message);
        if (*message) messages.push_back(**message);
    }
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].payload, "{}");
    EXPECT_EQ(wire::decode_progress(messages[1].payload), 0.5);
    EXPECT_TRUE(reader.empty());
}

TEST(MessageReader, CutsLongErrorsBetweenCharacters) {
    std::string accents;
    for (int i = 0; i < 3000; ++i) accents += "\xC3\xA9";
    auto const bytes = wire::encode_error({ErrorCode::BadMedia, "x" + accents});
    auto const error = wire::decode_error(std::string_view(bytes).substr(8));
    ASSERT_TRUE(error) << error.error().message;
    EXPECT_EQ(error->message.size(), wire::kMaxErrorText - 1);
}

class Lie : public ::testing::TestWithParam<char const*> {};

TEST_P(Lie, IsACrashThatNamesTheProtocolOrTheEnd) {
    auto const error = error_of(act(GetParam()));
    EXPECT_EQ(error.code, ErrorCode::ChildCrashed) << error.message;
    EXPECT_THAT(error.message,
                AnyOf(HasSubstr("broke its protocol"), HasSubstr("without an answer")));
}

INSTANTIATE_TEST_SUITE_P(Protocol, Lie,
                         ::testing::Values("lie: result of 4 GiB", "lie: unknown kind",
                                           "lie: request", "lie: half a message", "lie: not JSON",
                                           "lie: two answers", "lie: progress 2",
                                           "lie: progress NaN", "lie: cancelled", "lie: flood"));

TEST(Limits, AnAnswerIsAtMost64MiB) {
    EXPECT_EQ(error_of(act("long result")).code, ErrorCode::LimitReached);
}

TEST(Limits, MemoryEndsInAnErrorAndNotInACrash) {
    if (kSanitizerBuild) GTEST_SKIP() << "AddressSanitizer cannot live under RLIMIT_AS";
    auto const error = error_of(act("allocate 6 GiB"));
    EXPECT_EQ(error.code, ErrorCode::LimitReached);
    EXPECT_THAT(error.message, HasSubstr("4096 MiB"));
}

TEST(Limits, AFileGrowsToItsLimitAndNoFurther) {
    auto job = act("write");
    job.limits.file_size_bytes = 1U << 20U;
    job.fds = {file_with("")};
    job.request.inputs.front().fd = 0;
    auto const error = error_of(job);
    EXPECT_EQ(::lseek(job.fds.front(), 0, SEEK_END), 1 << 20);
    ::close(job.fds.front());
    EXPECT_EQ(error.code, ErrorCode::LimitReached) << error.message;
}

TEST(Limits, GrowWithTheDurationWithinReason) {
    auto const limits = limits_for(timeline::seconds(60), 123);
    EXPECT_GE(limits.cpu, std::chrono::seconds(660));
    EXPECT_GE(limits.wall, std::chrono::seconds(1320));
    EXPECT_EQ(limits.file_size_bytes, 123U);
    auto const hostile = limits_for({std::numeric_limits<std::int64_t>::max()}, 0);
    EXPECT_LE(hostile.wall, std::chrono::hours(24 * 21));
    EXPECT_GT(limits_for({-1}, 0).wall, std::chrono::seconds(0));
}

TEST(Sandbox, DeniesEveryEscape) {
    MediaJob job;
    job.request.task = MediaTask::SelfTest;
    auto const answer = run(job);
    ASSERT_TRUE(answer) << answer.error().message;
    auto const report = json::from_value<SandboxReport>(*answer);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_NE(report->level, SandboxLevel::C) << json::print(*answer);
    EXPECT_GE(report->attempts.size(), 24U);
    for (auto const& attempt : report->attempts)
        EXPECT_TRUE(attempt.denied) << attempt.name << ": " << attempt.detail;
    RecordProperty("level", std::string(1, "?ABC"[static_cast<int>(report->level)]));
}

TEST(Sandbox, DoesNothingWhenStartedByHand) {
    auto const child = ::fork();
    if (child == 0) {
        for (int const fd : {STDERR_FILENO, wire::kChannelFd}) ::close(fd);
        ::execl(AIDITOR_SANDBOX_TEST_CHILD, "aiditor-media", nullptr);
        ::_exit(99);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 2);
}

}  // namespace
