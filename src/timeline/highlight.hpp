#pragma once
/// Moments worth keeping, with the reason.

#include "timeline/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aiditor::timeline {

struct Highlight {
    Time start_s, peak_s, end_s;  ///< start <= peak <= end, inside the clip
    double score = 0;  ///< comparable across the clips of one input set; higher is better
    std::string kind;  ///< what dominates: see detect/rules.hpp
    std::map<std::string, double> why;  ///< cue group -> its part of the score; parts add up to it
};
BOOST_DESCRIBE_STRUCT(Highlight, (), (start_s, peak_s, end_s, score, kind, why))

/// The score over time, for people and for filling a montage that has too few highlights.
struct Curve {
    double rate_hz = 5;
    std::vector<double> values;
};
BOOST_DESCRIBE_STRUCT(Curve, (), (rate_hz, values))

struct ClipHighlights {
    std::string file;
    std::string sha256;
    Time duration_s;
    std::optional<Rational> frame_rate;  ///< of the pictures; set by the pipeline, for the planner
    std::vector<Highlight> highlights;   ///< in time order
    Curve curve;
};
BOOST_DESCRIBE_STRUCT(ClipHighlights, (), (file, sha256, duration_s, frame_rate, highlights, curve))

/// The answer of `aiditor detect`, for a whole input set in input order.
struct Highlights {
    static constexpr char const* kSchema = "aiditor.highlights/1";
    std::string detector;
    std::vector<ClipHighlights> clips;

    [[nodiscard]] Result<> validate(std::string const& pointer) const;
};
BOOST_DESCRIBE_STRUCT(Highlights, (), (detector, clips))

}  // namespace aiditor::timeline
