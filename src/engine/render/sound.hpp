#pragma once
/// The sound of a montage: mixed, brought to level, encoded, checked.

#include "engine/media/sound_encoder.hpp"
#include "engine/render/scratch.hpp"
#include "engine/render/sources.hpp"
#include "timeline/render_report.hpp"

#include <functional>
#include <vector>

namespace aiditor::render {

struct MontageSound {
    media::EncodedSound encoded;
    timeline::SoundReport report;
};

/// Mixes the plan's clips into `scratch` (5 ms fades at cuts, equal-power crossfades), brings the
/// whole to -14 LUFS within 1 LU and at most -1 dBTP, and encodes it. Level and peak are measured
/// on the decoded AAC, because coding moves peaks; when it overshoots, it is limited harder and
/// encoded again. Sound under -50 LUFS is left as it is and reported.
/// Length: samples_before(plan.frames), exactly. Source: EBU R 128 (method), platforms' -14 LUFS.
[[nodiscard]] Result<MontageSound> make_sound(timeline::EditPlan const& plan, Sources& sources,
                                              Scratch& scratch,
                                              std::function<void(double)> const& on_progress,
                                              std::vector<std::string>& notes);

}  // namespace aiditor::render
