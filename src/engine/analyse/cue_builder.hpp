#pragma once
/// From sound, packets and key pictures of one clip to its cue columns, in one pass.

#include "base/result.hpp"
#include "engine/media/thumbnail.hpp"
#include "timeline/cue_track.hpp"
#include "timeline/time.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace aiditor::analyse {

/// Takes what the demuxer and decoders give, in any mixture of the three; each kind in time order.
/// Pure: no files, clock or threads. Times count from the first picture of the clip; what lies
/// before 0 or beyond 4 h 1 min is ignored, values that are not finite count as silence. Memory is
/// constant apart from the columns (about 300 bytes a sample, 5 samples a second).
/// Cost: bench/speed/run.py analyse; nearly all of it is sound.
class CueBuilder {
public:
    CueBuilder();
    ~CueBuilder();
    CueBuilder(CueBuilder&&) noexcept;
    CueBuilder& operator=(CueBuilder&&) noexcept;

    /// A block of sound, full scale = 1; `right` is `left` for mono. Blocks of any size in time
    /// order: a gap over 20 ms leaves the grid missing there, an overlap over 20 ms is dropped. The
    /// rate may change between blocks (4 to 768 kHz, 64 times; other sound is ignored).
    void sound(timeline::Time start, std::span<float const> left, std::span<float const> right,
               int rate_hz);
    /// The same for a further sound track, microphone or chat; `track` counts from 1; beyond
    /// kMostVoices (voice_cues.hpp) it is ignored.
    void voice(int track, timeline::Time start, std::span<float const> left,
               std::span<float const> right, int rate_hz);
    /// Every video packet, in decoding order.
    void packet(timeline::Time pts, std::uint32_t size_bytes, bool key);
    /// A decoded key picture; one in about 4 s is enough.
    void key_picture(timeline::Time pts, media::Thumbnail const& picture);
    /// All columns of the registry (cue_names.hpp) on the 5-Hz grid, ceil(duration * 5) samples
    /// each, NaN where nothing was measured. Call once. Errors: BadMedia for a duration of 0 or
    /// less, LimitReached for more than 4 h 1 min, Internal when a library could not be set up.
    [[nodiscard]] Result<std::vector<timeline::Cue>> finish(timeline::Time duration);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace aiditor::analyse
