#pragma once
/// What a clip's file may be called, and what that says about it.

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aiditor::clips {

inline constexpr std::size_t kLongestNameBytes = 255;

/// A name for people: UTF-8 of 1 to 255 bytes without control characters, marks that change the
/// direction of text, and slashes of either kind. Errors: BadRequest.
[[nodiscard]] Result<> check_name(std::string_view name);

/// ".mp4" of "Clip.MP4"; of .mp4 .mov .m4v .mkv .webm .ts .mts .m2ts .avi, else empty.
[[nodiscard]] std::optional<std::string_view> video_extension(std::string_view name);
/// Errors: BadRequest for a name that check_name refuses or that is no video's.
[[nodiscard]] Result<std::string_view> check_video_name(std::string_view name);

/// The media type by the extension of a name or key; application/octet-stream for unknown ones.
[[nodiscard]] std::string_view media_type_of(std::string_view name);

/// Content-Disposition of a download (RFC 6266): the name in ASCII, and in full after RFC 8187.
[[nodiscard]] std::string attachment(std::string_view name);

}  // namespace aiditor::clips
