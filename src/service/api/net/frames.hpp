#pragma once
/// WebSocket frames (RFC 6455), as a server that only sends text needs them.

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aiditor::api::net {

enum class Opcode : std::uint8_t { More = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };
enum class CloseCode : std::uint16_t {
    Normal = 1000,
    GoingAway = 1001,
    Protocol = 1002,
    TooLarge = 1009,
    Internal = 1011
};

struct Frame {
    Opcode opcode = Opcode::Text;
    bool last = true;
    std::string payload;  ///< unmasked
};
inline constexpr std::size_t kMostFrameBytes = 4096;  ///< from a client, which has little to say

/// Takes one frame of a client from the front of `bytes`; empty while it is not whole. Errors:
/// LimitReached for a payload over kMostFrameBytes; BadRequest for what the RFC forbids: no mask,
/// reserved bits or opcodes, control frames in pieces or over 125 bytes, a length longer than
/// needed.
[[nodiscard]] Result<std::optional<Frame>> take_frame(std::string& bytes);

/// A frame of a server: whole and not masked.
[[nodiscard]] std::string frame(Opcode opcode, std::string_view payload);
[[nodiscard]] std::string close_frame(CloseCode code);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (section 4.2.2); empty for a key that is not 16
/// bytes in base64.
[[nodiscard]] std::optional<std::string> accept_key(std::string_view key);

}  // namespace aiditor::api::net
