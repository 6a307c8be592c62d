#pragma once
/// The sound of a clip from a given time on, as stereo 48 kHz without holes.

#include "engine/media/decoder.hpp"
#include "engine/media/frame_index.hpp"
#include "engine/media/input.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace aiditor::media {

inline constexpr int kSampleRate = 48'000;

/// Decoded samples placed by their time stamps: gaps over 20 ms become silence, overlaps are
/// trimmed, jitter below that is ignored. Mono is copied to both sides, more channels are mixed
/// down by their layout. One thread.
class AudioReader {
public:
    /// Reads `track` (counting sound streams from 0) from clip time `start` on. `fd` is borrowed,
    /// `index` gives the clip's origin and byte positions. Errors: BadMedia, BadJson for a track
    /// that the clip does not have although it has others.
    [[nodiscard]] static Result<AudioReader> open(int fd, FrameIndex const& index, int track,
                                                  timeline::Time start);

    /// Fills `interleaved` (stereo, so twice the samples) with what comes next; silence after the
    /// end of the track.
    void read(std::span<float> interleaved);

private:
    struct Block {
        std::int64_t position;  ///< of its first sample, from clip time 0
        std::vector<float> interleaved;
        [[nodiscard]] std::int64_t end() const {
            return position + static_cast<std::int64_t>(interleaved.size() / 2);
        }
    };
    AudioReader(Input input, AVStream* stream, Decoder decoder, std::int64_t origin_flicks);
    [[nodiscard]] static Result<AudioReader> open_at_begin(int fd, FrameIndex const& index,
                                                           int track);
    [[nodiscard]] bool seek_to(FrameIndex const& index, timeline::Time start);
    [[nodiscard]] bool decode_more();
    void append(AVFrame const& frame);
    void place(Block block);
    void append_block(Block block);
    [[nodiscard]] bool prepare_resampler(AVFrame const& frame);

    Input input_;
    AVStream* stream_;
    Decoder decoder_;
    SwrPtr resampler_;
    int in_rate_ = 0, in_channels_ = 0, in_format_ = -1;
    std::int64_t origin_flicks_;    ///< clip time 0 on the stream's clock
    std::int64_t cursor_ = 0;       ///< sample that read() delivers next, from clip time 0
    std::int64_t end_ = INT64_MIN;  ///< one past the last decoded sample
    bool draining_ = false, ended_ = false;
    std::deque<Block> blocks_;  ///< decoded and not delivered; in order, never overlapping
    std::optional<Block> far_;  ///< a block far ahead of the rest, until the next one confirms it
    PacketPtr packet_ = make_packet();
    FramePtr frame_ = make_frame();
};

}  // namespace aiditor::media
