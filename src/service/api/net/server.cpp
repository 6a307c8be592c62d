#include "service/api/net/server.hpp"

#include "service/api/net/byte_stream.hpp"
#include "service/api/net/connection.hpp"
#include "service/api/net/hub.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>
#include <utility>

namespace aiditor::api::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 1024;
constexpr std::chrono::milliseconds kAcceptPause{100};  // when the process has no descriptors left

Result<std::unique_ptr<asio::ssl::context>> load_tls(TlsFiles const& files) {
    auto const wrong = [](std::string const& file, error_code const& ec) {
        return fail(ErrorCode::Usage,
                    fmt::format("{}: not usable for TLS ({})", file, ec.message()));
    };
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    error_code ec;
    context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                             asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                             asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_compression,
                         ec);
    if (ec) return wrong(files.certificate, ec);
    context->use_certificate_chain_file(files.certificate, ec);
    if (ec) return wrong(files.certificate, ec);
    context->use_private_key_file(files.key, asio::ssl::context::pem, ec);
    if (ec) return wrong(files.key, ec);
    return context;
}

Result<> listen(tcp::acceptor& acceptor, ServerOptions const& options) {
    error_code ec;
    auto const address = asio::ip::make_address(options.address, ec);
    if (ec) return fail(ErrorCode::Usage, fmt::format("\"{}\" is no IP address", options.address));
    tcp::endpoint const endpoint(address, options.port);
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(kBacklog, ec);
    if (!ec) return {};
    auto const code = ec == asio::error::address_in_use  ? ErrorCode::Conflict
                      : ec == asio::error::access_denied ? ErrorCode::NotAllowed
                                                         : ErrorCode::Usage;
    return fail(code, fmt::format("cannot listen on {} port {}: {}", options.address, options.port,
                                  ec.message()));
}

}  // namespace

Seat::Seat(Hub& hub, asio::ip::address address, bool is_proxy)
    : hub_(hub), address_(std::move(address)), is_proxy_(is_proxy) {
    hub_.seats.push_back(this);
    if (!is_proxy_) ++hub_.by_address[address_];
    ++hub_.seats_taken;
}

Seat::~Seat() {
    auto const me = std::ranges::find(hub_.seats, this);
    *me = hub_.seats.back();
    hub_.seats.pop_back();
    if (!is_proxy_)
        if (auto const count = hub_.by_address.find(address_); --count->second == 0)
            hub_.by_address.erase(count);
    std::scoped_lock const lock(hub_.mutex);
    --hub_.seats_taken;
    hub_.seat_given_back.notify_all();
}

void Hub::accept() {
    acceptor.async_accept([this](error_code ec, tcp::socket socket) {
        if (ec == asio::error::operation_aborted || draining) return;
        if (!ec) admit(std::move(socket));
        if (ec != asio::error::no_descriptors) return accept();
        accept_pause.expires_after(kAcceptPause);
        accept_pause.async_wait([this](error_code paused) {
            if (!paused) accept();
        });
    });
}

/// Too many: the socket closes, which says it sooner than any answer.
void Hub::admit(tcp::socket socket) {
    error_code ec;
    auto const peer = socket.remote_endpoint(ec);
    if (ec || seats.size() >= options.most_connections) return;
    auto const address = peer.address();
    bool const by_proxy = is_proxy(address);
    auto const count = by_address.find(address);
    if (count != by_address.end() && count->second >= options.most_connections_per_address) return;
    socket.set_option(tcp::no_delay(true), ec);
    auto seat = std::make_unique<Seat>(*this, address, by_proxy);
    auto stream = tls ? tls_stream(std::move(socket), *tls) : plain_stream(std::move(socket));
    std::make_shared<Connection>(*this, std::move(stream), std::move(seat), tls != nullptr)
        ->start();
}

Server::Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Service const& service) {
    auto server = std::unique_ptr<Server>(new Server());
    server->hub_ = std::make_unique<Hub>(std::move(options), service);
    auto& hub = *server->hub_;
    for (auto const& text : hub.options.trusted_proxies)
        hub.proxies.push_back(TRY(Network::parse(text)));
    if (hub.options.tls) hub.tls = TRY(load_tls(*hub.options.tls));
    TRY_VOID(listen(hub.acceptor, hub.options));
    error_code ec;
    server->port_ = hub.acceptor.local_endpoint(ec).port();
    hub.accept();
    hub.io_thread = std::thread([&hub] { hub.io.run(); });
    return server;
}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

void Server::wake(std::string_view topic) {
    hub_->on_io_thread([hub = hub_.get(), topic = std::string(topic)] {
        auto const [first, last] = hub->listeners.equal_range(topic);
        std::vector<std::shared_ptr<Client>> awake;  // waking may end one, which alters the list
        for (auto it = first; it != last; ++it)
            if (auto client = it->second.lock()) awake.push_back(std::move(client));
        for (auto const& client : awake) client->wake();
    });
}

void Server::stop(std::chrono::milliseconds drain) {
    if (!hub_ || !hub_->io_thread.joinable()) return;
    auto& hub = *hub_;
    auto const each = [&hub](auto what) {
        std::vector<std::shared_ptr<Client>> clients;
        for (auto* seat : hub.seats)
            if (auto client = seat->client.lock()) clients.push_back(std::move(client));
        for (auto const& client : clients) what(*client);
    };
    hub.on_io_thread([&hub, each] {
        hub.draining = true;
        error_code ec;
        hub.acceptor.close(ec);
        hub.accept_pause.cancel();
        each([](Client& client) { client.drain(); });
    });
    {
        std::unique_lock lock(hub.mutex);
        hub.seat_given_back.wait_for(lock, drain, [&] { return hub.seats_taken == 0; });
    }
    hub.on_io_thread([each] { each([](Client& client) { client.close(); }); });
    hub.handlers.join();
    hub.files.join();
    hub.on_io_thread([&hub] { hub.io.stop(); });
    hub.io_thread.join();
}

std::size_t Server::connections() const { return hub_->seats_taken; }

}  // namespace aiditor::api::net
