#pragma once
/// The jobs that open media, each in a confined process of its own, and what is kept of them.

#include "engine/pipeline/cache.hpp"
#include "engine/pipeline/inputs.hpp"
#include "engine/sandbox/media_process.hpp"
#include "timeline/picture_strip.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace aiditor::pipeline {

/// The plan as the media process needs it: without names, hashes, reasons and scores, so that the
/// largest one fits a request.
[[nodiscard]] timeline::EditPlan plan_for_child(timeline::EditPlan plan);
/// At most 255 bytes of a clip's name, for messages of the media process; its end, where it is cut.
[[nodiscard]] std::string name_for_child(std::string const& file);

/// Safe to use from several threads; each call runs at most one child at a time.
class MediaWork {
public:
    /// Names the build by the hash of the media program: what another build measured is not used.
    /// Errors: SandboxFailed when the program is missing.
    [[nodiscard]] static Result<std::unique_ptr<MediaWork>> open(std::string program, Cache cache,
                                                                 std::stop_token stop);

    [[nodiscard]] Cache const& cache() const { return cache_; }
    [[nodiscard]] std::string const& build() const { return build_; }

    [[nodiscard]] Result<sandbox::SandboxReport> self_test() const;
    [[nodiscard]] Result<sandbox::DoctorReport> doctor() const;

    [[nodiscard]] Result<timeline::MediaInfo> probe(Clip const& clip,
                                                    sandbox::OnProgress const& on_progress) const;
    /// From the cache, or measured and then cached together with the clip's frame index.
    [[nodiscard]] Result<sandbox::Analysis> analyse(Clip const& clip,
                                                    sandbox::OnProgress const& on_progress);
    /// The frame index, open for reading; analyses the clip again when it is no longer there.
    [[nodiscard]] Result<UniqueFd> frame_index(Clip const& clip,
                                               sandbox::OnProgress const& on_progress);
    /// The `detail` cues of an analysed clip, from the cache or measured; kept by what was asked.
    [[nodiscard]] Result<sandbox::Details> details(Clip const& clip,
                                                   sandbox::RefineRequest const& request,
                                                   sandbox::OnProgress const& on_progress);
    /// Small pictures of the clip; never kept.
    [[nodiscard]] Result<timeline::PictureStrip> picture_strip(
        Clip const& clip, sandbox::OnProgress const& on_progress);
    /// The plan must be within edit::kMostSources and kMostClips. Renders into open files; the
    /// report's names, sizes and hashes are left empty. The sound between the passes, 23 MB a
    /// minute, lies without a name in `scratch_folder`.
    [[nodiscard]] Result<timeline::RenderReport> render(timeline::EditPlan const& plan,
                                                        std::vector<Clip> const& sources,
                                                        std::vector<int> const& output_fds,
                                                        std::string const& scratch_folder,
                                                        sandbox::EncodeSettings const& encode,
                                                        sandbox::OnProgress const& on_progress);

private:
    MediaWork(std::string program, Cache cache, std::stop_token stop)
        : process_(std::move(program)), cache_(std::move(cache)), stop_(std::move(stop)) {}

    [[nodiscard]] std::string key_of(Clip const& clip, std::string_view kind) const;
    [[nodiscard]] std::optional<sandbox::Analysis> cached(Clip const& clip) const;
    /// Without a cache the frame index goes to `index` when that is given, else it is held.
    [[nodiscard]] Result<sandbox::Analysis> measure(Clip const& clip,
                                                    sandbox::OnProgress const& on_progress,
                                                    UniqueFd* index = nullptr);
    void keep(Clip const& clip, sandbox::Analysis const& analysis, std::optional<OutputFile> file);
    [[nodiscard]] std::optional<UniqueFd> kept_index(Clip const& clip) const;

    sandbox::MediaProcess process_;
    Cache cache_;
    std::stop_token stop_;
    std::string build_;
    mutable std::mutex mutex_;
    /// Without a cache: the indexes of this run, by content hash; nameless files.
    std::map<std::string, UniqueFd> indexes_;
};

}  // namespace aiditor::pipeline
