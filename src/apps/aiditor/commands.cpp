#include "apps/aiditor/commands.hpp"

#include "apps/aiditor/likes_file.hpp"
#include "apps/aiditor/plots.hpp"
#include "apps/aiditor/service_commands.hpp"
#include "apps/aiditor/show.hpp"
#include "apps/aiditor/stage_input.hpp"
#include "base/config.hpp"
#include "base/file.hpp"
#include "base/printable.hpp"
#include "engine/detect/detectors.hpp"
#include "engine/pipeline/stage_progress.hpp"

#include <algorithm>
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
    Run(Options const& options, Config config, ProgressReporter& reporter,
        std::stop_token const& stop)
        : options_(options), config_(std::move(config)), reporter_(reporter), stop_(stop) {}

    Result<> probe();
    Result<> analyse();
    Result<> detect();
    Result<> like();
    Result<> plan();
    Result<> montage();
    Result<> doctor();

private:
    Result<> open();
    Result<> check_sandbox();
    Result<StageInput> input() {
        TRY_VOID(open());
        wishes_ = options_.wishes;
        if (!options_.learn.empty()) wishes_.likes = TRY(read_likes(options_.learn));
        auto value = TRY(read_stage_input(
            options_.inputs, output_names(options_.output, options_.plan.formats), reporter_));
        TRY_VOID(check_fits(options_, value));
        return value;
    }
    /// The input, and the output opened: all that can be wrong with it is found before the work.
    Result<StageInput> input_and_output();
    /// What must not be overwritten: all that this run reads.
    [[nodiscard]] std::vector<FileFacts> files_to_keep(StageInput const& value) const;
    Result<InputSet> media(StageInput value) const;
    Result<AnalysisSet> analysed(StageInput value);
    [[nodiscard]] std::string model() const;
    [[nodiscard]] detect::ChosenDetector detector() const;
    Result<Highlights> detected(AnalysisSet const& set) const;
    Result<Highlights> found(StageInput value);
    Result<EditPlan> planned(StageInput value);
    /// What `--plot` asks for; `found` may be null.
    Result<> draw_plots(AnalysisSet const& set, Highlights const* found);
    Result<timeline::PictureStrip> strip_of(timeline::MediaInfo const& media,
                                            sandbox::OnProgress const& on_progress);

    template <class T>
    Result<> write(T const& value) {
        auto const text = json::to_text(value) + "\n";
        if (!output_) return write_text("-", text);
        TRY_VOID(write_all(output_->fd(), text, options_.output));
        TRY_VOID(output_->flush());
        return output_->publish();
    }

    Options const& options_;
    Config config_;
    detect::Wishes wishes_;
    ProgressReporter& reporter_;
    std::stop_token const& stop_;
    std::optional<Pipeline> pipeline_;
    std::optional<OutputFile> output_;  ///< none: standard output
    std::optional<PlotFiles> plots_;
    std::vector<pipeline::Clip> clips_;  ///< that were measured in this run
    std::vector<pipeline::ClipProblem> skipped_;
};

Result<> Run::open() {
    pipeline::PipelineOptions const setup{.media_program = {},
                                          .use_cache = options_.use_cache,
                                          .cache_folder = {},
                                          .jobs = options_.jobs,
                                          .closer_look_share = options_.closer_look_share};
    pipeline_.emplace(TRY(Pipeline::open(setup, reporter_, stop_)));
    return {};
}

Result<StageInput> Run::input_and_output() {
    auto value = TRY(input());
    if (options_.output == "-" && options_.plot.empty()) return value;
    auto const files = files_to_keep(value);
    if (options_.output != "-") {
        TRY_VOID(refuse_same_file(options_.output, files));
        output_.emplace(TRY(OutputFile::create(options_.output)));
    }
    if (!options_.plot.empty()) {
        auto const* measured = std::get_if<AnalysisSet>(&value);
        auto const* media = std::get_if<InputSet>(&value);
        auto const clips = measured ? measured->clips.size() : media ? media->clips.size() : 0;
        plots_.emplace(TRY(PlotFiles::open(options_.plot, clips, options_.output, files)));
    }
    return value;
}

std::vector<FileFacts> Run::files_to_keep(StageInput const& value) const {
    auto files = files_of(value, options_.inputs);
    for (auto const& path : {options_.learn, config_.file(), model()})
        if (auto const file = open_regular(path)) files.push_back(file->facts);
    return files;
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
    clips_ = inputs.clips;
    return set;
}

std::string Run::model() const {
    auto const& named = config_.text("model");
    return named.empty() ? program_folder() + "/models/highlight.json" : named;
}

detect::ChosenDetector Run::detector() const {
    auto const& name = options_.detector.empty() ? config_.text("detector") : options_.detector;
    // Whoever names a model means it: that it is missing is then worth a note.
    bool const named = name == "auto" && !config_.text("model").empty();
    return detect::make_detector(named ? "model" : name, model());
}

Result<Highlights> Run::detected(AnalysisSet const& set) const {
    auto const chosen = detector();
    if (!chosen.problem.empty()) reporter_.note(chosen.problem);
    return pipeline_->detect(set, *chosen.detector, wishes_);
}

