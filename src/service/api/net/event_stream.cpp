#include "service/api/net/event_stream.hpp"

#include "base/json.hpp"
#include "service/api/net/answer_head.hpp"
#include "service/api/net/frames.hpp"
#include "service/api/problem.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace aiditor::api::net {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 512;  // a client of an event stream has little to say
constexpr std::size_t kMostWaitingBytes = 4U << 20;  // one answer of `next`, encoded

/// A list of tokens such as "keep-alive, Upgrade".
bool lists(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        auto const comma = std::min(list.find(','), list.size());
        auto item = list.substr(0, comma);
        list.remove_prefix(std::min(comma + 1, list.size()));
        while (item.starts_with(' ')) item.remove_prefix(1);
        while (item.ends_with(' ')) item.remove_suffix(1);
        if (same_name(item, token)) return true;
    }
    return false;
}

bool asks_for_websocket(Headers const& asked) {
    return lists(asked.find("Upgrade").value_or(""), "websocket") &&
           lists(asked.find("Connection").value_or(""), "upgrade");
}

/// Keeps the headers that every answer has.
void become_problem(Response& response, Error const& error) {
    auto problem =
        problem_response(error, std::string(response.headers.find("X-Request-Id").value_or("")));
    response.status = problem.status;
    response.body = std::move(problem.body);
    response.headers.set("Content-Type", "application/problem+json");
}

std::string without_breaks(std::string text) {
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    return text;
}

}  // namespace

EventStream::EventStream(Hub& hub, std::unique_ptr<ByteStream> stream, std::unique_ptr<Seat> seat,
                         std::string already_read)
    : hub_(hub),
      stream_(std::move(stream)),
      seat_(std::move(seat)),
      in_(std::move(already_read)),
      timer_(hub.io) {}

EventStream::~EventStream() {
    if (!is_listening_) return;
    // This object cannot be found any more, so whoever has gone goes: its entry is among them.
    auto const [first, last] = hub_.listeners.equal_range(source_.topic);
    for (auto it = first; it != last;)
        it = it->second.expired() ? hub_.listeners.erase(it) : std::next(it);
}

void EventStream::start(Response response, Headers const& asked, bool is_http_10, bool only_head) {
    seat_->client = weak_from_this();
    source_ = std::move(std::get<EventSource>(response.body));
    response.body = std::string();
    bool const has_room = hub_.listeners.size() < hub_.options.most_event_streams;
    if (!has_room || hub_.draining) {
        become_problem(response, {ErrorCode::Unavailable, "too many event streams; again later"});
        is_ending_ = true;
    } else if (asks_for_websocket(asked)) {
        is_websocket_ = shake_hands(response, asked);
        is_ending_ = !is_websocket_;
    }
    bool const streams = !is_ending_ && !is_websocket_;
    if (streams) {
        response.status = 200;
        response.headers.set("Content-Type", "text/event-stream");
        response.headers.set("X-Accel-Buffering", "no");  // nginx would hold events back
        is_chunked_ = !is_http_10;
    }
    is_ending_ = is_ending_ || only_head;
    AnswerFrame frame{.keep_alive = false, .chunked = is_chunked_, .upgrade = is_websocket_};
    auto const body = std::get<std::string>(response.body);
    if (!streams && !is_websocket_) frame.length = static_cast<std::int64_t>(body.size());
    begin(answer_head(response, frame) + (only_head ? "" : body));
}

/// Makes `response` a 101, or the answer why not.
bool EventStream::shake_hands(Response& response, Headers const& asked) {
    auto const key = accept_key(asked.find("Sec-WebSocket-Key").value_or(""));
    bool const version = asked.find("Sec-WebSocket-Version").value_or("") == "13";
    if (!key || !version) {
        become_problem(response,
                       {ErrorCode::BadRequest, "this is no handshake of WebSocket version 13"});
        response.headers.set("Sec-WebSocket-Version", "13");
        return false;
    }
    response.status = 101;
    response.headers.set("Upgrade", "websocket");
    response.headers.set("Sec-WebSocket-Accept", *key);
    return true;
}

void EventStream::begin(std::string head) {
    last_sent_ = sending_since_ = Clock::now();
    out_ += head;
    flush();
    if (is_ending_) return;
    listen();
    arm();
    read();
    ask();
}

void EventStream::listen() {
    hub_.listeners.emplace(source_.topic, weak_from_this());
    is_listening_ = true;
}

// ---- news --------------------------------------------------------------------------------------

void EventStream::wake() { ask(); }

void EventStream::ask() {
    if (is_ending_) return;
    ask_again_ = is_asking_ || !sending_.empty();
    if (ask_again_) return;
    auto work = [self = shared_from_this()] {
        auto news = self->source_.next();
        self->hub_.on_io_thread(
            [self, news = std::move(news)]() mutable { self->on_news(std::move(news)); });
    };
    is_asking_ = hub_.try_handle(std::move(work));  // when too much waits: after the next pause
}

