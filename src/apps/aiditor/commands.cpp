#include "apps/aiditor/commands.hpp"

#include "apps/aiditor/show.hpp"
#include "apps/aiditor/stage_input.hpp"
#include "base/file.hpp"
#include "base/printable.hpp"
#include "engine/detect/rules.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>
#include <optional>

namespace aiditor::app {

using pipeline::AnalysisSet;
using pipeline::InputSet;
using pipeline::Pipeline;
using timeline::EditPlan;
using timeline::Highlights;

namespace {

/// One run: goes from wherever the input stands to where the command ends.
class Run {
public:
    Run(Options const& options, ProgressReporter& reporter, std::stop_token const& stop)
        : options_(options), reporter_(reporter), stop_(stop) {}

    Result<> probe();
    Result<> analyse();
    Result<> detect();
    Result<> plan();
    Result<> montage();
    Result<> doctor();

private:
    Result<> open();
    Result<> check_sandbox();
    Result<StageInput> input() {
        TRY_VOID(open());
        auto value = TRY(read_stage_input(
            options_.inputs, output_names(options_.output, options_.plan.formats), reporter_));
        TRY_VOID(check_fits(options_, value));
        return value;
    }
    /// The input, and the output opened: all that can be wrong with it is found before the work.
    Result<StageInput> input_and_output();
    Result<InputSet> media(StageInput value) const;
    Result<AnalysisSet> analysed(StageInput value);
    Result<Highlights> found(StageInput value);
    Result<EditPlan> planned(StageInput value);

    template <class T>
    Result<> write(T const& value) {
        auto const text = json::to_text(value) + "\n";
        if (!output_) return write_text("-", text);
        TRY_VOID(write_all(output_->fd(), text, options_.output));
        TRY_VOID(output_->flush());
        return output_->publish();
    }

