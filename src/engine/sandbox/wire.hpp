#pragma once
/// The bytes between parent and media process: framed messages over one stream socket.
///
/// A message is its kind and its payload's length (two little-endian uint32), then the payload.
/// The parent sends Hello and Request; the child sends any number of Progress and then exactly one
/// Result or Error. Every length is checked before a byte of the payload is taken.

#include "base/json.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aiditor::sandbox::wire {

constexpr int kChannelFd = 3;   ///< the socket, in the child
constexpr int kFirstJobFd = 4;  ///< MediaJob.fds[0] in the child; the others follow
constexpr std::size_t kMaxJobFds = 512;
constexpr std::size_t kMaxRequestBytes = 1U << 20;
constexpr std::size_t kMaxResultBytes = 64U << 20;
constexpr std::size_t kMaxErrorBytes = 16U << 10;
constexpr std::size_t kMaxErrorText = 2000;  ///< bytes of an error's sentence

enum class Kind : std::uint32_t { Hello = 1, Request, Progress, Result, Error };

/// Read by the child before it confines itself, so it holds nothing that came from a media file.
struct Hello {
    std::int32_t parent_pid = 0;
    std::uint32_t fd_count = 0;
    std::uint64_t cpu_seconds = 0;
    std::uint64_t address_space_bytes = 0;
    std::uint64_t file_size_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(Hello, (),
                      (parent_pid, fd_count, cpu_seconds, address_space_bytes, file_size_bytes))

struct Message {
    Kind kind;
    std::string payload;
};

[[nodiscard]] std::string encode(Kind kind, std::string_view payload);
[[nodiscard]] std::string encode_progress(double fraction);
[[nodiscard]] std::string encode_error(Error const& error);

/// 0..1 of a Progress payload. Errors: BadJson when it is not a number in that range.
[[nodiscard]] Result<double> decode_progress(std::string_view payload);

/// The error that an Error payload holds, made safe to show (base/printable.hpp).
/// Errors: BadJson when it is malformed or has a code that a media process must not answer
/// (cancelled, timed out and crashed are for the parent to say).
[[nodiscard]] Result<Error> decode_error(std::string_view payload);

/// Cuts messages out of a byte stream.
class MessageReader {
public:
    void feed(std::string_view bytes) { buffer_ += bytes; }
    /// The next whole message, or nothing yet. Errors: BadJson on an unknown kind or a length over
    /// the kind's limit; the stream is lost then.
    [[nodiscard]] Result<std::optional<Message>> next();
    [[nodiscard]] bool empty() const { return buffer_.empty(); }

private:
    std::string buffer_;
};

}  // namespace aiditor::sandbox::wire
