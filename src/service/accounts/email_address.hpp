#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace aiditor::accounts {

/// The form an address is stored and compared in: without spaces around it, ASCII letters small.
/// One @ with 1 to 64 bytes before and a name or number after it, 254 bytes in all (RFC 5321,
/// 4.5.3.1), UTF-8 allowed (RFC 6531), quoted forms not. Whether it exists only a mail can tell.
/// Errors: BadRequest.
[[nodiscard]] Result<std::string> normal_email(std::string_view typed);

}  // namespace aiditor::accounts
