#include "service/api/net/frames.hpp"

#include "base/base64.hpp"
#include "base/sha1.hpp"

#include <span>

namespace aiditor::api::net {
namespace {

constexpr std::size_t kMostControlBytes = 125, kMaskBytes = 4;
constexpr unsigned kLength16 = 126, kLength64 = 127;

unsigned byte_at(std::string const& bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

bool is_known(Opcode opcode) {
    switch (opcode) {
    case Opcode::More:
    case Opcode::Text:
    case Opcode::Binary:
    case Opcode::Close:
    case Opcode::Ping:
    case Opcode::Pong: return true;
    }
    return false;
}

}  // namespace

Result<std::optional<Frame>> take_frame(std::string& bytes) {
    if (bytes.size() < 2) return std::nullopt;
    unsigned const first = byte_at(bytes, 0), second = byte_at(bytes, 1);
    Frame out{
        .opcode = static_cast<Opcode>(first & 0x0fU), .last = (first & 0x80U) != 0, .payload = {}};
    if ((first & 0x70U) != 0 || !is_known(out.opcode))
        return fail(ErrorCode::BadRequest, "a frame of an unknown kind");
    if ((second & 0x80U) == 0) return fail(ErrorCode::BadRequest, "a frame without a mask");
    std::uint64_t length = second & 0x7fU;
    bool const is_control = (first & 0x08U) != 0;
    if (is_control && (!out.last || length > kMostControlBytes))
        return fail(ErrorCode::BadRequest, "a control frame that is too long or in pieces");
    std::size_t const extra = length == kLength16 ? 2 : length == kLength64 ? 8 : 0;
    if (bytes.size() < 2 + extra) return std::nullopt;
    if (extra > 0) length = 0;
    for (std::size_t i = 0; i < extra; ++i) length = length << 8U | byte_at(bytes, 2 + i);
    if (extra > 0 && length < (extra == 2 ? kLength16 : 0x10000U))
        return fail(ErrorCode::BadRequest, "a frame's length is written too long");
    if (length > kMostFrameBytes) return fail(ErrorCode::LimitReached, "a frame is too large");
    auto const begin = 2 + extra + kMaskBytes;
    if (bytes.size() < begin + length) return std::nullopt;
    out.payload = bytes.substr(begin, static_cast<std::size_t>(length));
    for (std::size_t i = 0; i < out.payload.size(); ++i)
        out.payload[i] = static_cast<char>(out.payload[i] ^ bytes[2 + extra + i % kMaskBytes]);
    bytes.erase(0, begin + static_cast<std::size_t>(length));
    return out;
}

std::string frame(Opcode opcode, std::string_view payload) {
    std::string out;
    out += static_cast<char>(0x80U | static_cast<unsigned>(opcode));
    std::size_t const extra = payload.size() < kLength16 ? 0 : payload.size() < 0x10000 ? 2 : 8;
    auto const length = extra == 0 ? payload.size() : extra == 2 ? kLength16 : kLength64;
    out += static_cast<char>(length);
    for (std::size_t i = extra; i > 0; --i)
        out += static_cast<char>(payload.size() >> 8 * (i - 1) & 0xffU);
    out += payload;
    return out;
}

std::string close_frame(CloseCode code) {
    auto const number = static_cast<unsigned>(code);
    std::string payload;
    payload += static_cast<char>(number >> 8U);
    payload += static_cast<char>(number & 0xffU);
    return frame(Opcode::Close, payload);
}

std::optional<std::string> accept_key(std::string_view key) {
    constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    auto const bytes = base64_decode(key);
    if (!bytes || bytes->size() != 16) return std::nullopt;
    auto const digest = sha1(std::string(key) + std::string(kGuid));
    return base64_encode(std::as_bytes(std::span(digest)));
}

}  // namespace aiditor::api::net
