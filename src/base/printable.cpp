#include "base/printable.hpp"

#include <cstdint>
#include <fmt/format.h>

namespace aiditor {
namespace {

/// Bytes of the character that begins at `text`, 0 when it is not valid UTF-8.
std::size_t character_length(std::string_view text, std::uint32_t& code) {
    auto const byte = [&](std::size_t i) -> std::uint32_t {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    auto const first = byte(0);
    if (first < 0x80) return code = first, 1;
    std::size_t const length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4) return 0;
    code = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
        code = code << 6 | (byte(i) & 0x3F);
    }
    bool const overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    bool const surrogate = code >= 0xD800 && code <= 0xDFFF;
    return overlong || surrogate || code > 0x10FFFF ? 0 : length;
}

bool misleads(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) ||  // control characters
           code == 0x200E || code == 0x200F || code == 0x061C ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

bool is_utf8(std::string_view text) {
    std::uint32_t code = 0;
    while (!text.empty()) {
        auto const length = character_length(text, code);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::uint32_t code = 0;
        auto const length = character_length(text, code);
        auto const bytes = text.substr(0, length == 0 ? 1 : length);
        if (length == 0 || misleads(code))
            for (char const c : bytes)
                out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
        else out += bytes;
        text.remove_prefix(bytes.size());
    }
    return out;
}

}  // namespace aiditor