void EventStream::on_news(Result<Events> news) {
    is_asking_ = false;
    if (is_ending_) return;
    if (!news) {
        auto const problem = problem_response(news.error(), "");
        queue(encode({.id = "", .name = "error", .data = std::get<std::string>(problem.body)}));
        return end(false);
    }
    for (auto const& event : *news) queue(encode(event));
    if (out_.size() > kMostWaitingBytes) return close();
    flush();
    if (ask_again_ && sending_.empty()) ask();
}

std::string EventStream::encode(EventSource::Event const& event) const {
    if (is_websocket_)
        return fmt::format(R"({{"id":{},"event":{},"data":{}}})",
                           json::print(json::Value(event.id), json::Layout::OneLine),
                           json::print(json::Value(event.name), json::Layout::OneLine),
                           event.data.empty() ? "null" : event.data);
    std::string out;
    if (!event.id.empty()) out += fmt::format("id: {}\n", without_breaks(event.id));
    if (!event.name.empty()) out += fmt::format("event: {}\n", without_breaks(event.name));
    return out + fmt::format("data: {}\n\n", without_breaks(event.data));
}

// ---- bytes out ---------------------------------------------------------------------------------

/// In the framing of this stream.
void EventStream::queue(std::string_view bytes) {
    if (is_websocket_) out_ += frame(Opcode::Text, bytes);
    else if (is_chunked_) out_ += fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
    else out_ += bytes;
}

void EventStream::flush() {
    if (!sending_.empty() || out_.empty() || !seat_) return;
    sending_ = std::exchange(out_, {});
    last_sent_ = sending_since_ = Clock::now();
    stream_->write(sending_, "", [self = shared_from_this()](error_code ec, std::size_t) {
        self->sending_.clear();
        self->sending_.shrink_to_fit();
        if (ec) return self->close();
        if (!self->out_.empty()) return self->flush();
        if (self->is_ending_)
            return self->stream_->end_writing([self](error_code, std::size_t) { self->close(); });
        if (self->ask_again_) self->ask();
    });
}

/// Sends what waits and the proper last bytes, then closes.
void EventStream::end(bool going_away) {
    if (is_ending_) return;
    is_ending_ = true;
    if (is_websocket_) out_ += close_frame(going_away ? CloseCode::GoingAway : CloseCode::Internal);
    else if (is_chunked_) out_ += "0\r\n\r\n";
    if (sending_.empty() && out_.empty()) return close();
    flush();
}

void EventStream::drain() { end(true); }

void EventStream::close() {
    is_ending_ = true;
    timer_.cancel();
    stream_->close();
    seat_.reset();
}

// ---- bytes in ----------------------------------------------------------------------------------

void EventStream::read() {
    if (is_websocket_ && !on_frames()) return;
    auto const before = is_websocket_ ? in_.size() : 0;
    in_.resize(before + kReadBytes);
    stream_->read_some({in_.data() + before, kReadBytes},
                       [self = shared_from_this(), before](error_code ec, std::size_t bytes) {
                           self->in_.resize(before + bytes);
                           if (ec) return self->close();
                           self->read();
                       });
}

/// False when nothing more is to be read.
bool EventStream::on_frames() {
    for (;;) {
        auto taken = take_frame(in_);
        if (!taken) {
            is_ending_ = true;
            out_ +=
                close_frame(taken.error().code == ErrorCode::LimitReached ? CloseCode::TooLarge
                                                                          : CloseCode::Protocol);
            flush();
            return false;
        }
        if (!*taken) return true;
        auto const& got = **taken;
        if (got.opcode == Opcode::Close) {
            is_ending_ = true;
            out_ += frame(Opcode::Close, std::string_view(got.payload).substr(0, 2));
            flush();
            return false;
        }
        // Pongs wait behind what is under way; who pings faster than he reads gets the last alone.
        if (got.opcode == Opcode::Ping && out_.size() < kReadBytes) {
            out_ += frame(Opcode::Pong, got.payload);
            flush();
        }
    }
}

// ---- time --------------------------------------------------------------------------------------

void EventStream::arm() {
    timer_.expires_after(std::min(source_.pause, hub_.options.heartbeat_time));
    timer_.async_wait([self = weak_from_this()](error_code ec) {
        auto const stream = self.lock();
        if (!ec && stream) stream->on_time();
    });
}

void EventStream::on_time() {
    if (!seat_) return;
    auto const now = Clock::now();
    bool const stuck = !sending_.empty() && now - sending_since_ > hub_.options.rate_time;
    if (stuck) return close();
    if (sending_.empty() && now - last_sent_ >= hub_.options.heartbeat_time && !is_ending_) {
        if (is_websocket_) out_ += frame(Opcode::Ping, "");
        else queue(":\n\n");
        flush();
    }
    arm();
    ask();
}

}  // namespace aiditor::api::net
