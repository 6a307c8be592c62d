#pragma once
/// The HTTP server: sockets, TLS, time-outs and limits around a Service.
///
///     auto service = TRY(Service::create(routes, rules, ports));
///     auto server = TRY(net::Server::start({.address = "127.0.0.1", .port = 8080}, *service));
///     ... wait for a signal ...
///     server->stop(std::chrono::seconds(20));

#include "base/result.hpp"
#include "service/api/service.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aiditor::api::net {

struct TlsFiles {
    std::string certificate;  ///< PEM: the server's certificate, then those that lead to its root
    std::string key;          ///< PEM, without a pass phrase
};

/// All limits there are. Times are for one connection, numbers for the server.
struct ServerOptions {
    std::string address = "127.0.0.1";           ///< the only one that is listened on
    std::uint16_t port = 0;                      ///< 0: one that is free
    std::optional<TlsFiles> tls{};               ///< TLS 1.2 and above
    std::vector<std::string> trusted_proxies{};  ///< addresses and networks (CIDR)

    std::size_t most_header_bytes = 16U << 10;
    std::size_t most_header_fields = 100;
    std::chrono::milliseconds header_time{10'000};     ///< for a whole header, and for a handshake
    std::chrono::milliseconds idle_time{75'000};       ///< between two requests
    std::chrono::milliseconds rate_time{30'000};       ///< in which a body brings, and takes ...
    std::size_t least_bytes_per_s = 1024;              ///< ... at least so many bytes a second
    std::chrono::milliseconds linger_time{2'000};      ///< to hear the last answer before the end
    std::chrono::milliseconds heartbeat_time{15'000};  ///< of an event stream without news

    std::size_t most_connections = 10'000;
    std::size_t most_connections_per_address = 256;  ///< not for trusted proxies
    std::size_t most_event_streams = 4'000;
    std::size_t handler_threads = 16;
    std::size_t most_requests_in_work = 512;  ///< running or waiting for a handler thread
    std::size_t file_threads = 4;             ///< for file bodies and upload bodies
};

struct Hub;

class Server {
public:
    /// Listens and serves on threads of its own. `service` outlives the server.
    /// Errors: Usage for an address, network or TLS file that cannot be used, Conflict for a port
    /// that is taken, NotAllowed for one that needs privileges.
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options,
                                                               Service const& service);
    ~Server();  ///< stop(0)
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// Makes the event streams of this topic look for news. Thread-safe; returns at once.
    void wake(std::string_view topic);

    /// Accepts no more, ends idle connections and event streams, lets requests in work finish for
    /// so long, then cuts off. Further calls do nothing.
    void stop(std::chrono::milliseconds drain);

    /// Connections right now, for metrics. Thread-safe.
    [[nodiscard]] std::size_t connections() const;

private:
    Server();
    std::unique_ptr<Hub> hub_;
    std::uint16_t port_ = 0;
};

}  // namespace aiditor::api::net
