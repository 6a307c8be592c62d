#include "apps/aiditor_media/tasks.hpp"

#include "engine/analyse/cue_builder.hpp"
#include "engine/analyse/detail_cues.hpp"
#include "engine/ingest/scan.hpp"
#include "engine/media/capabilities.hpp"
#include "engine/media/closer_look.hpp"
#include "engine/media/picture_strip.hpp"
#include "engine/render/render.hpp"
#include "timeline/cue_names.hpp"

#include <new>

namespace aiditor::media_app {
namespace {

using sandbox::MediaRequest;
using sandbox::ReportProgress;

Result<sandbox::JobInput const*> only_input(MediaRequest const& request) {
    if (request.inputs.size() != 1)
        return fail(ErrorCode::Internal, "the request needs exactly one input");
    return &request.inputs.front();
}

Result<json::Value> probe(MediaRequest const& request, ReportProgress const& progress) {
    auto const* input = TRY(only_input(request));
    ingest::ScanSink sink;
    sink.on_progress = progress;
    return json::to_value(TRY(ingest::scan(input->fd, input->index_fd, sink)));
}

Result<json::Value> analyse(MediaRequest const& request, ReportProgress const& progress) {
    auto const* input = TRY(only_input(request));
    analyse::CueBuilder cues;
    ingest::ScanSink const sink{
        .on_sound =
            [&](int track, timeline::Time start, std::span<float const> left,
                std::span<float const> right, int rate_hz) {
                if (track == 0) cues.sound(start, left, right, rate_hz);
                else cues.voice(track, start, left, right, rate_hz);
            },
        .on_packet = [&](timeline::Time pts, std::uint32_t size,
                         bool key) { cues.packet(pts, size, key); },
        .on_key_picture = [&](timeline::Time pts,
                              media::Thumbnail const& picture) { cues.key_picture(pts, picture); },
        .on_progress = progress};
    sandbox::Analysis analysis{.media = TRY(ingest::scan(input->fd, input->index_fd, sink)),
                               .cues = {}};
    analysis.cues.analyser = timeline::kAnalyser;
    analysis.cues.duration_s = analysis.media.duration_s;
    analysis.cues.rate_hz = timeline::kRateHz;
    analysis.cues.cues = TRY(cues.finish(analysis.media.duration_s));
    if (!analysis.cues.cues.empty())
        analysis.cues.samples = static_cast<std::int64_t>(analysis.cues.cues.front().values.size());
    return json::to_value(analysis);
}

Result<json::Value> refine(MediaRequest const& request, ReportProgress const& progress) {
    auto const* input = TRY(only_input(request));
    if (!request.refine || request.refine->duration_s <= timeline::Time{} ||
        request.refine->duration_s > analyse::kMaxDuration)
        return fail(ErrorCode::Internal, "the request does not say what to look at");
    auto const& asked = *request.refine;
    auto index = TRY(media::FrameIndex::load(input->index_fd));
    auto const stretches = media::fit_stretches(index, asked.looks, asked.share);
    analyse::CueGrid grid;
    analyse::DetailCues cues(grid);
    sandbox::Details details;
    // Nothing to decode is an answer too, and needs no decoder.
    if (!stretches.empty())
        details.decoded_frames = TRY(media::look_closer(
            input->fd, std::move(index), stretches,
            {.on_stretch = [&] { cues.begin_stretch(); },
             .on_picture = [&](timeline::Time at,
                               media::LumaPicture const& picture) { cues.add(at, picture); },
             .on_progress = progress}));
    cues.finish();
    auto const last = (asked.duration_s.flicks - 1) / analyse::kSampleLength.flicks;
    details.cues = grid.take(static_cast<std::size_t>(last) + 1);
    std::erase_if(details.cues,
                  [](timeline::Cue const& cue) { return !cue.name.starts_with("detail."); });
    return json::to_value(details);
}

Result<json::Value> render(MediaRequest const& request, ReportProgress const& progress) {
    if (!request.render) return fail(ErrorCode::Internal, "the request has no plan");
    auto const& asked = *request.render;
    render::RenderJob job{.plan = asked.plan,
                          .sources = {},
                          .output_fds = asked.output_fds,
                          .scratch_fd = asked.scratch_fd,
                          .preset = asked.encode.preset,
                          .crf = asked.encode.crf};
    for (auto const& input : request.inputs)
        job.sources.push_back({.fd = input.fd, .index_fd = input.index_fd, .name = input.name});
    return json::to_value(TRY(render::render(job, progress)));
}

Result<json::Value> strip(MediaRequest const& request, ReportProgress const& progress) {
    auto const* input = TRY(only_input(request));
    auto index = TRY(media::FrameIndex::load(input->index_fd));
    return json::to_value(TRY(media::picture_strip(input->fd, std::move(index), progress)));
}

Result<json::Value> doctor() {
    auto const rows = [](std::vector<media::Ability> const& abilities) {
        std::vector<sandbox::Capability> out;
        for (auto const& a : abilities)
            out.push_back({.name = a.name, .works = a.works, .detail = a.detail});
        return out;
    };
    return json::to_value(sandbox::DoctorReport{.ffmpeg = media::library_versions(),
                                                .containers = rows(media::containers()),
                                                .decoders = rows(media::decoders()),
                                                .encoders = rows(media::encoders())});
}

Result<json::Value> dispatch(MediaRequest const& request, ReportProgress const& progress) {
    switch (request.task) {
    case sandbox::MediaTask::Probe: return probe(request, progress);
    case sandbox::MediaTask::Analyse: return analyse(request, progress);
    case sandbox::MediaTask::Render: return render(request, progress);
    case sandbox::MediaTask::Strip: return strip(request, progress);
    case sandbox::MediaTask::Refine: return refine(request, progress);
    case sandbox::MediaTask::Doctor: return doctor();
    case sandbox::MediaTask::SelfTest: break;  // answered by the sandbox itself
    }
    return fail(ErrorCode::Internal, "the request names no task of this process");
}

}  // namespace

Result<json::Value> run_task(MediaRequest const& request, ReportProgress const& progress) {
    try {
        return dispatch(request, progress);
    } catch (std::bad_alloc const&) {
        return fail(ErrorCode::LimitReached,
                    "needs more memory than a clip may use; it is damaged or made to harm");
    } catch (std::exception const& e) {
        return fail(ErrorCode::Internal, e.what());
    }
}

}  // namespace aiditor::media_app
