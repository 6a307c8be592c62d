#pragma once
/// The flow: inputs -> probe -> analyse -> detect -> plan -> render. Each stage takes and gives
/// plain values, so that a caller may stop after any, keep the value and go on later.
///
/// Results do not depend on how many clips are worked on at once. A stop request ends the running
/// stage within a second or two with Cancelled; no output is left then.

#include "engine/detect/find_highlights.hpp"
#include "engine/edit/plan_montage.hpp"
#include "engine/pipeline/media_work.hpp"
#include "timeline/highlight.hpp"

#include <span>

namespace aiditor::pipeline {

/// Answer of `aiditor probe`.
struct ProbeSet {
    static constexpr char const* kSchema = "aiditor.media_set/1";
    std::vector<timeline::MediaInfo> clips;
    std::vector<ClipProblem> skipped;
};
BOOST_DESCRIBE_STRUCT(ProbeSet, (), (clips, skipped))

/// Answer of `aiditor analyse`: all that detect and plan need, without the media.
struct AnalysisSet {
    static constexpr char const* kSchema = "aiditor.analysis_set/1";
    std::vector<sandbox::Analysis> clips;
    std::vector<ClipProblem> skipped;
};
BOOST_DESCRIBE_STRUCT(AnalysisSet, (), (clips, skipped))

/// Answer of `aiditor montage`.
struct MontageReport {
    static constexpr char const* kSchema = "aiditor.montage_report/1";
    timeline::EditPlan plan;
    timeline::RenderReport render;
    std::vector<ClipProblem> skipped;
    bool already_rendered = false;
};
BOOST_DESCRIBE_STRUCT(MontageReport, (), (plan, render, skipped, already_rendered))

/// Costs about as much as the first pass (bench/speed/run.py detect).
inline constexpr double kCloserLookShare = 0.05;

struct PipelineOptions {
    std::string media_program;  ///< empty: aiditor-media beside this program
    bool use_cache = true;
    std::string cache_folder;  ///< empty: Cache::default_folder()
    unsigned jobs = 0;         ///< clips at once; 0: the cores, at most 4
    /// Of a clip's pictures that may be decoded around its moments, 0..1; 0: no closer look.
    double closer_look_share = kCloserLookShare;
};

/// Files that a render will write, opened before the work starts.
class RenderTarget {
public:
    /// Errors: Usage for a name that is not .mp4 or is given twice, OutputIsInput, Unwritable.
    [[nodiscard]] static Result<RenderTarget> open(std::vector<std::string> const& paths,
                                                   std::vector<FileFacts> const& inputs);
    [[nodiscard]] std::vector<OutputFile>& files() { return files_; }

private:
    std::vector<OutputFile> files_;
};

struct Rendered {
    timeline::RenderReport report;
    bool already_there = false;  ///< the same render was finished before and is still in place
};

class Pipeline {
public:
    /// Errors: SandboxFailed. A cache that cannot be used is left out with a note.
    [[nodiscard]] static Result<Pipeline> open(PipelineOptions const& options, Reporter& reporter,
                                               std::stop_token stop);
    Pipeline(Pipeline&&) noexcept = default;
    ~Pipeline();

    /// Clips that fail are reported and left out. Errors: Cancelled, SandboxFailed, or
    /// no_clip_left.
    [[nodiscard]] Result<ProbeSet> probe(InputSet const& inputs) const;
    [[nodiscard]] Result<AnalysisSet> analyse(InputSet const& inputs) const;
    /// Marks beside and inside the clips are taken in (clip_events.hpp). Errors: Usage for a wish
    /// about a group that this detector does not have, BadJson as detect::weigh.
    [[nodiscard]] Result<timeline::Highlights> detect(AnalysisSet const& analysed,
                                                      detect::Detector const& detector,
                                                      detect::Wishes const& wishes) const;
    [[nodiscard]] Result<timeline::EditPlan> plan(timeline::Highlights const& found,
                                                  edit::PlanOptions const& options) const;
    /// plan.outputs[i] goes to target.files()[i]; all appear together, or none. Errors: Usage when
    /// the plan has more sources or clips than one render holds (edit/plan_montage.hpp), BadMedia
    /// when a source is no longer what was planned with, and what MediaWork::render gives.
    [[nodiscard]] Result<Rendered> render(timeline::EditPlan const& plan, RenderTarget& target,
                                          sandbox::EncodeSettings const& encode) const;

    /// Small pictures of one clip, for people. Errors: as MediaWork::analyse.
    [[nodiscard]] Result<timeline::PictureStrip> picture_strip(
        Clip const& clip, sandbox::OnProgress const& on_progress) const {
        return media_->picture_strip(clip, on_progress);
    }

    [[nodiscard]] MediaWork const& media() const { return *media_; }

private:
    Pipeline(std::unique_ptr<MediaWork> media, unsigned jobs, double closer_look_share,
             Reporter& reporter, std::stop_token stop);

    /// Both passes over one clip.
    [[nodiscard]] Result<sandbox::Analysis> analyse_clip(
        Clip const& clip, sandbox::OnProgress const& on_progress) const;
    template <class T, class Work>
    Result<std::vector<std::optional<T>>> for_each_clip(Stage stage, InputSet const& inputs,
                                                        std::vector<ClipProblem>& problems,
                                                        Work const& work) const;
    [[nodiscard]] Result<std::vector<Clip>> open_sources(timeline::EditPlan const& plan) const;

    std::unique_ptr<MediaWork> media_;
    unsigned jobs_;
    double closer_look_share_;
    Reporter* reporter_;
    std::stop_token stop_;
};

}  // namespace aiditor::pipeline
