#pragma once
/// The montage's sound as AAC, encoded once for all outputs.

#include "engine/media/av.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace aiditor::media {

/// Encoded sound, made once and muxed into every output.
struct EncodedSound {
    std::vector<PacketPtr> packets;  ///< time base 1/48000
    CodecPtr encoder;                ///< kept for its stream parameters
};

/// AAC-LC, 48 kHz stereo, 192 kb/s. Errors: Internal.
class SoundEncoder {
public:
    [[nodiscard]] static Result<SoundEncoder> create();
    [[nodiscard]] Result<> add(std::span<float const> interleaved);
    /// Pads, drains and hands the packets over.
    [[nodiscard]] Result<EncodedSound> finish();

private:
    [[nodiscard]] Result<> encode(std::size_t samples);
    [[nodiscard]] Result<> drain();
    EncodedSound sound_;
    std::vector<float> waiting_;
    std::int64_t next_pts_ = 0;
};

/// Gives back what a listener will hear, the encoder's run-up included, in blocks of interleaved
/// stereo. Errors: Internal.
[[nodiscard]] Result<> decode(EncodedSound const& sound,
                              std::function<void(std::span<float const>)> const& on_block);

/// An encoder by FFmpeg's name, bit-exact, not opened yet. Errors: Internal when it is not built
/// in.
[[nodiscard]] Result<CodecPtr> new_encoder(char const* name);

}  // namespace aiditor::media
