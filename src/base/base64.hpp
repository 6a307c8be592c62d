#pragma once
/// Base64 of RFC 4648, through OpenSSL.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aiditor {

[[nodiscard]] std::string base64_encode(std::span<std::byte const> bytes);
/// Empty when `text` is not canonical padded base64.
[[nodiscard]] std::optional<std::vector<std::byte>> base64_decode(std::string_view text);

/// The form for headers and links (section 5), without padding.
[[nodiscard]] std::string base64url(std::string_view bytes);
/// Empty when `text` is not what base64url gives for some bytes.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace aiditor
