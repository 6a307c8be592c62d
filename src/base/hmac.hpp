#pragma once
/// Message authentication codes (RFC 2104) through OpenSSL.

#include <cstdint>
#include <string>
#include <string_view>

namespace aiditor {

/// Sha1 is for codes that a standard fixes to it (RFC 6238) and for nothing else.
enum class MacHash : std::uint8_t { Sha1 = 1, Sha256 };

/// 20 or 32 raw bytes. The key may have any length.
[[nodiscard]] std::string hmac(MacHash hash, std::string_view key, std::string_view message);

/// Compares in a time that depends on the lengths alone: for secrets, codes and hashes of them.
[[nodiscard]] bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace aiditor
