#pragma once
/// Events to one client, as server-sent events (HTML standard, 9.2) or as WebSocket messages
/// (RFC 6455): two forms of one EventSource.
///
/// A WebSocket message is {"id": ..., "event": ..., "data": ...}. What the client sends is read
/// only for pings and for the end.

#include "service/api/net/byte_stream.hpp"
#include "service/api/net/hub.hpp"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace aiditor::api::net {

/// On the io thread alone; EventSource::next runs on a handler thread, one call at a time. While
/// bytes wait for the client no news is asked for.
class EventStream final : public Client, public std::enable_shared_from_this<EventStream> {
public:
    EventStream(Hub& hub, std::unique_ptr<ByteStream> stream, std::unique_ptr<Seat> seat,
                std::string already_read);
    ~EventStream() override;

    /// `response` holds an EventSource.
    void start(Response response, Headers const& asked, bool is_http_10, bool only_head);

    void drain() override;
    void close() override;
    void wake() override;

private:
    using Events = std::vector<EventSource::Event>;

    [[nodiscard]] bool shake_hands(Response& response, Headers const& asked);
    void begin(std::string head);
    void listen();
    void ask();
    void on_news(Result<Events> news);
    [[nodiscard]] std::string encode(EventSource::Event const& event) const;
    void queue(std::string_view bytes);
    void flush();
    void end(bool going_away);
    void read();
    [[nodiscard]] bool on_frames();
    void arm();
    void on_time();

    Hub& hub_;
    std::unique_ptr<ByteStream> stream_;
    std::unique_ptr<Seat> seat_;
    EventSource source_;
    bool is_websocket_ = false, is_chunked_ = false;
    bool is_asking_ = false, ask_again_ = false, is_ending_ = false, is_listening_ = false;
    std::string in_, out_, sending_;  // sending_ is under way, out_ follows
    boost::asio::steady_timer timer_;
    std::chrono::steady_clock::time_point last_sent_, sending_since_;
};

}  // namespace aiditor::api::net
