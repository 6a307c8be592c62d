#pragma once
/// One pass over a clip: what it is, where its packets are, and its raw material for measuring.

#include "base/result.hpp"
#include "engine/media/thumbnail.hpp"
#include "timeline/media_info.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace aiditor::ingest {

/// Recorders write the mix or the game first, then microphone and chat.
inline constexpr std::size_t kMostSoundTracks = 4;

/// Receives what the pass reads, in file order; times count from the first picture. A scan without
/// sound and picture sinks decodes nothing.
struct ScanSink {
    /// Sound tracks as decoded, counting from 0, the first kMostSoundTracks of them; `right` equals
    /// `left` for mono. Samples may be anything a file can hold, also not finite.
    std::function<void(int track, timeline::Time start, std::span<float const> left,
                       std::span<float const> right, int rate_hz)>
        on_sound;
    std::function<void(timeline::Time pts, std::uint32_t size_bytes, bool key)> on_packet;
    /// One key picture every 4 s at most: decoding them is the dearest part of the pass.
    std::function<void(timeline::Time pts, media::Thumbnail const& picture)> on_key_picture;
    std::function<void(double fraction)> on_progress;
};

/// Reads the clip behind `fd` once from begin to end. `index_fd` receives the FrameIndex, or -1.
/// `file`, `sha256` of the answer are left empty: the process that scans knows no names.
/// Errors: BadMedia, LimitReached; Cost: see bench/speed. Memory: what the demuxer's own index
/// takes (about 10 MB an hour), no more.
[[nodiscard]] Result<timeline::MediaInfo> scan(int fd, int index_fd, ScanSink const& sink);

}  // namespace aiditor::ingest
