#include "apps/aiditor/engine_work.hpp"

#include "base/json.hpp"
#include "engine/detect/detectors.hpp"
#include "engine/pipeline/clip_events.hpp"
#include "engine/pipeline/stage_progress.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace aiditor::app {
namespace {

using pipeline::Pipeline;
using timeline::EditPlan;

/// Proxies: small enough for a phone, cheap to make.
constexpr int kProxyShortSide = 480, kProxyLongSide = 1280;
constexpr char const* kProxyPreset = "ultrafast";
constexpr int kProxyCrf = 28;

/// The pipeline's progress becomes the job's.
class JobReporter final : public pipeline::Reporter {
public:
    JobReporter(jobs::Control& control, std::string_view as) : control_(control), as_(as) {}
    void started(pipeline::Stage, pipeline::Work const&) override {}
    void progress(pipeline::Stage stage, double fraction) override {
        control_.progress(as_.empty() ? name_of(stage) : as_, fraction);
    }
    void finished(pipeline::Stage, pipeline::Work const&) override {}
    void note(std::string const&) override {}
    void problem(pipeline::ClipProblem const&) override {}

private:
    static std::string name_of(pipeline::Stage stage) {
        return std::string(json::to_value(stage).get_string());
    }
    jobs::Control& control_;
    std::string as_;
};

pipeline::PipelineOptions options_for(EngineOptions const& options) {
    pipeline::PipelineOptions out;
    out.cache_folder = options.cache_folder;
    out.jobs = 1;
    return out;
}

int even(double x) { return std::max(16, static_cast<int>(x / 2) * 2); }

timeline::PlanOutput proxy_size(timeline::VideoInfo const& video) {
    double const width = video.display_width, height = video.display_height;
    auto const scale = std::min(
        {1.0, kProxyShortSide / std::min(width, height), kProxyLongSide / std::max(width, height)});
    auto const format = width < height   ? timeline::Format::Portrait
                        : width > height ? timeline::Format::Landscape
                                         : timeline::Format::Square;
    return {.format = format, .width = even(width * scale), .height = even(height * scale)};
}

/// All of one clip, nothing cut.
EditPlan whole_clip(timeline::MediaInfo const& media, std::string const& path) {
    EditPlan plan;
    plan.frame_rate = edit::standard_rate(media.video.frame_rate);
    plan.frames = std::max<std::int64_t>(1, timeline::frames_in(media.duration_s, plan.frame_rate));
    if (media.duration_s < timeline::frame_start(plan.frames, plan.frame_rate) && plan.frames > 1)
        --plan.frames;  // no part of a plan may lie behind the end of its source
    plan.asked_s = plan.length_s = timeline::frame_start(plan.frames, plan.frame_rate);
    plan.sources = {{.file = path, .sha256 = media.sha256, .duration_s = media.duration_s}};
    plan.clips = {{.source = 0,
                   .source_start_s = {},
                   .first_frame = 0,
                   .frames = plan.frames,
                   .peak_s = {},
                   .score = 0,
                   .kind = "whole",
                   .why = {}}};
    plan.outputs = {proxy_size(media.video)};
    return plan;
}

}  // namespace

std::string ClipFile::path() const { return fmt::format("/proc/self/fd/{}", fd.get()); }

Result<Measured> EngineWork::measure(ClipFile const& clip, jobs::Control& control) const {
    JobReporter reporter(control, "");
    auto const pipeline = TRY(Pipeline::open(options_for(options_), reporter, control.stop()));
    auto inputs = TRY(pipeline::reopen_inputs({{clip.path(), clip.sha256}}, {}, reporter));
    TRY_VOID(pipeline::identify_clips(inputs, pipeline.media().cache(), reporter, control.stop()));
    Measured out{.analysis = TRY(pipeline.analyse(inputs)), .strip = {}};
    out.strip = TRY(pipeline.picture_strip(inputs.clips.front(), [](double) {}));
    for (auto& one : out.analysis.clips) one.media.file = one.cues.file = clip.clip_id;
    return out;
}

Result<RenderedFile> EngineWork::proxy(ClipFile const& clip, timeline::MediaInfo const& media,
                                       std::string const& path, jobs::Control& control) const {
    JobReporter reporter(control, "proxy");
    auto const pipeline = TRY(Pipeline::open(options_for(options_), reporter, control.stop()));
    auto target = TRY(pipeline::RenderTarget::open({path}, {}));
    auto const plan = whole_clip(media, clip.path());
    TRY_VOID(plan.validate(""));
    auto const done =
        TRY(pipeline.render(plan, target, {.preset = kProxyPreset, .crf = kProxyCrf}));
    return RenderedFile{done.report.outputs.at(0), path};
}

Result<std::vector<RenderedFile>> EngineWork::render(EditPlan plan,
                                                     std::vector<ClipFile> const& clips,
                                                     std::string const& folder,
                                                     timeline::RenderReport& report,
                                                     jobs::Control& control) const {
    JobReporter reporter(control, "");
    for (auto& source : plan.sources) {
        auto const clip = std::ranges::find(clips, source.file, &ClipFile::clip_id);
        if (clip == clips.end())
            return fail(ErrorCode::NotFound, source.file + ": this clip is no longer there");
        source.file = clip->path();
    }
    std::vector<std::string> paths;
    for (auto const& output : plan.outputs)
        paths.push_back(fmt::format("{}/{}.mp4", folder,
                                    std::string_view(json::to_value(output.format).get_string())));
    auto const pipeline = TRY(Pipeline::open(options_for(options_), reporter, control.stop()));
    auto target = TRY(pipeline::RenderTarget::open(paths, {}));
    auto done = TRY(pipeline.render(plan, target, {}));
    std::vector<RenderedFile> out;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        auto& made = done.report.outputs.at(i);
        made.file = std::filesystem::path(paths[i]).filename();
        out.push_back({made, paths[i]});
    }
    report = std::move(done.report);
    return out;
}

Result<timeline::Highlights> EngineWork::detect(pipeline::AnalysisSet const& set,
                                                projects::Wishes const& wishes) const {
    auto const chosen =
        detect::make_detector(wishes.detector.value_or(options_.detector), options_.model);
    std::vector<timeline::CueTrack> tracks;
    for (auto const& clip : set.clips) tracks.push_back(clip.cues);
    auto const evidence = TRY(detect::weigh(*chosen.detector, tracks));
    detect::Wishes judged;
    judged.weights.insert(wishes.weights.begin(), wishes.weights.end());
    TRY_VOID(detect::check(judged, evidence));
    pipeline::Silent silent;
    auto const marks = pipeline::events_for(set, silent);  // chapters; nothing lies beside an id
    auto found = detect::find_highlights(chosen.detector->name(), tracks, evidence, marks, judged);
    for (std::size_t i = 0; i < found.clips.size(); ++i)
        found.clips[i].frame_rate = set.clips[i].media.video.frame_rate;
    return found;
}

Result<EditPlan> EngineWork::plan(timeline::Highlights const& found,
                                  projects::Wishes const& wishes) const {
    edit::PlanOptions options;
    options.length = timeline::from_seconds(wishes.length_s);
    options.formats = wishes.formats;
    options.order = wishes.order == projects::Order::Time ? edit::Order::Time : edit::Order::Score;
    options.fill = wishes.fill;
    return edit::plan_montage(found, options);
}

}  // namespace aiditor::app
