#include "engine/pipeline/pipeline.hpp"

#include "base/printable.hpp"
#include "base/sha256.hpp"
#include "engine/detect/taste.hpp"
#include "engine/pipeline/clip_events.hpp"
#include "engine/pipeline/refine.hpp"
#include "engine/pipeline/stage_progress.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fmt/format.h>
#include <set>
#include <thread>

namespace aiditor::pipeline {

using timeline::EditPlan;
using timeline::Highlights;
using timeline::RenderReport;

namespace {

constexpr unsigned kMostJobs = 4;

/// Failures of the machinery or wishes of the user; everything else is about one clip.
bool ends_all(ErrorCode code) {
    return code == ErrorCode::Cancelled || code == ErrorCode::SandboxFailed ||
           code == ErrorCode::DiskFull || code == ErrorCode::Unwritable ||
           code == ErrorCode::Internal;
}

/// What a finished render is recognised by.
std::string render_key(EditPlan const& plan, std::vector<Clip> const& sources, RenderTarget& target,
                       sandbox::EncodeSettings const& encode, std::string const& build) {
    std::string text = json::to_text(plan) + json::to_text(encode) + build;
    // A plan need not name hashes, so what the files hold now counts too.
    for (auto const& source : sources) text += "\n" + source.sha256;
    for (auto const& file : target.files())
        text += "\n" + std::filesystem::absolute(file.path()).string();
    return "render-" + sha256_hex(text);
}

/// The report of the same render, when its files are still what it wrote.
std::optional<RenderReport> finished_before(Cache const& cache, std::string const& key,
                                            RenderTarget& target, std::stop_token const& stop) {
    auto const text = cache.get(key);
    if (!text) return std::nullopt;
    auto report = json::from_text<RenderReport>(*text);
    if (!report || report->outputs.size() != target.files().size()) return std::nullopt;
    for (std::size_t i = 0; i < report->outputs.size(); ++i) {
        auto const file = open_regular(target.files()[i].path());
        if (!file || file->facts.size_bytes != report->outputs[i].size_bytes) return std::nullopt;
        auto const hash = sha256_of_file(file->fd.get(), stop);
        if (!hash || *hash != report->outputs[i].sha256) return std::nullopt;
    }
    return std::move(*report);
}

/// Fills in what only the parent knows, brings all files to the disk and then names them.
Result<> publish(RenderReport& report, EditPlan const& plan, RenderTarget& target,
                 std::stop_token const& stop) {
    for (std::size_t i = 0; i < report.outputs.size(); ++i) {
        auto& file = target.files()[i];
        auto& out = report.outputs[i];
        std::int64_t bytes = 0;
        out.sha256 = TRY(sha256_of_file(file.fd(), stop, [&](std::int64_t n) { bytes += n; }));
        out.size_bytes = bytes;
        out.file = file.path();
        out.format = plan.outputs[i].format;
        if (bytes == 0)
            return fail(ErrorCode::ChildCrashed, "the media process wrote an empty file");
        TRY_VOID(file.flush());
    }
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "stopped");
    for (auto& file : target.files()) TRY_VOID(file.publish());
    return {};
}

}  // namespace

Result<RenderTarget> RenderTarget::open(std::vector<std::string> const& paths,
                                        std::vector<FileFacts> const& inputs) {
    RenderTarget target;
    std::set<std::string> seen;
    for (auto const& path : paths) {
        if (!is_utf8(path))
            return fail(ErrorCode::Usage,
                        printable(path) + ": the name is not UTF-8; choose another");
        if (!path.ends_with(".mp4"))
            return fail(ErrorCode::Usage,
                        printable(path) + ": the output is an MP4 file; end its name with .mp4");
        if (!seen.insert(path).second)
            return fail(ErrorCode::Usage, printable(path) + ": is named twice as an output");
        TRY_VOID(refuse_same_file(path, inputs));
        target.files_.push_back(TRY(OutputFile::create(path)));
    }
    return target;
}

Result<Pipeline> Pipeline::open(PipelineOptions const& options, Reporter& reporter,
                                std::stop_token stop) {
    Cache cache;
    auto const folder =
        options.cache_folder.empty() ? Cache::default_folder() : options.cache_folder;
    if (options.use_cache && !folder.empty()) {
        if (auto opened = Cache::open(folder)) cache = std::move(*opened);
        else reporter.note(opened.error().message);
    }
    auto media = TRY(MediaWork::open(options.media_program, std::move(cache), stop));
    auto const cores = std::max(1U, std::thread::hardware_concurrency());
    auto const jobs = options.jobs > 0 ? options.jobs : std::min(cores, kMostJobs);
    return Pipeline(std::move(media), jobs, options.closer_look_share, reporter, std::move(stop));
}

