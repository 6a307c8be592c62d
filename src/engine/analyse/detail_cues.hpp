#pragma once
/// Measures what only decoded motion shows: movement, flashes, and the display of the game.

#include "engine/analyse/cue_grid.hpp"
#include "engine/media/luma_picture.hpp"
#include "timeline/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aiditor::analyse {

/// Takes pictures about 0.1 s apart, stretch by stretch. Samples outside the stretches stay
/// missing; at the edges of a stretch, where it is not known whether something stays, so do the
/// cues that ask for it. Memory: about 1 kB a picture of the stretch in progress.
class DetailCues {
public:
    explicit DetailCues(CueGrid& grid) : grid_(grid) {}

    /// Writes the stretch in progress; what comes next is not compared with it.
    void begin_stretch();
    /// Pictures out of order are ignored. A change of size or a gap over 2.5 s begins a stretch.
    void add(timeline::Time at, media::LumaPicture const& picture);
    /// Writes the last stretch.
    void finish() { begin_stretch(); }

private:
    static constexpr int kAcross = 96, kDown = 54;            ///< the small picture
    static constexpr int kCellsAcross = 24, kCellsDown = 14;  ///< of the display
    static constexpr std::size_t kSmall = std::size_t{kAcross} * kDown;
    static constexpr std::size_t kCells = std::size_t{kCellsAcross} * kCellsDown;

    /// One picture against the one before it.
    struct Change {
        timeline::Time from, to;
        double motion, still, flash;
        std::array<float, kCells> cells;  ///< mean change of luma
        double text = 0;                  ///< share of cells with strokes that stay
        double new_text = 0;              ///< the same for strokes that begin at `to`
    };
    /// What is known of one pixel: how long it has been part of a thin bright or dark stroke.
    struct Stroke {
        std::int8_t sign = 0;     ///< 1 brighter than both sides, -1 darker, 0 neither
        std::uint8_t run = 0;     ///< pictures in a row with this sign, up to 255
        std::uint8_t before = 0;  ///< pictures without a stroke before that
    };
    struct StrokeCells {
        std::size_t steady = 0, fresh = 0, all = 0;
    };

    void compare(timeline::Time at, media::LumaPicture const& picture);
    [[nodiscard]] std::size_t pictures_to_stay() const;
    void follow_strokes(media::LumaPicture const& picture);
    [[nodiscard]] StrokeCells count_strokes(std::size_t stay) const;
    [[nodiscard]] double stepped(std::size_t k) const;
    void write();

    CueGrid& grid_;
    media::LumaPicture last_;
    timeline::Time last_at_;
    std::array<float, kSmall> small_{};
    std::vector<Stroke> strokes_;
    std::vector<Change> changes_;
};

}  // namespace aiditor::analyse
