#pragma once
/// Exactly what a montage will show, frame by frame: the input of `aiditor render`.

#include "timeline/media_info.hpp"

#include <map>
#include <string>
#include <vector>

namespace aiditor::timeline {

enum class Format : std::uint8_t { Landscape = 1, Portrait, Square };
BOOST_DESCRIBE_ENUM(Format, Landscape, Portrait, Square)

enum class TransitionKind : std::uint8_t { Cut = 1, Crossfade };
BOOST_DESCRIBE_ENUM(TransitionKind, Cut, Crossfade)

/// One file that the montage takes from.
struct PlanSource {
    std::string file;
    std::string sha256;
    Time duration_s;
    int audio_track = 0;  ///< which sound track, counting from 0; ignored when the file has none
};
BOOST_DESCRIBE_STRUCT(PlanSource, (), (file, sha256, duration_s, audio_track))

/// A stretch of one source. Clips abut: clip n starts where clip n-1 ended.
struct PlanClip {
    int source = 0;       ///< index into `sources`
    Time source_start_s;  ///< what output frame `first_frame` shows
    std::int64_t first_frame = 0;
    std::int64_t frames = 0;  ///< > 0
    Time peak_s;              ///< source time of the moment itself
    double score = 0;
    std::string kind;
    std::map<std::string, double> why;
    double focus_x = 0.5, focus_y = 0.5;  ///< centre of the crop, as a share of the picture
    bool fill = false;                    ///< taken only to reach the asked length
};
BOOST_DESCRIBE_STRUCT(PlanClip, (),
                      (source, source_start_s, first_frame, frames, peak_s, score, kind, why,
                       focus_x, focus_y, fill))

/// How clip n gives way to clip n+1. A crossfade of N frames is centred on the cut and uses handles
/// outside both ranges, so it does not change the length.
struct Transition {
    TransitionKind kind = TransitionKind::Cut;
    std::int64_t frames = 0;  ///< even; 0 for a cut
};
BOOST_DESCRIBE_STRUCT(Transition, (), (kind, frames))

struct PlanOutput {
    Format format = Format::Landscape;
    int width = 1920, height = 1080;
};
BOOST_DESCRIBE_STRUCT(PlanOutput, (), (format, width, height))

struct EditPlan {
    static constexpr char const* kSchema = "aiditor.edit_plan/1";
    Time asked_s;
    Time length_s;
    Time filled_s;  ///< how much of it is filler rather than highlights
    Rational frame_rate{30, 1};
    std::int64_t frames = 0;
    std::vector<PlanSource> sources;
    std::vector<PlanClip> clips;
    std::vector<Transition> transitions;  ///< clips - 1 of them
    std::vector<PlanOutput> outputs;
    std::vector<std::string> notes;

    [[nodiscard]] Result<> validate(std::string const& pointer) const;
};
BOOST_DESCRIBE_STRUCT(EditPlan, (),
                      (asked_s, length_s, filled_s, frame_rate, frames, sources, clips, transitions,
                       outputs, notes))

/// Width and height for a format whose short side is `short_side` pixels (even).
[[nodiscard]] PlanOutput output_for(Format format, int short_side);

}  // namespace aiditor::timeline