Result<Highlights> Run::found(StageInput value) {
    if (auto* highlights = std::get_if<Highlights>(&value)) return std::move(*highlights);
    return detected(TRY(analysed(std::move(value))));
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
    auto const set = TRY(analysed(std::move(value)));
    TRY_VOID(draw_plots(set, nullptr));
    return write(set);
}

Result<> Run::detect() {
    auto value = TRY(input_and_output());
    auto const set = TRY(analysed(std::move(value)));
    auto const highlights = TRY(detected(set));
    TRY_VOID(draw_plots(set, &highlights));
    if (output_ || !options_.explain) TRY_VOID(write(highlights));
    return options_.explain ? write_text("-", show_highlights(highlights)) : Result<>{};
}

Result<> Run::like() {
    timeline::Likes likes;
    if (options_.output != "-") likes = TRY(likes_so_far(options_.output));
    auto value = TRY(input());
    if (options_.output != "-") TRY_VOID(refuse_same_file(options_.output, files_to_keep(value)));
    auto const set = TRY(analysed(std::move(value)));
    if (set.clips.size() != 1)
        return fail(ErrorCode::Usage, "like: takes the moments of one clip at a time");
    auto const found = TRY(detected(set));
    for (auto const& [times, is_liked] : {std::pair{&options_.up, true}, {&options_.down, false}})
        for (auto const at : *times)
            TRY_VOID(add_like(likes, set.clips[0].cues, found.clips[0], at, is_liked));
    TRY_VOID(likes.validate(""));
    return write_text(options_.output, json::to_text(likes) + "\n");
}

/// The clip as it was measured, in this run or, by its hash, in an earlier one. A clip that is gone
/// is no reason to do without the rest of its plot.
Result<timeline::PictureStrip> Run::strip_of(timeline::MediaInfo const& media,
                                             sandbox::OnProgress const& on_progress) {
    auto const strip = [&]() -> Result<timeline::PictureStrip> {
        auto const known = std::ranges::find(clips_, media.file, &pipeline::Clip::file);
        if (known != clips_.end()) return pipeline_->picture_strip(*known, on_progress);
        pipeline::Silent silent;
        auto one = TRY(pipeline::reopen_inputs({{media.file, media.sha256}}, {}, silent));
        TRY_VOID(pipeline::identify_clips(one, pipeline_->media().cache(), silent, stop_));
        return pipeline_->picture_strip(one.clips.front(), on_progress);
    }();
    auto const code = strip ? ErrorCode{} : strip.error().code;
    if (strip || code == ErrorCode::Cancelled || code == ErrorCode::SandboxFailed) return strip;
    reporter_.note(strip.error().message + "; its plot has no pictures");
    return timeline::PictureStrip{};
}

Result<> Run::draw_plots(AnalysisSet const& set, Highlights const* found) {
    if (!plots_) return {};
    if (clips_.empty()) TRY_VOID(check_sandbox());
    reporter_.started(pipeline::Stage::Plot, {});
    auto const clips = static_cast<double>(set.clips.size());
    for (std::size_t i = 0; i < set.clips.size(); ++i) {
        auto const& media = set.clips[i].media;
        auto const& track = set.clips[i].cues;
        auto const strip = TRY(strip_of(media, [&](double fraction) {
            reporter_.progress(pipeline::Stage::Plot, (static_cast<double>(i) + fraction) / clips);
        }));
        plot::Scene scene{.track = track, .strip = strip, .media = &media};
        if (found) {
            scene.found = &found->clips[i];
            for (auto const& highlight : scene.found->highlights)
                scene.reasons.push_back(show_why(highlight.why, 2));
        }
        TRY_VOID(plots_->add(scene));
    }
    TRY_VOID(plots_->publish());
    reporter_.finished(pipeline::Stage::Plot, {});
    return {};
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
    auto target = TRY(
        pipeline::RenderTarget::open(output_names(options_.output, formats), files_to_keep(value)));
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
    auto const chosen = detector();
    Doctor const doctor{
        .version = AIDITOR_VERSION,
        .sandbox = TRY(pipeline_->media().self_test()),
        .media = TRY(pipeline_->media().doctor()),
        .detector = {.name = std::string(chosen.detector->name()),
                     .asked_for = config_.text("detector"),
                     .asked_by = config_.origin("detector"),
                     .problem = chosen.problem},
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
    auto config = TRY(Config::load());
    if (options.command == Command::Config) return write_text("-", show_config(config));
    if (is_service_command(options.command)) return run_service_command(options, config, stop);
    bool const judges = options.command != Command::Probe && options.command != Command::Analyse;
    if (judges && options.detector.empty())
        TRY_VOID(check_detector(config.text("detector"), config.origin("detector")));
    Run run(options, std::move(config), reporter, stop);
    switch (options.command) {
    case Command::Probe: return run.probe();
    case Command::Analyse: return run.analyse();
    case Command::Detect: return run.detect();
    case Command::Like: return run.like();
    case Command::Plan: return run.plan();
    case Command::Doctor: return run.doctor();
    case Command::Serve:
    case Command::Backup:
    case Command::Restore:
    case Command::Config:
    case Command::SetupLink:
    case Command::RotateKeys:
    case Command::Montage:
    case Command::Render: break;
    }
    return run.montage();
}

}  // namespace aiditor::app
