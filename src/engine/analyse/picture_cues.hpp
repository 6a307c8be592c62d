#pragma once
/// Measures what changes between decoded key pictures.

#include "engine/analyse/cue_grid.hpp"
#include "engine/media/thumbnail.hpp"
#include "timeline/time.hpp"

#include <array>
#include <optional>

namespace aiditor::analyse {

/// Compares each picture with the one before it. Pictures out of order are ignored. What a picture
/// says about the time around it ends after 20 s: beyond, the cues stay missing.
class PictureCues {
public:
    explicit PictureCues(CueGrid& grid) : grid_(grid) {}

    void add(timeline::Time pts, media::Thumbnail const& picture);
    /// Lets the last picture stand until the clip ends.
    void finish(timeline::Time duration);

private:
    static constexpr std::size_t kBins = 64;  ///< 4 levels each of luma, Cb and Cr
    struct Seen {
        timeline::Time pts;
        media::Thumbnail picture;
        std::array<int, kBins> histogram;
        double luma, flash;
    };
    static Seen look_at(timeline::Time pts, media::Thumbnail const& picture);
    void write_still(Seen const& seen, timeline::Time until);
    void write_change(Seen const& from, Seen const& to);

    CueGrid& grid_;
    std::optional<Seen> last_;
};

}  // namespace aiditor::analyse
