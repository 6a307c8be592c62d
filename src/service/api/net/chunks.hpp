#pragma once
/// The chunked coding of a body taken off (RFC 9112 section 7.1), strictly: Beast takes "0x5" for
/// the last chunk, where another reader could see five more bytes or another request.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace aiditor::api::net {

/// Of one body. Extensions and trailers are read and dropped.
class ChunkReader {
public:
    /// Of all trailers together, in bytes.
    explicit ChunkReader(std::size_t most_trailer_bytes) : trailer_left_(most_trailer_bytes) {}

    struct Step {
        std::size_t taken = 0, put = 0;
        bool ok = true;  ///< false for what is no chunk; the reader is of no more use then
    };
    /// Takes as much of `in` as there is room in `out`.
    [[nodiscard]] Step read(std::string_view in, std::span<char> out);
    /// The last chunk and its trailers were read.
    [[nodiscard]] bool is_done() const { return state_ == State::Done; }

private:
    enum class State : std::uint8_t {
        Size = 1,   // the first digit of a size
        MoreSize,   // digits, or what ends them
        Blank,      // between the size and ';'
        Extension,  // up to CR
        SizeEnd,    // LF
        Data,
        DataCr,
        DataLf,
        TrailerStart,  // the first byte of a trailer, or the CR of the end
        Trailer,
        TrailerLf,
        EndLf,
        Done
    };
    [[nodiscard]] bool take(char c);
    [[nodiscard]] bool take_size(char c);
    [[nodiscard]] bool take_trailer(char c);

    State state_ = State::Size;
    std::uint64_t size_ = 0;  // of this chunk, what is still to come
    std::size_t line_ = 0;    // bytes of the line with the size
    std::size_t trailer_left_;
};

}  // namespace aiditor::api::net
