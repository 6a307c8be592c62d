#include "timeline/edit_plan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::timeline {
namespace {

constexpr std::size_t kMaxClips = 10'000, kMaxOutputs = 8;
constexpr auto kMaxLength = seconds(12 * 3600);
constexpr std::int64_t kMaxFrames = 12LL * 3600 * 240;  // at the highest rate: keeps sums small
constexpr int kMaxSide = 8192, kMaxTracks = 64;

std::int64_t reach(EditPlan const& plan, std::size_t transition) {
    return transition < plan.transitions.size() ? plan.transitions[transition].frames / 2 : 0;
}

/// What is shown of a source, handles of crossfades included, must lie inside it.
Result<> check_range(EditPlan const& plan, std::size_t i, std::string const& pointer) {
    auto const& clip = plan.clips[i];
    auto const& source = plan.sources[static_cast<std::size_t>(clip.source)];
    auto const frame = [&](std::int64_t n) { return frame_start(n, plan.frame_rate); };
    auto const before = i == 0 ? 0 : reach(plan, i - 1), after = reach(plan, i);
    // Half a frame of grace: lengths are whole frames, sources need not be.
    auto const grace = frame(1) / 2;
    if (clip.source_start_s < Time{} ||
        source.duration_s + grace < clip.source_start_s + frame(clip.frames))
        return json::bad(pointer + "/source_start_s", "the clip must lie inside its source");
    if (clip.source_start_s + grace < frame(before) ||
        source.duration_s + grace < clip.source_start_s + frame(clip.frames + after))
        return json::bad(pointer + "/source_start_s",
                         "the source has nothing more there for the crossfade; use a cut");
    if (clip.peak_s < Time{} || source.duration_s < clip.peak_s)
        return json::bad(pointer + "/peak_s", "must lie inside the source");
    return {};
}

Result<> check_clip(EditPlan const& plan, std::size_t i, std::int64_t next_frame,
                    std::string const& pointer) {
    auto const& clip = plan.clips[i];
    if (clip.source < 0 || clip.source >= static_cast<int>(plan.sources.size()))
        return json::bad(pointer + "/source", "must be the index of an entry in /sources");
    if (clip.frames < 1 || clip.frames > kMaxFrames)
        return json::bad(pointer + "/frames", "must be at least 1 and at most 12 hours");
    if (clip.first_frame != next_frame)
        return json::bad(pointer + "/first_frame",
                         fmt::format("must be {}: clips abut, first_frame is the sum of the frames "
                                     "before",
                                     next_frame));
    if (!(clip.focus_x >= 0 && clip.focus_x <= 1))
        return json::bad(pointer + "/focus_x", "must be from 0 to 1");
    if (!(clip.focus_y >= 0 && clip.focus_y <= 1))
        return json::bad(pointer + "/focus_y", "must be from 0 to 1");
    return check_range(plan, i, pointer);
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

Result<> check_output(PlanOutput const& output, std::string const& pointer) {
    auto const fits = [](int side) { return side >= 16 && side <= kMaxSide && side % 2 == 0; };
    if (!fits(output.width))
        return json::bad(pointer + "/width", "must be even and from 16 to 8192");
    if (!fits(output.height))
        return json::bad(pointer + "/height", "must be even and from 16 to 8192");
    return {};
}

Result<> check_sources(EditPlan const& plan, std::string const& pointer) {
    for (std::size_t i = 0; i < plan.sources.size(); ++i) {
        auto const here = fmt::format("{}/sources/{}", pointer, i);
        auto const track = plan.sources[i].audio_track;
        if (track < 0 || track >= kMaxTracks)
            return json::bad(here + "/audio_track", "must be from 0 to 63");
        if (plan.sources[i].duration_s < Time{})
            return json::bad(here + "/duration_s", "must not be negative");
    }
    return {};
}

Result<> check_lengths(EditPlan const& plan, std::string const& pointer) {
    auto const length = frame_start(plan.frames, plan.frame_rate);
    auto const difference =
        plan.length_s < length ? length - plan.length_s : plan.length_s - length;
    if (frame_start(1, plan.frame_rate) / 2 < difference)
        return json::bad(
            pointer + "/length_s",
            fmt::format("must be {:.9f}, frames divided by the frame rate", to_seconds(length)));
    if (plan.filled_s < Time{} || plan.length_s < plan.filled_s)
        return json::bad(pointer + "/filled_s", "must be from 0 to length_s");
    return {};
}

}  // namespace

Result<> EditPlan::validate(std::string const& pointer) const {
    if (less(frame_rate, {1, 1}) || less({240, 1}, frame_rate))
        return json::bad(pointer + "/frame_rate", "must be from 1 to 240 frames a second");
    TRY_VOID(check_sources(*this, pointer));
    if (clips.empty() || clips.size() > kMaxClips)
        return json::bad(pointer + "/clips", "must hold from 1 to 10000 clips");
    if (transitions.size() + 1 != clips.size())
        return json::bad(pointer + "/transitions", "must hold one entry for each pair of clips");
    for (std::size_t i = 0; i < transitions.size(); ++i)
        TRY_VOID(check_transition(*this, i, fmt::format("{}/transitions/{}", pointer, i)));
    std::int64_t next_frame = 0;
    for (std::size_t i = 0; i < clips.size(); ++i) {
        TRY_VOID(check_clip(*this, i, next_frame, fmt::format("{}/clips/{}", pointer, i)));
        next_frame += clips[i].frames;
    }
    if (frames != next_frame || frames > kMaxFrames || kMaxLength < frame_start(frames, frame_rate))
        return json::bad(
            pointer + "/frames",
            fmt::format("must be {}, the sum of the clips, and at most 12 hours", next_frame));
    TRY_VOID(check_lengths(*this, pointer));
    if (outputs.empty() || outputs.size() > kMaxOutputs)
        return json::bad(pointer + "/outputs", "must hold from 1 to 8 outputs");
    for (std::size_t i = 0; i < outputs.size(); ++i)
        TRY_VOID(check_output(outputs[i], fmt::format("{}/outputs/{}", pointer, i)));
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
