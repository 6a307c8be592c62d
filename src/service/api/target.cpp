#include "service/api/target.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace aiditor::api {
namespace {

std::unexpected<Error> refuse(std::string_view why) {
    return fail(ErrorCode::BadRequest, fmt::format("the URL {}", why));
}

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

/// Whether a byte may come out of an escape at all; in a path also no slash of either kind.
bool may_be_escaped(unsigned char c, bool in_path) {
    if (c < 0x20 || c == 0x7f) return false;
    return !in_path || (c != '/' && c != '\\');
}

Result<std::string> decode(std::string_view text, bool in_path) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && !in_path) {
            out += ' ';
        } else if (text[i] == '%') {
            if (text.size() - i < 3) return refuse("ends inside a percent escape");
            auto const high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (!high || !low) return refuse("has a percent escape that is not hexadecimal");
            auto const c = static_cast<unsigned char>(*high << 4U | *low);
            if (!may_be_escaped(c, in_path)) return refuse("escapes a character that it must not");
            out += static_cast<char>(c);
            i += 2;
        } else {
            out += text[i];
        }
    }
    if (!is_utf8(out)) return refuse("is not UTF-8");
    return out;
}

Result<> check_segments(std::string_view path) {
    path.remove_prefix(1);
    while (!path.empty()) {
        auto const end = std::min(path.size(), path.find('/'));
        auto const segment = path.substr(0, end);
        if (segment.empty()) return refuse("has an empty path segment");
        if (segment == "." || segment == "..") return refuse("has a dot segment");
        path.remove_prefix(std::min(path.size(), end + 1));
    }
    return {};
}

Result<> read_query(std::string_view text, Target& out) {
    std::size_t count = 0;
    while (!text.empty()) {
        auto const end = std::min(text.size(), text.find('&'));
        auto const item = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 1));
        if (item.empty()) continue;
        if (++count > kMostQueryParameters) return refuse("has too many parameters");
        auto const equals = std::min(item.size(), item.find('='));
        auto name = TRY(decode(item.substr(0, equals), false));
        auto value = TRY(decode(item.substr(std::min(item.size(), equals + 1)), false));
        if (!out.query.emplace(std::move(name), std::move(value)).second)
            return refuse("has a parameter twice");
    }
    return {};
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        auto const at = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
        unsigned const lead = at(i);
        std::size_t const length = lead < 0x80   ? 1
                                   : lead < 0xc2 ? 0
                                   : lead < 0xe0 ? 2
                                   : lead < 0xf0 ? 3
                                   : lead < 0xf5 ? 4
                                                 : 0;
        if (length == 0 || text.size() - i < length) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((at(i + k) & 0xc0U) != 0x80U) return false;
        if (length > 2) {  // the second byte says whether it is overlong, a surrogate or too large
            unsigned const second = at(i + 1);
            if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f))
                return false;
        }
        i += length;
    }
    return true;
}

Result<Target> parse_target(std::string_view text) {
    if (text.size() > kMostTargetBytes) return refuse("is too long");
    if (!text.starts_with('/')) return refuse("does not begin with a slash");
    for (char const c : text)
        if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\')
            return refuse("holds a character that must be escaped");
    auto const mark = std::min(text.size(), text.find('?'));
    Target out;
    out.path = TRY(decode(text.substr(0, mark), true));
    TRY_VOID(check_segments(out.path));
    TRY_VOID(read_query(text.substr(std::min(text.size(), mark + 1)), out));
    return out;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (char const c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) out += c;
        else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

}  // namespace aiditor::api
