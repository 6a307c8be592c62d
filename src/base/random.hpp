#pragma once
/// Numbers that cannot be guessed, and ids that sort by age.

#include "base/clock.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace aiditor {

/// From the operating system (getrandom); ends the program where that fails.
[[nodiscard]] std::string random_bytes(std::size_t count);

/// 256 random bits in 43 characters of base64url (RFC 4648 section 5): a secret for a header or a
/// link.
[[nodiscard]] std::string random_secret();

/// "clip_018f3c2e5b7a7c3d9e4f5a6b7c8d9e0f": a prefix and the 32 hexadecimal digits of a UUIDv7
/// (RFC 9562 section 5.7). Ids made by one process sort in the order they were made, also within a
/// millisecond and when the clock is set back. An id is a name and never a secret. Thread-safe.
[[nodiscard]] std::string new_id(std::string_view prefix, Clock const& clock = machine_clock());

/// Whether `text` has the form of an id with this prefix.
[[nodiscard]] bool is_id(std::string_view text, std::string_view prefix);

}  // namespace aiditor
