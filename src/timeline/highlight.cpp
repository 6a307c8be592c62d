#include "timeline/highlight.hpp"

namespace aiditor::timeline {

Result<> Highlights::validate(std::string const& pointer) const {
    for (std::size_t c = 0; c < clips.size(); ++c) {
        auto const clip_pointer = pointer + "/clips/" + std::to_string(c);
        auto const& clip = clips[c];
        if (clip.duration_s < Time{})
            return json::bad(clip_pointer + "/duration_s", "must not be negative");
        if (!(clip.curve.rate_hz > 0 && clip.curve.rate_hz <= 100))
            return json::bad(clip_pointer + "/curve/rate_hz", "must be above 0 and at most 100");
        for (std::size_t h = 0; h < clip.highlights.size(); ++h) {
            auto const& x = clip.highlights[h];
            if (x.start_s < Time{} || x.peak_s < x.start_s || x.end_s < x.peak_s ||
                clip.duration_s < x.end_s)
                return json::bad(clip_pointer + "/highlights/" + std::to_string(h),
                                 "needs 0 <= start_s <= peak_s <= end_s <= duration_s");
        }
    }
    return {};
}

}  // namespace aiditor::timeline
