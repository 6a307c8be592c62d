#include "engine/sandbox/wire.hpp"

#include "base/printable.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

namespace aiditor::sandbox::wire {
namespace {

constexpr std::size_t kHeaderBytes = 8;

struct ErrorAnswer {
    std::string code;
    std::string message;
};
BOOST_DESCRIBE_STRUCT(ErrorAnswer, (), (code, message))

static_assert(std::endian::native == std::endian::little, "messages are little-endian");

std::optional<std::size_t> max_payload(Kind kind) {
    switch (kind) {
    case Kind::Hello: return 4096;
    case Kind::Request: return kMaxRequestBytes;
    case Kind::Progress: return sizeof(double);
    case Kind::Result: return kMaxResultBytes;
    case Kind::Error: return kMaxErrorBytes;
    }
    return std::nullopt;
}

/// The codes that may come out of a media process. Cancelled, TimedOut and ChildCrashed are facts
/// that only the parent knows; a hostile child could stop a whole montage with them.
constexpr ErrorCode kAnswerable[] = {
    ErrorCode::Internal,   ErrorCode::Usage,         ErrorCode::NotFound,
    ErrorCode::Unreadable, ErrorCode::BadMedia,      ErrorCode::LimitReached,
    ErrorCode::BadJson,    ErrorCode::NothingToDo,   ErrorCode::Unwritable,
    ErrorCode::DiskFull,   ErrorCode::OutputIsInput, ErrorCode::SandboxFailed,
};

/// The first bytes of UTF-8 text, never ending inside a character.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) return text;
    auto end = max_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end);
}

}  // namespace

std::string encode(Kind kind, std::string_view payload) {
    std::string out(kHeaderBytes, '\0');
    auto const number = static_cast<std::uint32_t>(kind);
    auto const length = static_cast<std::uint32_t>(payload.size());
    std::memcpy(out.data(), &number, sizeof number);
    std::memcpy(out.data() + sizeof number, &length, sizeof length);
    out += payload;
    return out;
}

std::string encode_progress(double fraction) {
    char bytes[sizeof fraction];
    std::memcpy(bytes, &fraction, sizeof fraction);
    return encode(Kind::Progress, {bytes, sizeof bytes});
}

std::string encode_error(Error const& error) {
    ErrorAnswer const answer{std::string(code_name(error.code)),
                             std::string(utf8_prefix(printable(error.message), kMaxErrorText))};
    return encode(Kind::Error, json::to_text(answer, json::Layout::OneLine));
}

Result<double> decode_progress(std::string_view payload) {
    double fraction = 0;
    if (payload.size() != sizeof fraction)
        return fail(ErrorCode::BadJson, "a progress message of the wrong length");
    std::memcpy(&fraction, payload.data(), sizeof fraction);
    if (!std::isfinite(fraction) || fraction < 0 || fraction > 1)
        return fail(ErrorCode::BadJson, "progress outside 0..1");
    return fraction;
}

Result<Error> decode_error(std::string_view payload) {
    auto const answer = TRY(json::from_text<ErrorAnswer>(payload));
    for (auto const code : kAnswerable)
        if (code_name(code) == answer.code)
            return Error{code, std::string(utf8_prefix(printable(answer.message), kMaxErrorText))};
    return fail(ErrorCode::BadJson, "an error code that a media process cannot answer");
}

Result<std::optional<Message>> MessageReader::next() {
    if (buffer_.size() < kHeaderBytes) return std::nullopt;
    std::uint32_t number = 0;
    std::uint32_t length = 0;
    std::memcpy(&number, buffer_.data(), sizeof number);
    std::memcpy(&length, buffer_.data() + sizeof number, sizeof length);
    auto const kind = static_cast<Kind>(number);
    auto const limit = max_payload(kind);
    if (!limit) return fail(ErrorCode::BadJson, "a message of an unknown kind");
    if (length > *limit)
        return fail(ErrorCode::BadJson,
                    fmt::format("a message of {} bytes, more than {}", length, *limit));
    if (buffer_.size() < kHeaderBytes + length) return std::nullopt;
    Message message{kind, buffer_.substr(kHeaderBytes, length)};
    buffer_.erase(0, kHeaderBytes + length);
    return message;
}

}  // namespace aiditor::sandbox::wire
