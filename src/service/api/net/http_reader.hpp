#pragma once
/// Bytes to request heads and bodies (RFC 9112), strictly: where two readers could see two
/// different requests, there is none. Beast parses heads; what it lets pass is refused here before.

#include "base/result.hpp"
#include "service/api/http.hpp"
#include "service/api/net/chunks.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aiditor::api::net {

struct HeadLimits {
    std::size_t most_bytes = 16U << 10;
    std::size_t most_fields = 100;
};

/// Why there is no request; the connection ends after the answer.
struct Refusal {
    int status;
    Error error;
};
template <class T = void>
using Read = std::expected<T, Refusal>;

struct Head {
    Method method = Method::Get;
    std::string target;  ///< as it was sent; of an absolute form what follows the authority
    Headers headers;
    std::string host;
    bool keep_alive = false;
    bool is_http_10 = false;
    bool expects_continue = false;
    bool chunked = false;
    std::uint64_t length = 0;  ///< of the body, unless it is chunked
};

/// Reads one request after another from one connection.
class HttpReader {
public:
    explicit HttpReader(HeadLimits limits) : limits_(limits) {}

    /// Gives the bytes that have come since the last request. Empty while the head is not whole;
    /// then its size in bytes, after which the body begins.
    struct Found {
        Head head;
        std::size_t size;
    };
    [[nodiscard]] Read<std::optional<Found>> find_head(std::string_view bytes);

    /// Takes body bytes out of `in` and puts them, without their framing, into `out`.
    struct Step {
        std::size_t taken = 0, put = 0;
        bool done = false;
    };
    [[nodiscard]] Read<Step> read_body(std::string_view in, std::span<char> out);

    /// Bytes of a plain body that are still to come; 0 for a chunked one.
    [[nodiscard]] std::uint64_t remaining() const { return remaining_; }
    /// Tells of body bytes that were read without read_body; not for chunked bodies.
    void took(std::uint64_t bytes) { remaining_ -= bytes; }

private:
    [[nodiscard]] Read<Head> parse_head(std::string_view bytes);

    HeadLimits limits_;
    std::size_t scanned_ = 0;
    std::uint64_t remaining_ = 0;
    std::optional<ChunkReader> chunks_{};  // of the request under way
};

}  // namespace aiditor::api::net