    Options const& options_;
    ProgressReporter& reporter_;
    std::stop_token const& stop_;
    std::optional<Pipeline> pipeline_;
    std::optional<OutputFile> output_;  ///< none: standard output
    std::vector<pipeline::ClipProblem> skipped_;
};

Result<> Run::open() {
    pipeline::PipelineOptions const setup{.media_program = {},
                                          .use_cache = options_.use_cache,
                                          .cache_folder = {},
                                          .jobs = options_.jobs};
    pipeline_.emplace(TRY(Pipeline::open(setup, reporter_, stop_)));
    return {};
}

Result<StageInput> Run::input_and_output() {
    auto value = TRY(input());
    if (options_.output == "-") return value;
    TRY_VOID(refuse_same_file(options_.output, files_of(value, options_.inputs)));
    output_.emplace(TRY(OutputFile::create(options_.output)));
    return value;
}

/// Before a file from outside is opened: is the media process really shut in?
Result<> Run::check_sandbox() {
    auto const report = TRY(pipeline_->media().self_test());
    auto const open_ways =
        std::ranges::count(report.attempts, false, &sandbox::EscapeAttempt::denied);
    if (report.level == sandbox::SandboxLevel::C)
        reporter_.note(
            "the sandbox is at level C on this machine: media is decoded with resource "
            "limits only; open only files you trust (`aiditor doctor` says more)");
    else if (open_ways > 0)
        reporter_.note(
            fmt::format("{} of {} escape attempts of the sandbox's self-test were not "
                        "denied (`aiditor doctor` says which)",
                        open_ways, report.attempts.size()));
    return {};
}

Result<InputSet> Run::media(StageInput value) const {
    auto* inputs = std::get_if<InputSet>(&value);
    if (!inputs)
        return fail(ErrorCode::Usage, "this command takes videos or folders, not a JSON value");
    TRY_VOID(pipeline::identify_clips(*inputs, pipeline_->media().cache(), reporter_, stop_));
    return std::move(*inputs);
}

Result<AnalysisSet> Run::analysed(StageInput value) {
    if (auto* set = std::get_if<AnalysisSet>(&value)) {
        skipped_ = set->skipped;
        return std::move(*set);
    }
    if (!std::holds_alternative<InputSet>(value))
        return fail(ErrorCode::Usage,
                    "this command takes videos, folders or what `analyse` wrote, "
                    "not the value of a later stage");
    TRY_VOID(check_sandbox());
    auto const inputs = TRY(media(std::move(value)));
    auto set = TRY(pipeline_->analyse(inputs));
    skipped_ = set.skipped;
    return set;
}

Result<Highlights> Run::found(StageInput value) {
    if (auto* highlights = std::get_if<Highlights>(&value)) return std::move(*highlights);
    // The command line knows no other detector yet.
    assert(options_.detector == "rules");
    return pipeline_->detect(TRY(analysed(std::move(value))), *detect::make_rules());
}

Result<EditPlan> Run::planned(StageInput value) {
    if (auto* plan = std::get_if<EditPlan>(&value)) return std::move(*plan);
    return pipeline_->plan(TRY(found(std::move(value))), options_.plan);
}

Result<> Run::probe() {
    auto value = TRY(input_and_output());
    auto const clips = TRY(media(std::move(value)));
    TRY_VOID(check_sandbox());
    return write(TRY(pipeline_->probe(clips)));
}

Result<> Run::analyse() {
    auto value = TRY(input_and_output());
    return write(TRY(analysed(std::move(value))));
}

Result<> Run::detect() {
    auto value = TRY(input_and_output());
    return write(TRY(found(std::move(value))));
}

Result<> Run::plan() {
    auto value = TRY(input_and_output());
    return write(TRY(planned(std::move(value))));
}

/// montage and render: the latter starts from a plan, where there is one.
Result<> Run::montage() {
    auto value = TRY(input());
    auto formats = options_.plan.formats;
    if (auto const* given = std::get_if<EditPlan>(&value)) {
        formats.clear();
        for (auto const& output : given->outputs) formats.push_back(output.format);
    }
    // All that can be wrong with the output is found before the work.
    auto target = TRY(pipeline::RenderTarget::open(output_names(options_.output, formats),
                                                   files_of(value, options_.inputs)));
    bool const sandbox_unchecked = !std::holds_alternative<InputSet>(value);
    auto plan = TRY(planned(std::move(value)));
    if (sandbox_unchecked) TRY_VOID(check_sandbox());
    auto rendered = TRY(pipeline_->render(plan, target, options_.encode));
    pipeline::MontageReport const report{.plan = std::move(plan),
                                         .render = std::move(rendered.report),
                                         .skipped = skipped_,
                                         .already_rendered = rendered.already_there};
    return write_text("-", options_.json ? json::to_text(report) + "\n" : show_montage(report));
}

Result<> Run::doctor() {
    TRY_VOID(open());
    auto const limits = sandbox::limits_for(timeline::seconds(60), 0);
    auto const folder = pipeline::Cache::default_folder();
    Doctor const doctor{
        .version = AIDITOR_VERSION,
        .sandbox = TRY(pipeline_->media().self_test()),
        .media = TRY(pipeline_->media().doctor()),
        .limits = {
            {"inputs", fmt::format("{}", InputSet::kMostClips)},
            {"length of a montage", "12 hours"},
            {"files in a montage", fmt::format("{}", edit::kMostSources)},
            {"takes in a montage", fmt::format("{}", edit::kMostClips)},
            {"length of a clip", "4 hours"},
            {"size of a clip", "50 GB"},
            {"picture of a clip", "8192 pixels a side, 40 megapixels, 240 a second"},
            {"streams of a clip", "64"},
            {"memory of a media process", fmt::format("{} MiB", limits.address_space_bytes >> 20)},
            {"CPU for 60 s of video", fmt::format("{} s", limits.cpu.count())},
            {"time for 60 s of video", fmt::format("{} s", limits.wall.count())},
            {"cache",
             fmt::format("{} MiB in {}", pipeline::Cache::kMostBytes >> 20,
                         folder.empty() ? "no folder: HOME is not set" : printable(folder))},
        }};
    return write_text("-", options_.json ? json::to_text(doctor) + "\n" : show_doctor(doctor));
}

}  // namespace

Result<> run_command(Options const& options, ProgressReporter& reporter,
                     std::stop_token const& stop) {
    Run run(options, reporter, stop);
    switch (options.command) {
    case Command::Probe: return run.probe();
    case Command::Analyse: return run.analyse();
    case Command::Detect: return run.detect();
    case Command::Plan: return run.plan();
    case Command::Doctor: return run.doctor();
    case Command::Montage:
    case Command::Render: break;
    }
    return run.montage();
}

}  // namespace aiditor::app
