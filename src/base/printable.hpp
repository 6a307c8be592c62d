#pragma once
/// Text that came from outside, made safe to show.

#include <string>
#include <string_view>

namespace aiditor {

/// Valid UTF-8 by the Unicode standard, table 3-7 (no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text);

/// The text with everything a terminal or a reader could be fooled by written as \xNN: bytes that
/// are not UTF-8, control characters (C0, DEL, C1) and marks that change the direction of text.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace aiditor
