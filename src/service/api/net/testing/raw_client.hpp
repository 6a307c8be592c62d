#pragma once
/// A client that sends exactly the bytes it is told to, for the tests of the server. It waits for
/// kPatience at most, so a server that says nothing fails a test instead of holding it up.

#include "base/file.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>

namespace aiditor::api::net::testing {

inline constexpr int kPatience = 20;  // seconds

class RawClient {
public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        timeval const patience{.tv_sec = kPatience, .tv_usec = 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_connected_ =
            ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }

    [[nodiscard]] bool is_connected() const { return is_connected_; }

    /// False when the server has gone.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    void end_writing() { ::shutdown(socket_.get(), SHUT_WR); }
    /// Goes away without a word: the server sees a reset.
    void vanish() {
        linger const now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        socket_ = UniqueFd();
    }

    /// All up to and with `mark`; what has come when the server ends before.
    std::string read_until(std::string_view mark) {
        for (;;) {
            if (auto const at = buffer_.find(mark); at != std::string::npos) {
                auto out = buffer_.substr(0, at + mark.size());
                buffer_.erase(0, at + mark.size());
                return out;
            }
            if (!receive()) return std::exchange(buffer_, {});
        }
    }
    std::string read_bytes(std::size_t count) {
        while (buffer_.size() < count && receive()) {
        }
        auto out = buffer_.substr(0, count);
        buffer_.erase(0, out.size());
        return out;
    }
    /// Everything until the server ends the connection.
    std::string read_all() {
        while (receive()) {
        }
        return std::exchange(buffer_, {});
    }
    /// One answer: head and as much body as its Content-Length says.
    struct Answer {
        int status = 0;  // 0 when none came
        std::string head, body;
    };
    Answer read_answer(bool has_body = true) {
        Answer out;
        out.head = read_until("\r\n\r\n");
        if (out.head.size() > 12) out.status = std::stoi(out.head.substr(9, 3));
        constexpr std::string_view kLength = "Content-Length: ";
        if (auto const at = out.head.find(kLength); has_body && at != std::string::npos)
            out.body = read_bytes(std::stoul(out.head.substr(at + kLength.size())));
        return out;
    }

private:
    bool receive() {
        std::array<char, 65536> bytes{};
        auto const n = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        if (n > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(n));
        return n > 0;
    }

    UniqueFd socket_;
    std::string buffer_;
    bool is_connected_ = false;
};

}  // namespace aiditor::api::net::testing
