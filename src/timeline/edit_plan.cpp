#include "timeline/edit_plan.hpp"

#include <fmt/format.h>

namespace aiditor::timeline {
namespace {

constexpr std::size_t kMaxClips = 10'000, kMaxOutputs = 8;
constexpr int kMaxSide = 8192;

Result<> check_clip(EditPlan const& plan, std::size_t i, std::int64_t next_frame,
                    std::string const& pointer) {
    auto const& clip = plan.clips[i];
    if (clip.source < 0 || clip.source >= static_cast<int>(plan.sources.size()))
        return json::bad(pointer + "/source", "must be the index of an entry in /sources");
    if (clip.frames < 1) return json::bad(pointer + "/frames", "must be at least 1");
    if (clip.first_frame != next_frame)
        return json::bad(pointer + "/first_frame",
                         fmt::format("must be {}: clips abut, first_frame is the sum of the frames "
                                     "before",
                                     next_frame));
    auto const& source = plan.sources[static_cast<std::size_t>(clip.source)];
    auto const end = clip.source_start_s + frame_start(clip.frames, plan.frame_rate);
    // Half a frame of grace: lengths are whole frames, sources need not be.
    if (clip.source_start_s < Time{} ||
        source.duration_s + frame_start(1, plan.frame_rate) / 2 < end)
        return json::bad(pointer + "/source_start_s", "the clip must lie inside its source");
    for (auto const focus : {clip.focus_x, clip.focus_y})
        if (!(focus >= 0 && focus <= 1))
            return json::bad(pointer + "/focus_x", "focus_x and focus_y must be from 0 to 1");
    return {};
}

Result<> check_transition(EditPlan const& plan, std::size_t i, std::string const& pointer) {
    auto const& t = plan.transitions[i];
    if (t.kind == TransitionKind::Cut && t.frames != 0)
        return json::bad(pointer + "/frames", "must be 0 for a cut");
    if (t.kind == TransitionKind::Crossfade && (t.frames < 2 || t.frames % 2 != 0))
        return json::bad(pointer + "/frames", "must be an even number of at least 2");
    if (t.frames > std::min(plan.clips[i].frames, plan.clips[i + 1].frames))
        return json::bad(pointer + "/frames", "must not be longer than the clips it joins");
    return {};
}

}  // namespace

Result<> EditPlan::validate(std::string const& pointer) const {
    if (clips.empty() || clips.size() > kMaxClips)
        return json::bad(pointer + "/clips", "must hold from 1 to 10000 clips");
    std::int64_t next_frame = 0;
    for (std::size_t i = 0; i < clips.size(); ++i) {
        TRY_VOID(check_clip(*this, i, next_frame, fmt::format("{}/clips/{}", pointer, i)));
        next_frame += clips[i].frames;
    }
    if (frames != next_frame)
        return json::bad(pointer + "/frames",
                         fmt::format("must be {}, the sum of the clips", next_frame));
    if (transitions.size() + 1 != clips.size())
        return json::bad(pointer + "/transitions", "must hold one entry for each pair of clips");
    for (std::size_t i = 0; i < transitions.size(); ++i)
        TRY_VOID(check_transition(*this, i, fmt::format("{}/transitions/{}", pointer, i)));
    if (outputs.empty() || outputs.size() > kMaxOutputs)
        return json::bad(pointer + "/outputs", "must hold from 1 to 8 outputs");
    for (std::size_t i = 0; i < outputs.size(); ++i)
        for (auto const side : {outputs[i].width, outputs[i].height})
            if (side < 16 || side > kMaxSide || side % 2 != 0)
                return json::bad(fmt::format("{}/outputs/{}/width", pointer, i),
                                 "width and height must be even and from 16 to 8192");
    return {};
}

PlanOutput output_for(Format format, int short_side) {
    // Even sizes: 4:2:0 chroma has half the samples in each direction.
    auto const long_side = (short_side * 16 / 9 + 1) / 2 * 2;
    switch (format) {
    case Format::Portrait: return {format, short_side, long_side};
    case Format::Square: return {format, short_side, short_side};
    case Format::Landscape: break;
    }
    return {Format::Landscape, long_side, short_side};
}

}  // namespace aiditor::timeline
