#include "service/uploads/tus.hpp"

#include "base/base64.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace aiditor::uploads {
namespace {

constexpr std::size_t kSha1Bytes = 20, kSha256Bytes = 32;

std::optional<std::string> decode(std::string_view base64) {
    auto const bytes = base64_decode(base64);
    if (!bytes) return std::nullopt;
    return std::string(reinterpret_cast<char const*>(bytes->data()), bytes->size());
}

bool is_key(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F && c != ','; });
}

}  // namespace

Result<> check_version(api::Request const& request) {
    if (request.headers.find("Tus-Resumable") == kTusVersion) return {};
    return fail(ErrorCode::WrongVersion, fmt::format("send Tus-Resumable: {}", kTusVersion));
}

Result<std::int64_t> count_header(api::Request const& request, std::string_view name) {
    constexpr std::int64_t kMost = std::int64_t{1} << 53;
    auto const text = request.headers.find(name).value_or("");
    std::int64_t out = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    bool const good = error == std::errc{} && end == text.data() + text.size() &&
                      text.front() != '-' && out < kMost && request.headers.count(name) == 1;
    if (!good)
        return fail(ErrorCode::BadRequest, fmt::format("{} must be a number of bytes", name));
    return out;
}

Result<std::map<std::string, std::string, std::less<>>> parse_metadata(std::string_view text) {
    auto const refuse = [](std::string_view why) {
        return fail(ErrorCode::BadRequest, fmt::format("Upload-Metadata {}", why));
    };
    std::map<std::string, std::string, std::less<>> out;
    if (text.size() > kMostMetadataBytes) return refuse("is too long");
    if (text.empty()) return out;
    for (;;) {
        auto const comma = text.find(',');
        auto pair = text.substr(0, comma);
        // Some clients put a space behind the comma.
        if (!out.empty() && pair.starts_with(' ')) pair.remove_prefix(1);
        auto const space = pair.find(' ');
        auto const key = pair.substr(0, space);
        if (!is_key(key)) return refuse("has a key that is not allowed");
        std::optional<std::string> value("");
        if (space != std::string_view::npos) value = decode(pair.substr(space + 1));
        if (!value) return refuse("has a value that is not base64");
        if (!out.emplace(key, *std::move(value)).second) return refuse("has a key twice");
        if (out.size() > kMostMetadataPairs) return refuse("has too many pairs");
        if (comma == std::string_view::npos) return out;
        text.remove_prefix(comma + 1);
    }
}

Result<Expected> parse_checksum(std::string_view text) {
    auto const space = text.find(' ');
    auto const name = text.substr(0, space);
    bool const is_sha1 = name == "sha1";
    if (!is_sha1 && name != "sha256")
        return fail(ErrorCode::BadRequest,
                    fmt::format("Upload-Checksum can be of {}", kTusChecksums));
    auto bytes = space == std::string_view::npos ? std::nullopt : decode(text.substr(space + 1));
    if (!bytes || bytes->size() != (is_sha1 ? kSha1Bytes : kSha256Bytes))
        return fail(ErrorCode::BadRequest, "Upload-Checksum is not the base64 of such a hash");
    return Expected{.kind = is_sha1 ? Checksum::Kind::Sha1 : Checksum::Kind::Sha256,
                    .bytes = *std::move(bytes)};
}

void add_progress(api::Headers& headers, Upload const& upload) {
    headers.set("Upload-Offset", std::to_string(upload.received));
    if (upload.state == UploadState::Open)
        headers.set("Upload-Expires", http_date(upload.expires_at_us));
    if (upload.state == UploadState::Done) headers.set("Aiditor-Clip-Id", upload.clip_id);
}

std::string http_date(UtcMicros at) {
    auto const seconds = static_cast<std::time_t>(at / kMicrosPerSecond);
    return fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(seconds));
}

}  // namespace aiditor::uploads
