#pragma once
/// What all connections of one server share. Everything here but the two pools and `wake` is used
/// on the io thread alone, so nothing needs a lock.

#include "service/api/net/proxies.hpp"
#include "service/api/net/server.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace aiditor::api::net {

/// One connected client, in whatever it is doing.
class Client {
public:
    virtual ~Client() = default;
    virtual void drain() = 0;  ///< finish what is in work, then end
    virtual void close() = 0;  ///< end now
    virtual void wake() {}     ///< there may be news
};

/// One place among the connections, from accept to close; gives it back when destroyed.
class Seat {
public:
    Seat(Hub& hub, boost::asio::ip::address address, bool is_proxy);
    ~Seat();
    Seat(Seat const&) = delete;
    Seat& operator=(Seat const&) = delete;

    [[nodiscard]] boost::asio::ip::address const& address() const { return address_; }
    /// Who sits here now.
    std::weak_ptr<Client> client{};

private:
    Hub& hub_;
    boost::asio::ip::address address_;
    bool is_proxy_;
};

struct Hub {
    Hub(ServerOptions given, Service const& served)
        : options(std::move(given)),
          service(served),
          acceptor(io),
          accept_pause(io),
          handlers(options.handler_threads),
          files(options.file_threads) {}

    /// Runs `work` on a handler thread; false when so much waits already that it must not.
    template <class F>
    [[nodiscard]] bool try_handle(F&& work) {
        if (in_work.fetch_add(1) >= options.most_requests_in_work) {
            --in_work;
            return false;
        }
        boost::asio::post(handlers, [this, work = std::forward<F>(work)]() mutable {
            work();
            --in_work;
        });
        return true;
    }
    /// Runs `work` on a file thread. A connection has at most one such work at a time.
    template <class F>
    void on_file_thread(F&& work) {
        boost::asio::post(files, std::forward<F>(work));
    }
    /// Runs `work` on the io thread.
    template <class F>
    void on_io_thread(F&& work) {
        boost::asio::post(io, std::forward<F>(work));
    }

    void accept();
    void admit(boost::asio::ip::tcp::socket socket);
    [[nodiscard]] bool is_proxy(boost::asio::ip::address const& address) const {
        return std::ranges::any_of(proxies, [&](auto const& n) { return n.holds(address); });
    }

    ServerOptions const options;
    Service const& service;
    std::vector<Network> proxies{};
    std::unique_ptr<boost::asio::ssl::context> tls{};
    std::atomic<std::size_t> in_work = 0;
    bool draining = false;

    std::atomic<std::size_t> seats_taken = 0;
    std::mutex mutex{};  // only so that stop() can wait for empty seats
    std::condition_variable seat_given_back{};
    std::vector<Seat*> seats{};
    std::map<boost::asio::ip::address, std::size_t> by_address{};
    std::multimap<std::string, std::weak_ptr<Client>, std::less<>> listeners{};  // by topic

    std::thread io_thread{};
    // The last are destroyed first: what waits in the pools holds connections, which belong to io,
    // and these hold seats.
    boost::asio::io_context io{1};
    boost::asio::ip::tcp::acceptor acceptor;
    boost::asio::steady_timer accept_pause;
    boost::asio::thread_pool handlers, files;
};

}  // namespace aiditor::api::net
