#pragma once
/// Chooses what a montage shows.
///
/// The rule, in order, until the asked length is reached to the frame:
/// 1. Takes around the peaks, best score first: `lead_in` before a peak to `lead_out` after it.
///    Short takes around many peaks tell more of a recording than a few long ones. Takes closer
///    than one second become one. The last take that fits is trimmed, never inside its core (one
///    second before to 0.7 s after the peak, or the leads when they are shorter).
/// 2. The rest of the same highlights, from their start to their end, best first.
/// 3. Filler, unless `fill` is off: picks widen evenly by up to 3 s a side; then the best parts of
///    the curve that are not shown yet; then whatever material is left. Filler is counted in
///    `filled_s`. Nothing is ever shown twice; when all is shown the montage ends early.
/// A montage takes from at most `max_sources` inputs and shows at most kMostClips takes: the best
/// come first, what finds no place is left out with a note.
/// Ties go to the earlier input, then to the earlier moment: equal input gives an equal plan.

#include "timeline/edit_plan.hpp"
#include "timeline/highlight.hpp"

#include <vector>

namespace aiditor::edit {

/// What one render can take: two descriptors a source and one request of 1 MiB to the media
/// process (pipeline/media_work.hpp).
inline constexpr std::size_t kMostSources = 240, kMostClips = 3600;

enum class Order : std::uint8_t {
    Time = 1,  ///< the order of the inputs, then of time
    Score,     ///< best first; filler last
};
BOOST_DESCRIBE_ENUM(Order, Time, Score)

struct PlanOptions {
    timeline::Time length = timeline::seconds(60);           ///< one frame to 12 h
    timeline::Time lead_in = timeline::milliseconds(2500);   ///< 0 to 60 s
    timeline::Time lead_out = timeline::milliseconds(1500);  ///< 0 to 60 s
    Order order = Order::Time;
    std::vector<timeline::Format> formats{timeline::Format::Landscape};  ///< each at most once
    int short_side = 1080;  ///< pixels, even, 144 to 2160
    timeline::TransitionKind transition = timeline::TransitionKind::Cut;
    timeline::Time transition_length = timeline::milliseconds(500);  ///< 0 to 5 s
    bool fill = true;
    std::size_t max_sources = kMostSources;  ///< files that a montage takes from, at least 1
};

/// The constant rate at which pictures of `source` are shown: the standard rate (24, 25, 30, 48,
/// 50, 60 and the NTSC ones) that equals it, else the lowest standard multiple of it, else the
/// next higher standard rate; at most 60.
[[nodiscard]] timeline::Rational standard_rate(timeline::Rational source);

/// Pure: no files, clock or randomness. The rate is the highest of the sources that are used; a
/// faster source that gave nothing is left out rather than used below its rate.
/// Crossfades take their material outside the picks; where there is none they are shortened, or
/// become cuts. Errors: Usage for options out of range, NothingToDo when there is no material (or,
/// without filler, no highlight).
[[nodiscard]] Result<timeline::EditPlan> plan_montage(timeline::Highlights const& found,
                                                      PlanOptions const& options);

}  // namespace aiditor::edit
