#include "service/api/net/file_answer.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace aiditor::api::net {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t out = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || text.front() == '-' || error != std::errc{} ||
        end != text.data() + text.size())
        return std::nullopt;
    return out;
}

/// "bytes=0-99", "bytes=100-", "bytes=-100". A part of length 0 lies behind the end; empty for all
/// that is to be passed over.
std::optional<FilePart> parse_range(std::string_view text, std::int64_t size) {
    constexpr std::string_view kUnit = "bytes=";
    if (!text.starts_with(kUnit)) return std::nullopt;
    text.remove_prefix(kUnit.size());
    auto const dash = text.find('-');
    if (dash == std::string_view::npos || text.find(',') != std::string_view::npos)
        return std::nullopt;
    auto const first = number(text.substr(0, dash)), last = number(text.substr(dash + 1));
    bool const open = dash + 1 == text.size();
    if (dash == 0) {  // the last bytes
        if (!last) return std::nullopt;
        auto const length = std::min(*last, size);
        return FilePart{size - length, length};
    }
    if (!first || (!open && (!last || *last < *first))) return std::nullopt;
    if (*first >= size) return FilePart{size, 0};
    auto const end = open ? size - 1 : std::min(*last, size - 1);
    return FilePart{*first, end - *first + 1};
}

}  // namespace

FilePart plan_file(Response& response, Headers const& asked) {
    auto const& file = std::get<FileBody>(response.body);
    FilePart const whole{0, file.size};
    response.headers.set("Accept-Ranges", "bytes");
    if (!file.etag.empty()) response.headers.set("ETag", file.etag);
    if (response.status != 200) return whole;
    auto const none_match = asked.find("If-None-Match");
    if (none_match && !file.etag.empty() && lists_etag(*none_match, file.etag)) {
        response.status = 304;
        return {};
    }
    auto const range = asked.find("Range");
    auto const if_range = asked.find("If-Range");
    bool const same = !if_range || (!file.etag.empty() && *if_range == file.etag);
    auto const part = range && same ? parse_range(*range, file.size) : std::nullopt;
    if (!part) return whole;
    if (part->length == 0) {
        response.status = 416;
        response.headers.set("Content-Range", fmt::format("bytes */{}", file.size));
        return {};
    }
    response.status = 206;
    response.headers.set("Content-Range", fmt::format("bytes {}-{}/{}", part->from,
                                                      part->from + part->length - 1, file.size));
    return *part;
}

}  // namespace aiditor::api::net
