#pragma once
/// Bytes to and from a client, plain or through TLS, so that what speaks HTTP is compiled once.

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <string_view>

namespace boost::asio::ssl {
class context;  // NOLINT(readability-identifier-naming): the library's
}

namespace aiditor::api::net {

/// Used on the server's io thread alone; everything given to it lives until `done` is called.
class ByteStream {
public:
    using Socket = boost::asio::ip::tcp::socket;
    using Done = std::function<void(boost::system::error_code, std::size_t bytes)>;

    virtual ~ByteStream() = default;
    virtual void handshake(Done done) = 0;
    virtual void read_some(boost::asio::mutable_buffer into, Done done) = 0;
    /// All of both, in this order.
    virtual void write(std::string_view first, std::string_view second, Done done) = 0;
    /// Says that no more bytes will come; the other side may still send.
    virtual void end_writing(Done done) = 0;
    virtual Socket& socket() = 0;

    /// Ends what is under way; its `done` hears an error.
    void close();
};

[[nodiscard]] std::unique_ptr<ByteStream> plain_stream(ByteStream::Socket socket);
[[nodiscard]] std::unique_ptr<ByteStream> tls_stream(ByteStream::Socket socket,
                                                     boost::asio::ssl::context& context);

}  // namespace aiditor::api::net
