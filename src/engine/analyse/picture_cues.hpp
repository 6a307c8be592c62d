#pragma once
/// Measures what changes between decoded key pictures.

#include "engine/analyse/cue_grid.hpp"
#include "engine/media/thumbnail.hpp"
#include "timeline/time.hpp"

#include <array>
#include <optional>
#include <vector>

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
    static constexpr std::size_t kBins = 64;       ///< 4 levels each of luma, Cb and Cr
    static constexpr std::size_t kCells = 16 * 9;  ///< of 4 x 4 pixels
    /// What changed between two neighbouring pictures, by cell.
    struct CellChange {
        timeline::Time from, to;
        std::array<float, kCells> change;
    };
    struct Seen {
        timeline::Time pts;
        media::Thumbnail picture;
        std::array<int, kBins> histogram;
        double luma, flash, red, edges;
    };
    static Seen look_at(timeline::Time pts, media::Thumbnail const& picture);
    void write_still(Seen const& seen, timeline::Time until);
    void write_change(Seen const& from, Seen const& to);
    void write_display();

    CueGrid& grid_;
    std::optional<Seen> last_;
    std::vector<CellChange> changes_;  ///< at most one in about 4 s: 2 MB in 4 h
};

}  // namespace aiditor::analyse
