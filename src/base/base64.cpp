#include "base/base64.hpp"

#include <algorithm>
#include <climits>
#include <openssl/evp.h>

namespace aiditor {

std::string base64_encode(std::span<std::byte const> bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a NUL
    auto const n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<unsigned char const*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(n));
    return out;
}

std::optional<std::vector<std::byte>> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0 || text.size() > INT_MAX) return std::nullopt;
    std::vector<std::byte> out(text.size() / 4 * 3);
    auto const n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<unsigned char const*>(text.data()),
                                   static_cast<int>(text.size()));
    if (n < 0) return std::nullopt;
    auto const padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
    out.resize(static_cast<std::size_t>(n) - padding);  // EVP_DecodeBlock counts the padding in
    if (base64_encode(out) != text) return std::nullopt;
    return out;
}

std::string base64url(std::string_view bytes) {
    auto out = base64_encode(std::as_bytes(std::span(bytes)));
    out.erase(out.find_last_not_of('=') + 1);
    std::ranges::replace(out, '+', '-');
    std::ranges::replace(out, '/', '_');
    return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
    if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
    std::string padded(text);
    std::ranges::replace(padded, '-', '+');
    std::ranges::replace(padded, '_', '/');
    padded.append((4 - padded.size() % 4) % 4, '=');
    auto const bytes = base64_decode(padded);
    if (!bytes) return std::nullopt;
    return std::string(reinterpret_cast<char const*>(bytes->data()), bytes->size());
}

}  // namespace aiditor
