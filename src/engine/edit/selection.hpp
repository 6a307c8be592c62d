#pragma once
/// Which frames of which source a montage shows: disjoint picks under a budget of frames.

#include "timeline/highlight.hpp"

#include <cstdint>
#include <vector>

namespace aiditor::edit {

/// Why a pick is there.
struct Moment {
    std::int64_t peak = 0;  ///< frame of the source
    double score = 0;
    timeline::Highlight const* highlight = nullptr;  ///< null for filler
};

/// Frames [from, to) of a source. No pick overlaps or touches another one.
struct Pick {
    std::size_t source = 0;
    std::int64_t from = 0, to = 0;
    Moment moment;  ///< the best of those that were merged into this pick
};

/// Frames one would like to show, [from, to), and those one must, [core_from, core_to) inside.
struct Window {
    std::int64_t from = 0, to = 0;
    std::int64_t core_from = 0, core_to = 0;
};

/// Frames are counted per source at the rate of the montage. The budget is never exceeded.
class Selection {
public:
    /// How much may be held at once.
    struct Most {
        std::size_t picks, sources;
    };
    /// Gaps of at most `join_gap` frames beside an added window are taken along.
    Selection(std::vector<std::int64_t> source_frames, std::int64_t budget, std::int64_t join_gap,
              Most most);

    [[nodiscard]] std::int64_t remaining() const { return remaining_; }
    /// Something was left out because there were `Most` sources, or picks, already.
    [[nodiscard]] bool sources_were_full() const { return sources_were_full_; }
    [[nodiscard]] bool picks_were_full() const { return picks_were_full_; }
    [[nodiscard]] bool covers(std::size_t source, std::int64_t frame) const;
    [[nodiscard]] std::vector<Pick> const& picks(std::size_t source) const;

    /// Adds the window, less what the budget forbids, but always the whole core. False, and nothing
    /// is changed, when not even the core fits or there are too many picks or sources.
    bool add(std::size_t source, Window const& window, Moment const& moment);

    /// Grows every pick evenly on both sides by at most `most` frames into free material, until
    /// the budget is used up; picks that meet become one.
    void widen(std::int64_t most);

private:
    struct Hull;
    [[nodiscard]] Hull hull(std::size_t source, std::int64_t from, std::int64_t to) const;
    void merge_touching();

    std::vector<std::int64_t> source_frames_;
    std::vector<std::vector<Pick>> picks_;  ///< by source, in time order
    std::int64_t remaining_;
    std::int64_t join_gap_;
    Most most_;
    std::size_t count_ = 0, sources_ = 0;  ///< picks held, sources that have some
    bool sources_were_full_ = false, picks_were_full_ = false;
};

}  // namespace aiditor::edit
