#pragma once
/// An allowed decoder for one stream, with limits.

#include "engine/media/av.hpp"

#include <cstdint>

namespace aiditor::media {

enum class DecodeEffort : std::uint8_t {
    Full = 1,  ///< every picture as it is meant to look
    Sketch,    ///< single key frames for measuring: no loop filter, one thread
    Every,     ///< every picture, one thread: damaged ones look the same each time too
    Needed,    ///< for measuring: those that others refer to, no loop filter, one thread
};

class Decoder {
public:
    /// Errors: BadMedia when the stream cannot be decoded, LimitReached.
    [[nodiscard]] static Result<Decoder> open(AVStream const& stream, DecodeEffort effort);

    /// Gives one packet (null: no more come). False when the decoder rejects it as damaged.
    [[nodiscard]] bool send(AVPacket const* packet);
    /// The next picture or block of sound, if one is ready.
    [[nodiscard]] bool receive(AVFrame& frame);
    /// Forgets everything, after a seek.
    void reset();
    /// Decodes one key packet on its own; the decoder is reset afterwards.
    [[nodiscard]] bool decode_alone(AVPacket const& packet, AVFrame& frame);

private:
    CodecPtr context_;
};

}  // namespace aiditor::media
