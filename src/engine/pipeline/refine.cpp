#include "engine/pipeline/refine.hpp"

#include "engine/detect/closer_looks.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::pipeline {
namespace {

/// Puts each column in the place that the first pass left empty for it.
Result<> take_over(sandbox::Analysis& analysis, sandbox::Details&& details) {
    auto const place_of = [&](timeline::Cue const& cue) {
        return std::ranges::find(analysis.cues.cues, cue.name, &timeline::Cue::name);
    };
    for (auto const& cue : details.cues) {
        auto const known = place_of(cue);
        if (!cue.name.starts_with("detail.") || known == analysis.cues.cues.end() ||
            known->values.size() != cue.values.size() || !cue.in_range())
            return fail(ErrorCode::ChildCrashed, "the media process measured another clip");
    }
    if (details.decoded_frames < 0)
        return fail(ErrorCode::ChildCrashed, "the media process counted wrong");
    for (auto& cue : details.cues) *place_of(cue) = std::move(cue);
    analysis.decoded_frames = details.decoded_frames;
    return {};
}

}  // namespace

Result<> refine(MediaWork& media, Clip const& clip, sandbox::Analysis& analysis, double share,
                sandbox::OnProgress const& on_progress) {
    // What a child answers is checked before it is judged.
    TRY_VOID(analysis.cues.validate(""));
    auto const looks = TRY(detect::closer_looks(analysis.cues));
    if (looks.empty()) return {};
    auto details = media.details(
        clip, {.looks = looks, .share = share, .duration_s = analysis.cues.duration_s},
        on_progress);
    auto const taken = details ? take_over(analysis, std::move(*details))
                               : Result<>(std::unexpected(details.error()));
    if (taken) return {};
    auto const code = taken.error().code;
    bool const about_clip = code != ErrorCode::Cancelled && code != ErrorCode::SandboxFailed &&
                            code != ErrorCode::DiskFull && code != ErrorCode::Unwritable;
    if (!about_clip) return taken;
    analysis.media.notes.push_back(
        fmt::format("its pictures could not be looked at closely ({}); the rest was measured",
                    taken.error().message));
    return {};
}

}  // namespace aiditor::pipeline