Pipeline::Pipeline(std::unique_ptr<MediaWork> media, unsigned jobs, double closer_look_share,
                   Reporter& reporter, std::stop_token stop)
    : media_(std::move(media)),
      jobs_(jobs),
      closer_look_share_(closer_look_share),
      reporter_(&reporter),
      stop_(std::move(stop)) {}

Pipeline::~Pipeline() {
    if (media_) media_->cache().trim();
}

/// Runs work(clip, on_progress) -> Result<T> for every clip, several at once, and keeps the order.
template <class T, class Work>
Result<std::vector<std::optional<T>>> Pipeline::for_each_clip(Stage stage, InputSet const& inputs,
                                                              std::vector<ClipProblem>& problems,
                                                              Work const& work) const {
    auto const n = inputs.clips.size();
    StageProgress progress(*reporter_, stage, inputs);
    std::vector<Result<T>> results(n, fail(ErrorCode::Cancelled, "stopped"));
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> over = false;
    auto const worker = [&] {
        for (auto i = next++; i < n && !over && !stop_.stop_requested(); i = next++) {
            try {
                results[i] = work(inputs.clips[i], [&](double f) { progress.clip(i, f); });
            } catch (std::exception const& e) {  // would end the whole process from a thread
                results[i] = fail(ErrorCode::Internal, e.what());
            }
            if (!results[i] && ends_all(results[i].error().code)) over = true;
            progress.clip(i, 1);
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 1; i < std::min<std::size_t>(jobs_, n); ++i)
            threads.emplace_back(worker);
        worker();
    }
    std::vector<std::optional<T>> out(n);
    // First what ends all, so that a clip left undone is not blamed.
    for (auto const& r : results)
        if (!r && ends_all(r.error().code) && r.error().code != ErrorCode::Cancelled)
            return std::unexpected(r.error());
    for (std::size_t i = 0; i < n; ++i) {
        if (results[i]) out[i] = std::move(*results[i]);
        else if (ends_all(results[i].error().code)) return std::unexpected(results[i].error());
        else
            problems.push_back(
                report_problem(*reporter_, inputs.clips[i].file, results[i].error()));
    }
    progress.finish();
    return out;
}

Result<ProbeSet> Pipeline::probe(InputSet const& inputs) const {
    ProbeSet set{.clips = {}, .skipped = inputs.problems};
    auto found = TRY(for_each_clip<timeline::MediaInfo>(
        Stage::Probe, inputs, set.skipped, [&](Clip const& clip, auto const& on_progress) {
            return media_->probe(clip, on_progress);
        }));
    for (auto& media : found)
        if (media) set.clips.push_back(std::move(*media));
    if (set.clips.empty()) return std::unexpected(no_clip_left(set.skipped));
    return set;
}

Result<sandbox::Analysis> Pipeline::analyse_clip(Clip const& clip,
                                                 sandbox::OnProgress const& on_progress) const {
    if (closer_look_share_ <= 0) return media_->analyse(clip, on_progress);
    auto analysis = TRY(media_->analyse(clip, [&](double f) { on_progress(f / 2); }));
    TRY_VOID(refine(*media_, clip, analysis, closer_look_share_,
                    [&](double f) { on_progress((1 + f) / 2); }));
    return analysis;
}

Result<AnalysisSet> Pipeline::analyse(InputSet const& inputs) const {
    AnalysisSet set{.clips = {}, .skipped = inputs.problems};
    auto found = TRY(for_each_clip<sandbox::Analysis>(
        Stage::Analyse, inputs, set.skipped, [&](Clip const& clip, auto const& on_progress) {
            return analyse_clip(clip, on_progress);
        }));
    for (auto& analysis : found)
        if (analysis) set.clips.push_back(std::move(*analysis));
    if (set.clips.empty()) return std::unexpected(no_clip_left(set.skipped));
    return set;
}

