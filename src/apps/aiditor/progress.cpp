#include "apps/aiditor/progress.hpp"

#include "base/printable.hpp"

#include <cerrno>
#include <chrono>
#include <fmt/format.h>
#include <unistd.h>

namespace aiditor::app {

using pipeline::ClipProblem;
using pipeline::Stage;
using pipeline::Work;
using timeline::clock_text;

namespace {

using Clock = std::chrono::steady_clock;

std::string stage_name(Stage stage) { return std::string(json::to_value(stage).get_string()); }

void say(std::string line) { write_quietly(line += '\n'); }

/// Time and speed of the running stage.
class Pace {
public:
    void start(Work const& work) {
        work_ = work;
        started_ = Clock::now();
    }
    [[nodiscard]] double elapsed_s() const {
        return std::chrono::duration<double>(Clock::now() - started_).count();
    }
    [[nodiscard]] double left_s(double fraction) const {
        return fraction > 0 ? elapsed_s() * (1 - fraction) / fraction : 0;
    }
    /// "2.1x real time" where the length is known, else "310 MB/s"; empty when there is no telling
    /// or it is below 1.
    [[nodiscard]] std::string speed(double fraction) const {
        auto const s = std::max(elapsed_s(), 1e-3);
        if (work_.media.flicks > 0)
            return fmt::format("{:.1f}x real time",
                               fraction * timeline::to_seconds(work_.media) / s);
        auto const mb_per_s = fraction * static_cast<double>(work_.bytes) / 1e6 / s;
        return mb_per_s >= 1 ? fmt::format("{:.0f} MB/s", mb_per_s) : "";
    }
    [[nodiscard]] std::string line(double fraction) const {
        auto text = fmt::format("{:3.0f} %", fraction * 100);
        if (auto const v = speed(fraction); !v.empty()) text += "  " + v;
        // The first moments say nothing about the rest.
        if (fraction > 0.01 && elapsed_s() > 0.5)
            text += "  " + clock_text(timeline::from_seconds(std::min(left_s(fraction), 1e6))) +
                    " left";
        return text;
    }
    [[nodiscard]] std::string summary() const {
        auto const v = speed(1);
        return fmt::format("done in {:.1f} s{}{}", elapsed_s(), v.empty() ? "" : "  ", v);
    }

private:
    Work work_;
    Clock::time_point started_ = Clock::now();
};

/// Lines for people; the bar adds a line that is redrawn.
class TextReporter final : public ProgressReporter {
public:
    explicit TextReporter(bool bar) : bar_(bar) {}
    ~TextReporter() override { clear(); }

    void started(Stage, Work const& work) override {
        pace_.start(work);
        last_ = Clock::now() - std::chrono::seconds(1);
        last_fraction_ = 0;
    }
    void progress(Stage stage, double fraction) override {
        if (!is_due(fraction)) return;
        last_ = Clock::now();
        last_fraction_ = fraction;
        if (!bar_) return say(fmt::format("{:<8}{}", stage_name(stage), pace_.line(fraction)));
        constexpr std::size_t kWidth = 28;
        auto const full = static_cast<std::size_t>(fraction * kWidth);
        write_quietly(fmt::format("\r\x1b[K{:<8}[{}{}] {}", stage_name(stage),
                                  std::string(full, '#'), std::string(kWidth - full, '.'),
                                  pace_.line(fraction)));
        drawn_ = true;
    }
    void finished(Stage stage, Work const& done) override {
        clear();
        if (done.media.flicks > 0 && stage == Stage::Plan) return;
        if (pace_.elapsed_s() < 0.3) return;  // too quick to be worth a line
        say(fmt::format("{:<8}{}", stage_name(stage), pace_.summary()));
    }
    void note(std::string const& text) override { put("note: " + text); }
    void problem(ClipProblem const& problem) override {
        last_problem_ = problem.message;
        put("skipped: " + problem.message);
    }
    void failed(Error const& error) override {
        if (error.message != last_problem_) put("aiditor: " + error.message);
    }

private:
    void put(std::string const& line) {
        clear();
        say(line);
    }
    void clear() {
        if (drawn_) write_quietly("\r\x1b[K");
        drawn_ = false;
    }
    [[nodiscard]] bool is_due(double fraction) const {
        auto const since = Clock::now() - last_;
        if (bar_) return since >= std::chrono::milliseconds(100);
        return (since >= std::chrono::seconds(2) && fraction >= last_fraction_ + 0.1) ||
               since >= std::chrono::seconds(30);
    }

    bool bar_, drawn_ = false;
    Pace pace_;
    Clock::time_point last_;
    double last_fraction_ = 0;
    std::string last_problem_;
};

class JsonReporter final : public ProgressReporter {
public:
    void started(Stage stage, Work const& work) override {
        pace_.start(work);
        last_ = {};
        event("started", {{"stage", stage_name(stage)},
                          {"bytes", work.bytes},
                          {"media_s", timeline::to_seconds(work.media)}});
    }
    void progress(Stage stage, double fraction) override {
        if (Clock::now() - last_ < std::chrono::milliseconds(250)) return;
        last_ = Clock::now();
        event("progress", {{"stage", stage_name(stage)},
                           {"fraction", fraction},
                           {"speed", pace_.speed(fraction)},
                           {"elapsed_s", pace_.elapsed_s()},
                           {"left_s", pace_.left_s(fraction)}});
    }
    void finished(Stage stage, Work const&) override {
        event("finished", {{"stage", stage_name(stage)}, {"elapsed_s", pace_.elapsed_s()}});
    }
    void note(std::string const& text) override { event("note", {{"message", text}}); }
    void problem(ClipProblem const& p) override {
        event("problem", {{"file", p.file}, {"code", p.code}, {"message", p.message}});
    }
    void failed(Error const& error) override {
        event("error", {{"code", code_name(error.code)},
                        {"message", error.message},
                        {"exit_status", exit_status(error.code)}});
    }

private:
    static void event(std::string_view name, json::Object fields) {
        json::Object object{{"event", name}};
        object.insert(fields.begin(), fields.end());
        say(json::print(object, json::Layout::OneLine));
    }
    Pace pace_;
    Clock::time_point last_;
};

}  // namespace

void write_quietly(std::string_view text) noexcept {
    while (!text.empty()) {
        auto const n = ::write(STDERR_FILENO, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

ProgressStyle choose_style(bool json) {
    if (json) return ProgressStyle::Json;
    return ::isatty(STDERR_FILENO) == 1 ? ProgressStyle::Bar : ProgressStyle::Lines;
}

std::unique_ptr<ProgressReporter> make_reporter(ProgressStyle style) {
    if (style == ProgressStyle::Json) return std::make_unique<JsonReporter>();
    return std::make_unique<TextReporter>(style == ProgressStyle::Bar);
}

}  // namespace aiditor::app
