#include "engine/render/render.hpp"

#include "engine/media/mp4_writer.hpp"
#include "engine/render/pictures.hpp"
#include "engine/render/sound.hpp"

#include <fmt/format.h>
#include <memory>

namespace aiditor::render {
namespace {
/// Share of the whole that the sound takes, for one smooth progress bar.
constexpr double kSoundShare = 0.06;

/// A plan names how long its sources are; only the sources know.
Result<> check_ends(timeline::EditPlan const& plan, Sources& sources) {
    for (std::size_t s = 0; s < plan.sources.size(); ++s) {
        auto const source = static_cast<int>(s);
        auto const* index = TRY(sources.index(source));
        // How long a single picture is shown is a guess; it is held as long as the plan likes.
        if (index->mean_frame() == timeline::Time{}) continue;
        // The mean frame is not the last one where the rate varies.
        auto const end = index->end() + timeline::milliseconds(250);
        for (auto const& clip : plan.clips)
            if (clip.source == source &&
                end < clip.source_start_s + timeline::frame_start(clip.frames, plan.frame_rate))
                return fail(
                    ErrorCode::BadJson,
                    fmt::format("{}: the plan shows more of it than there is ({}); plan again",
                                sources.file(source).name, timeline::clock_text(index->end())));
    }
    return {};
}
}  // namespace

Result<timeline::RenderReport> render(RenderJob const& job,
                                      std::function<void(double)> const& on_progress) {
    auto const& plan = job.plan;
    if (job.sources.size() != plan.sources.size() || job.output_fds.size() != plan.outputs.size())
        return fail(ErrorCode::Internal, "the render job does not fit its plan");
    timeline::RenderReport report{.frame_rate = plan.frame_rate,
                                  .length_s = timeline::frame_start(plan.frames, plan.frame_rate),
                                  .sound = {},
                                  .outputs = {},
                                  .notes = {}};
    Sources sources(job.sources);
    TRY_VOID(check_ends(plan, sources));
    Scratch scratch(job.scratch_fd);
    auto const sound = TRY(make_sound(
        plan, sources, scratch, [&](double share) { on_progress(share * kSoundShare); },
        report.notes));
    report.sound = sound.report;

    std::vector<std::unique_ptr<media::Mp4Writer>> writers;
    for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
        auto const& output = plan.outputs[i];
        writers.push_back(TRY(media::Mp4Writer::create(job.output_fds[i],
                                                       {.width = output.width,
                                                        .height = output.height,
                                                        .frame_rate = plan.frame_rate,
                                                        .preset = job.preset,
                                                        .crf = job.crf},
                                                       sound.encoded)));
        report.outputs.push_back(
            {.file = {},
             .format = output.format,
             .width = output.width,
             .height = output.height,
             .frames = plan.frames,
             .size_bytes = 0,
             .sha256 = {},
             .encoder = "libx264 " + job.preset + " crf " + std::to_string(job.crf)});
    }
    Pictures pictures(plan, sources, report.notes);
    TRY_VOID(pictures.run(
        writers, [&](double share) { on_progress(kSoundShare + share * (1 - kSoundShare)); }));
    return report;
}

}  // namespace aiditor::render
