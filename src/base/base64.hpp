#pragma once
/// Base64 of RFC 4648 section 4, through OpenSSL.

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

}  // namespace aiditor
