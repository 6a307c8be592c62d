#include "service/api/net/byte_stream.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace aiditor::api::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

std::array<asio::const_buffer, 2> buffers(std::string_view first, std::string_view second) {
    return {asio::buffer(first), asio::buffer(second)};
}

class PlainStream final : public ByteStream {
public:
    explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}

    void handshake(Done done) override {
        asio::post(socket_.get_executor(), [done = std::move(done)] { done({}, 0); });
    }
    void read_some(asio::mutable_buffer into, Done done) override {
        socket_.async_read_some(into, std::move(done));
    }
    void write(std::string_view first, std::string_view second, Done done) override {
        asio::async_write(socket_, buffers(first, second), std::move(done));
    }
    void end_writing(Done done) override {
        error_code ec;
        socket_.shutdown(Socket::shutdown_send, ec);
        asio::post(socket_.get_executor(), [done = std::move(done), ec] { done(ec, 0); });
    }
    Socket& socket() override { return socket_; }

private:
    Socket socket_;
};

class TlsStream final : public ByteStream {
public:
    TlsStream(Socket socket, asio::ssl::context& context) : tls_(std::move(socket), context) {}

    void handshake(Done done) override {
        tls_.async_handshake(asio::ssl::stream_base::server,
                             [done = std::move(done)](error_code ec) { done(ec, 0); });
    }
    void read_some(asio::mutable_buffer into, Done done) override {
        tls_.async_read_some(into, std::move(done));
    }
    void write(std::string_view first, std::string_view second, Done done) override {
        // OpenSSL seals one buffer at a time, so a short head would be a record of its own.
        asio::async_write(tls_, buffers(first, second), std::move(done));
    }
    void end_writing(Done done) override {
        tls_.async_shutdown([done = std::move(done)](error_code ec) { done(ec, 0); });
    }
    Socket& socket() override { return tls_.next_layer(); }

private:
    asio::ssl::stream<Socket> tls_;
};

}  // namespace

void ByteStream::close() {
    error_code ec;  // closing twice is no failure
    socket().close(ec);
}

std::unique_ptr<ByteStream> plain_stream(ByteStream::Socket socket) {
    return std::make_unique<PlainStream>(std::move(socket));
}
std::unique_ptr<ByteStream> tls_stream(ByteStream::Socket socket, asio::ssl::context& context) {
    return std::make_unique<TlsStream>(std::move(socket), context);
}

}  // namespace aiditor::api::net
