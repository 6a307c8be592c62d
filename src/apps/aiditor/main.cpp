/// aiditor: gameplay in, montage out. Never opens media itself; aiditor-media does, confined.

#include "apps/aiditor/commands.hpp"
#include "base/stop_on_signals.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <fmt/format.h>

namespace {

using namespace aiditor;

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
        fmt::print("{}", text->text);
        return 0;
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
    try {
        return run(argc, argv);
    } catch (std::exception const& e) {
        fmt::print(stderr, "aiditor: a fault in Aiditor itself ({}); please report it\n", e.what());
        return exit_status(ErrorCode::Internal);
    }
}
