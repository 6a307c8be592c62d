#include "service/clips/file_names.hpp"

#include "base/printable.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace aiditor::clips {
namespace {

constexpr std::array kVideos{
    std::pair<std::string_view, std::string_view>{".mp4", "video/mp4"},
    std::pair<std::string_view, std::string_view>{".mov", "video/quicktime"},
    std::pair<std::string_view, std::string_view>{".m4v", "video/x-m4v"},
    std::pair<std::string_view, std::string_view>{".mkv", "video/x-matroska"},
    std::pair<std::string_view, std::string_view>{".webm", "video/webm"},
    std::pair<std::string_view, std::string_view>{".ts", "video/mp2t"},
    std::pair<std::string_view, std::string_view>{".mts", "video/mp2t"},
    std::pair<std::string_view, std::string_view>{".m2ts", "video/mp2t"},
    std::pair<std::string_view, std::string_view>{".avi", "video/x-msvideo"},
};
constexpr std::array kPictures{
    std::pair<std::string_view, std::string_view>{".jpg", "image/jpeg"},
    std::pair<std::string_view, std::string_view>{".png", "image/png"},
    std::pair<std::string_view, std::string_view>{".webp", "image/webp"},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_plain(char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

std::string extension_of(std::string_view name) {
    auto const dot = name.rfind('.');
    std::string out;
    if (dot == std::string_view::npos || dot == 0) return out;
    for (char const c : name.substr(dot)) out.push_back(lower(c));
    return out;
}

}  // namespace

Result<> check_name(std::string_view name) {
    auto const refuse = [](std::string_view why) {
        return fail(ErrorCode::BadRequest, fmt::format("the file's name {}", why));
    };
    if (name.empty()) return refuse("is missing");
    if (name.size() > kLongestNameBytes)
        return refuse(fmt::format("may have at most {} bytes", kLongestNameBytes));
    if (!is_utf8(name)) return refuse("is not UTF-8");
    if (printable(name) != name) return refuse("holds characters that cannot be shown");
    if (name.find_first_of("/\\") != std::string_view::npos) return refuse("holds a slash");
    return {};
}

std::optional<std::string_view> video_extension(std::string_view name) {
    auto const extension = extension_of(name);
    for (auto const& [known, type] : kVideos)
        if (known == extension) return known;
    return std::nullopt;
}

Result<std::string_view> check_video_name(std::string_view name) {
    TRY_VOID(check_name(name));
    if (auto const extension = video_extension(name)) return *extension;
    return fail(ErrorCode::BadRequest,
                "only videos can be brought in: .mp4 .mov .m4v .mkv .webm .ts .mts .m2ts .avi");
}

std::string_view media_type_of(std::string_view name) {
    auto const extension = extension_of(name);
    for (auto const& [known, type] : kVideos)
        if (known == extension) return type;
    for (auto const& [known, type] : kPictures)
        if (known == extension) return type;
    return "application/octet-stream";
}

std::string attachment(std::string_view name) {
    std::string plain, full;
    for (char const c : name) {
        // One underscore for a character of several bytes.
        bool const continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
        if (!continues) plain.push_back(is_plain(c) || c == ' ' ? c : '_');
        if (is_plain(c)) full.push_back(c);
        else full += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, full);
}

}  // namespace aiditor::clips