Result<Highlights> Pipeline::detect(AnalysisSet const& analysed, detect::Detector const& detector,
                                    detect::Wishes const& wishes) const {
    if (analysed.clips.empty())
        return fail(ErrorCode::NothingToDo, "there are no clips to find highlights in");
    Work work;
    std::vector<timeline::CueTrack> tracks;
    for (auto const& clip : analysed.clips) {
        work.media += clip.media.duration_s;
        tracks.push_back(clip.cues);
    }
    reporter_->started(Stage::Detect, work);
    auto const evidence = TRY(detect::weigh(detector, tracks));
    TRY_VOID(detect::check(wishes, evidence));
    auto const marks = events_for(analysed, *reporter_);
    auto found = detect::find_highlights(detector.name(), tracks, evidence, marks, wishes);
    auto const known = wishes.likes.marks.size();
    if (auto const used = detect::Taste(wishes.likes, tracks).used(); used < known)
        reporter_->note(
            fmt::format("{} of {} likes count: the others are of other clips and do not "
                        "say how they sounded",
                        used, known));
    for (std::size_t i = 0; i < found.clips.size(); ++i)
        found.clips[i].frame_rate = analysed.clips[i].media.video.frame_rate;
    reporter_->finished(Stage::Detect, work);
    return found;
}

Result<EditPlan> Pipeline::plan(Highlights const& found, edit::PlanOptions const& options) const {
    reporter_->started(Stage::Plan, {});
    auto plan = TRY(edit::plan_montage(found, options));
    reporter_->finished(Stage::Plan, {.bytes = 0, .media = plan.length_s});
    for (auto const& note : plan.notes) reporter_->note(note);
    return plan;
}

Result<std::vector<Clip>> Pipeline::open_sources(EditPlan const& plan) const {
    std::vector<Clip> sources;
    for (auto const& source : plan.sources) {
        auto const file = TRY(open_regular(source.file));
        InputSet one{.clips = {{.file = source.file, .facts = file.facts, .sha256 = {}}},
                     .problems = {}};
        Silent silent;
        TRY_VOID(identify_clips(one, media_->cache(), silent, stop_));
        if (!source.sha256.empty() && one.clips[0].sha256 != source.sha256)
            return fail(ErrorCode::BadMedia, printable(source.file) +
                                                 ": is not the file that the plan was made with; "
                                                 "make a new plan");
        sources.push_back(std::move(one.clips[0]));
    }
    return sources;
}

Result<Rendered> Pipeline::render(EditPlan const& plan, RenderTarget& target,
                                  sandbox::EncodeSettings const& encode) const {
    if (target.files().size() != plan.outputs.size())
        return fail(ErrorCode::Usage, fmt::format("the plan has {} outputs, but {} were named",
                                                  plan.outputs.size(), target.files().size()));
    if (plan.sources.size() > edit::kMostSources || plan.clips.size() > edit::kMostClips)
        return fail(ErrorCode::Usage,
                    fmt::format("the plan has {} takes from {} files; one render holds at most {} "
                                "from {}: split the plan, or let `aiditor plan` choose",
                                plan.clips.size(), plan.sources.size(), edit::kMostClips,
                                edit::kMostSources));
    auto const sources = TRY(open_sources(plan));
    auto const key = render_key(plan, sources, target, encode, media_->build());
    if (auto before = finished_before(media_->cache(), key, target, stop_)) {
        reporter_->note("already rendered: " + printable(target.files()[0].path()));
        return Rendered{std::move(*before), true};
    }
    Work const work{.bytes = 0, .media = plan.length_s};
    reporter_->started(Stage::Render, work);
    std::vector<int> fds;
    for (auto const& file : target.files()) fds.push_back(file.fd());
    // Beside the output: there the disk has room for a film, the temporary folder may be memory.
    auto const folder = std::filesystem::absolute(target.files()[0].path()).parent_path().string();
    auto report = media_->render(plan, sources, fds, folder, encode, [&](double fraction) {
        reporter_->progress(Stage::Render, fraction);
    });
    if (!report) {
        auto const code = report.error().code;
        bool const about_output = code == ErrorCode::DiskFull || code == ErrorCode::Unwritable;
        return std::unexpected(about_output ? std::move(report).error().while_doing(
                                                  printable(target.files()[0].path()))
                                            : std::move(report).error());
    }
    TRY_VOID(publish(*report, plan, target, stop_));
    media_->cache().put(key, json::to_text(*report));
    reporter_->finished(Stage::Render, work);
    for (auto const& note : report->notes) reporter_->note(printable(note));
    return Rendered{std::move(*report), false};
}

}  // namespace aiditor::pipeline
