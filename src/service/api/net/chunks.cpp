#include "service/api/net/chunks.hpp"

#include <algorithm>

namespace aiditor::api::net {
namespace {

/// A size and what is said about it; who has more to say hides work in it.
constexpr std::size_t kMostSizeLine = 1024;
constexpr std::uint64_t kMostBeforeDigit = ~std::uint64_t{0} >> 8U;  // room for one digit and a sum

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_control(char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; }

}  // namespace

ChunkReader::Step ChunkReader::read(std::string_view in, std::span<char> out) {
    Step step;
    while (state_ != State::Done && step.taken < in.size()) {
        if (state_ != State::Data) {
            if (!take(in[step.taken])) return {.taken = step.taken, .put = step.put, .ok = false};
            ++step.taken;
            continue;
        }
        auto const most = static_cast<std::size_t>(
            std::min<std::uint64_t>({size_, in.size() - step.taken, out.size() - step.put}));
        if (most == 0) break;
        in.copy(out.data() + step.put, most, step.taken);
        step.taken += most;
        step.put += most;
        size_ -= most;
        if (size_ == 0) state_ = State::DataCr;
    }
    return step;
}

/// One byte of the framing; false when it must not stand here.
bool ChunkReader::take(char c) {
    switch (state_) {
    case State::Size:
    case State::MoreSize:
    case State::Blank:
    case State::Extension:
    case State::SizeEnd: return ++line_ <= kMostSizeLine && take_size(c);
    case State::DataCr: state_ = State::DataLf; return c == '\r';
    case State::DataLf: state_ = State::Size; return c == '\n';
    case State::TrailerStart:
    case State::Trailer:
    case State::TrailerLf:
    case State::EndLf: return trailer_left_-- > 0 && take_trailer(c);
    case State::Data:
    case State::Done: break;
    }
    return false;
}

bool ChunkReader::take_size(char c) {
    if (state_ == State::SizeEnd) {
        line_ = 0;
        state_ = size_ == 0 ? State::TrailerStart : State::Data;
        return c == '\n';
    }
    if (state_ == State::Extension) {
        if (c == '\r') state_ = State::SizeEnd;
        return c == '\r' || !is_control(c);
    }
    if (int const digit = hex_digit(c); digit >= 0 && state_ != State::Blank) {
        state_ = State::MoreSize;
        if (size_ > kMostBeforeDigit) return false;
        size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
        return true;
    }
    if (state_ == State::Size) return false;
    if (c == '\r' && state_ == State::MoreSize) state_ = State::SizeEnd;
    else if (c == ';') state_ = State::Extension;
    else if (is_blank(c)) state_ = State::Blank;
    else return false;
    return true;
}

bool ChunkReader::take_trailer(char c) {
    switch (state_) {
    case State::TrailerStart:
        state_ = c == '\r' ? State::EndLf : State::Trailer;
        return c == '\r' || (!is_blank(c) && !is_control(c));
    case State::Trailer:
        if (c == '\r') state_ = State::TrailerLf;
        return c == '\r' || !is_control(c);
    case State::TrailerLf: state_ = State::TrailerStart; return c == '\n';
    default: state_ = State::Done; return c == '\n';
    }
}

}  // namespace aiditor::api::net
