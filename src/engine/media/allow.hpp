#pragma once
/// What may be opened at all. Everything else is refused before a decoder sees a byte.
///
/// FFmpeg as Debian builds it has 351 demuxers and 519 decoders; attackers have used those nobody
/// needs (playlists that read other files, exotic decoders). The lists are by decoder name.

#include "timeline/time.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

struct AVCodec;
struct AVCodecParameters;

namespace aiditor::media {

inline constexpr std::array<std::string_view, 6> kVideoDecoders{"h264", "hevc",     "vp8",
                                                                "vp9",  "libdav1d", "mpeg4"};
inline constexpr std::array<std::string_view, 15> kAudioDecoders{
    "aac",       "opus",      "vorbis",    "mp3float",  "flac",
    "ac3",       "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be",
    "pcm_s32le", "pcm_f32le", "pcm_u8",    "pcm_alaw",  "pcm_mulaw"};

inline constexpr int kMaxSide = 8192;
inline constexpr std::int64_t kMaxPixels = 40'000'000;
inline constexpr int kMaxStreams = 64;
inline constexpr int kMaxChannels = 16;
inline constexpr int kMinSampleRate = 8'000, kMaxSampleRate = 192'000;
[[nodiscard]] constexpr bool sane_rate(int hz) {
    return hz >= kMinSampleRate && hz <= kMaxSampleRate;
}
inline constexpr int kMaxFrameRate = 240;
inline constexpr timeline::Time kMaxDuration = timeline::seconds(4 * 3600 + 60);
inline constexpr std::int64_t kMaxFileBytes = 50'000'000'000;
inline constexpr std::int64_t kMaxPackets = 4 * 3600 * kMaxFrameRate + 1'000'000;

/// The allowed decoder for a stream, or null.
[[nodiscard]] AVCodec const* allowed_decoder(AVCodecParameters const& stream);
/// Both lists as FFmpeg's `codec_whitelist` wants them.
[[nodiscard]] std::string const& decoder_whitelist();

}  // namespace aiditor::media
