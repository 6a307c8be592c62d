/// aiditor: gameplay in, montage out. Never opens media itself; aiditor-media does, confined.

#include "apps/aiditor/commands.hpp"
#include "base/file.hpp"
#include "base/stop_on_signals.hpp"

#include <cerrno>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace aiditor;

/// A standard stream that is closed would give its number to the next file opened, and messages
/// would go into a clip. /dev/null takes its place, opened the wrong way round: using the stream
/// fails, as it does on a closed one, instead of losing a result in silence.
bool hold_standard_streams() {
    for (int const fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free number is taken, and those below are open by now.
        if (::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) return false;
    }
    return true;
}

/// A render holds two descriptors a source, twice while its process starts; the usual soft limit of
/// 1024 is meant for programs that use select().
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

int fail_with(app::ProgressReporter& reporter, Error const& error) {
    reporter.failed(error);
    return exit_status(error.code);
}

int run(int argc, char const* const* argv) {
    bool json = false;  // also for errors in the command line itself
    for (int i = 1; i < argc; ++i) json = json || std::string_view(argv[i]) == "--json";
    auto const reporter = app::make_reporter(app::choose_style(json));
    auto const parsed = app::parse_command_line(argc, argv);
    if (!parsed) return fail_with(*reporter, parsed.error());
    if (auto const* text = std::get_if<app::Text>(&*parsed)) {
        auto const written = write_text("-", text->text);
        return written ? 0 : fail_with(*reporter, written.error());
    }
    StopOnSignals const stop;
    auto const done = app::run_command(std::get<app::Options>(*parsed), *reporter, stop.token());
    if (done) return 0;
    if (done.error().code == ErrorCode::Cancelled)
        return fail_with(*reporter, {ErrorCode::Cancelled, "stopped; no output was written"});
    return fail_with(*reporter, done.error());
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is a write error, not a death
    if (!hold_standard_streams()) return exit_status(ErrorCode::Internal);
    raise_descriptor_limit();
    try {
        return run(argc, argv);
    } catch (std::exception const& e) {
        app::write_quietly("aiditor: a fault in Aiditor itself (");
        app::write_quietly(e.what());
        app::write_quietly("); please report it\n");
        return exit_status(ErrorCode::Internal);
    }
}
