#pragma once
/// The engine as the service's workers use it: clips by id instead of by name.

#include "engine/pipeline/pipeline.hpp"
#include "service/jobs/worker.hpp"
#include "service/projects/projects.hpp"

namespace aiditor::app {

/// A clip's bytes, open, and what they must be.
struct ClipFile {
    std::string clip_id, sha256;
    UniqueFd fd;

    /// A name under which this process opens the same file again.
    [[nodiscard]] std::string path() const;
};

struct EngineOptions {
    std::string cache_folder;
    std::string detector = "rules";  ///< where a project asks for none
    std::string model;               ///< its manifest
};

/// What is known of a clip after it was measured. `media.file` is the clip's id.
struct Measured {
    pipeline::AnalysisSet analysis;  ///< of one clip
    timeline::PictureStrip strip;
};
struct RenderedFile {
    timeline::OutputReport report;
    std::string path;
};

/// Thread-safe: each call has a pipeline of its own.
class EngineWork {
public:
    explicit EngineWork(EngineOptions options) : options_(std::move(options)) {}

    /// Errors: those of Pipeline::analyse; Cancelled within two seconds of a stop.
    [[nodiscard]] Result<Measured> measure(ClipFile const& clip, jobs::Control& control) const;

    /// A small film of the whole clip that browsers play (H.264, AAC), written to `path`.
    [[nodiscard]] Result<RenderedFile> proxy(ClipFile const& clip, timeline::MediaInfo const& media,
                                             std::string const& path, jobs::Control& control) const;

    /// plan.sources[i].file are ids of `clips`; files go to `folder`, one a format. Errors:
    /// NotFound for a source that is not among the clips; those of Pipeline::render.
    [[nodiscard]] Result<std::vector<RenderedFile>> render(timeline::EditPlan plan,
                                                           std::vector<ClipFile> const& clips,
                                                           std::string const& folder,
                                                           timeline::RenderReport& report,
                                                           jobs::Control& control) const;

    /// From stored analyses, without media: milliseconds. Errors: Usage for a weight that the
    /// detector does not have, NothingToDo without any material.
    [[nodiscard]] Result<timeline::Highlights> detect(pipeline::AnalysisSet const& set,
                                                      projects::Wishes const& wishes) const;
    [[nodiscard]] Result<timeline::EditPlan> plan(timeline::Highlights const& found,
                                                  projects::Wishes const& wishes) const;

private:
    EngineOptions options_;
};

}  // namespace aiditor::app
