#pragma once
/// Measures how hard a clip was to code: packet sizes, a free proxy of motion and change.

#include "engine/analyse/cue_grid.hpp"
#include "timeline/time.hpp"

#include <cstdint>
#include <vector>

namespace aiditor::analyse {

/// Sums sizes per sample of the grid. Memory: 20 bytes a sample.
class PacketCues {
public:
    void add(timeline::Time pts, std::uint32_t size_bytes, bool key);
    /// Writes all packet cues. A clip of key pictures alone is measured by those.
    void finish(CueGrid& grid) const;

private:
    struct Sums {
        float bytes = 0, key_bytes = 0, largest = 0;  ///< largest: of those that are not key
        std::uint32_t count = 0, keys = 0;
    };
    void write_sizes(CueGrid& grid) const;
    void write_spikes(CueGrid& grid) const;
    void write_keys(CueGrid& grid) const;

    std::vector<Sums> sums_;
};

}  // namespace aiditor::analyse
