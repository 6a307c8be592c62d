#pragma once
/// SHA-1 (FIPS 180-4) through OpenSSL, for protocols that prescribe it (WebSocket handshakes). It
/// protects nothing.

#include <string>
#include <string_view>

namespace aiditor {

/// 20 bytes.
[[nodiscard]] std::string sha1(std::string_view bytes);

}  // namespace aiditor
