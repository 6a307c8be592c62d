#pragma once
/// Which packets must be decoded to see given parts of a clip, within a budget.

#include "engine/media/frame_index.hpp"
#include "timeline/time_span.hpp"

#include <span>
#include <vector>

namespace aiditor::media {

/// Neighbouring packets of a FrameIndex, in decode order, the first of them a key packet.
struct Stretch {
    std::size_t first = 0, count = 0;
};

/// Takes the wishes in their order, each from the key packet before it to its last picture, while
/// all of them together hold at most `share` (0..1) of the pictures that the clip shows. A wish
/// that does not fit is cut to its middle and the second after it; if that does not fit either, it
/// is left out and the next is tried. Sorted, disjoint; neighbours are joined. Empty where the clip
/// has no key packet. Cost: wishes * log + packets.
[[nodiscard]] std::vector<Stretch> fit_stretches(FrameIndex const& index,
                                                 std::span<timeline::TimeSpan const> wishes,
                                                 double share);

}  // namespace aiditor::media
