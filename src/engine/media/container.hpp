#pragma once
/// Which container a file really is, from its first bytes; its name is never asked.

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace aiditor::media {

enum class Container : std::uint8_t { Mov = 1, Matroska, MpegTs, Avi };

/// FFmpeg's demuxer name.
[[nodiscard]] std::string_view demuxer_name(Container c);

inline constexpr std::size_t kSniffBytes = 4096;

/// Decides by magic: ISO BMFF box types (ISO/IEC 14496-12), EBML (RFC 8794), MPEG-TS sync bytes
/// (ISO/IEC 13818-1, also 192-byte M2TS packets), RIFF/AVI.
/// Errors: BadMedia that says what the file looks like instead.
[[nodiscard]] Result<Container> sniff(std::span<std::byte const> head);

}  // namespace aiditor::media
