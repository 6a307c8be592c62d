#include "service/api/net/connection.hpp"

#include "base/random.hpp"
#include "service/api/net/answer_head.hpp"
#include "service/api/net/event_stream.hpp"
#include "service/api/net/gzip.hpp"
#include "service/api/target.hpp"

#include <fmt/format.h>
#include <utility>

namespace aiditor::api::net {
namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 4096;             // asked for at a time while a head is awaited
constexpr std::size_t kMostLingerBytes = 1U << 20;   // read and forgotten after a refusal
constexpr std::size_t kKeptBufferBytes = 16U << 10;  // of a connection at rest

}  // namespace

Connection::Connection(Hub& hub, std::unique_ptr<ByteStream> stream, std::unique_ptr<Seat> seat,
                       bool is_tls)
    : hub_(hub),
      stream_(std::move(stream)),
      seat_(std::move(seat)),
      is_tls_(is_tls),
      reader_({.most_bytes = hub.options.most_header_bytes,
               .most_fields = hub.options.most_header_fields}),
      timer_(hub.io) {}

Connection::~Connection() = default;

void Connection::start() {
    seat_->client = weak_from_this();
    phase_ = Phase::Head;
    arm(hub_.options.header_time);
    stream_->handshake([self = shared_from_this()](error_code ec, std::size_t) {
        if (ec || self->hub_.draining) return self->close();
        self->phase_ = Phase::Idle;
        self->arm(self->hub_.options.idle_time);
        self->await_head();
    });
}

void Connection::drain() {
    if (phase_ == Phase::Idle) close();
    keep_alive_ = false;
}

void Connection::close() {
    ++timer_round_;
    timer_.cancel();
    if (stream_) stream_->close();
    seat_.reset();
    // What a sink does when it is dropped may take time.
    if (upload_) hub_.on_file_thread([upload = std::move(upload_)] {});
}

// ---- heads ------------------------------------------------------------------------------------

void Connection::await_head() {
    if (phase_ == Phase::Idle && !in_.empty()) {
        phase_ = Phase::Head;
        arm(hub_.options.header_time);
    }
    auto found = reader_.find_head(in_);
    if (!found) return refuse(found.error());
    if (*found) return on_head(std::move(**found));
    read_more(&Connection::await_head);
}

/// Adds bytes to in_.
void Connection::read_more(Then then) {
    auto const before = in_.size();
    in_.resize(before + kReadBytes);
    stream_->read_some({in_.data() + before, kReadBytes},
                       [self = shared_from_this(), before, then](error_code ec, std::size_t bytes) {
                           self->in_.resize(before + bytes);
                           if (self->phase_ == Phase::Linger)
                               return;  // refused while this was under way
                           if (ec) return self->close();
                           (*self.*then)();
                       });
}

void Connection::on_head(HttpReader::Found found) {
    auto& head = found.head;
    in_.erase(0, found.size);
    request_ = Request();
    method_ = head.method;
    keep_alive_ = head.keep_alive && !hub_.draining;
    is_http_10_ = head.is_http_10;
    has_chunks_ = head.chunked;
    expects_continue_ = head.expects_continue;
    body_bytes_ = 0;
    body_done_ = !head.chunked && head.length == 0;
    if (!fill_request(head)) return;

    plan_ = hub_.service.body_plan(method_, request_.path);
    bool const ignored = plan_.kind == Service::BodyPlan::Kind::Ignore;
    if (ignored && !body_done_) keep_alive_ = false;  // the answer comes before the body was read
    if (!ignored && head.length > plan_.most_bytes)
        return refuse({413,
                       {ErrorCode::LimitReached,
                        fmt::format("the body may have {} bytes", plan_.most_bytes)}});
    rate_since_ = Clock::now();
    rate_bytes_ = 0;
    if (plan_.kind == Service::BodyPlan::Kind::Sink) return begin_upload();
    if (ignored || body_done_) return handle();
    phase_ = Phase::Body;
    say_continue(&Connection::read_memory_body);
}

/// False when the request was refused.
bool Connection::fill_request(Head& head) {
    request_.id = new_id("req");
    request_.method = head.method;
    request_.headers = std::move(head.headers);
    request_.scheme = is_tls_ ? "https" : "http";
    request_.host = std::move(head.host);
    see_through_proxies(request_, seat_->address(), hub_.proxies);
    asked_ = request_.headers;
    auto target = parse_target(head.target == "*" ? "/" : head.target);
    if (!target) {
        refuse({400, target.error()});
        return false;
    }
    request_.path = std::move(target->path);
    request_.query = std::move(target->query);
    return true;
}

/// Answers what is no request, and ends the connection.
void Connection::refuse(Refusal const& refusal) {
    if (request_.id.empty()) request_.id = new_id("req");
    keep_alive_ = false;
    send(hub_.service.refuse(request_, refusal.error, refusal.status));
}

// ---- bodies in memory --------------------------------------------------------------------------

void Connection::say_continue(Then then) {
    if (!expects_continue_ || !in_.empty()) return (this->*then)();
    arm_for_sending(0);
    stream_->write("HTTP/1.1 100 Continue\r\n\r\n", "",
                   [self = shared_from_this(), then](error_code ec, std::size_t) {
                       if (ec) return self->close();
                       (*self.*then)();
                   });
}

void Connection::read_memory_body() {
    auto const before = request_.body.size();
    request_.body.resize(before + in_.size());
    auto const step = reader_.read_body(in_, {request_.body.data() + before, in_.size()});
    if (!step) return refuse(step.error());
    request_.body.resize(before + step->put);
    in_.erase(0, step->taken);
    rate_bytes_ += step->taken;
    body_done_ = step->done;
    if (request_.body.size() > plan_.most_bytes)
        return refuse({413,
                       {ErrorCode::LimitReached,
                        fmt::format("the body may have {} bytes", plan_.most_bytes)}});
    if (body_done_) return handle();
    arm_for_body();
    read_more(&Connection::read_memory_body);
}

void Connection::handle() {
    phase_ = Phase::Working;
    ++timer_round_;  // how long a handler takes is the handler's business
    auto work = [self = shared_from_this()] {
        auto response = self->hub_.service.answer(std::move(self->request_));
        compress(self->asked_, response);
        self->hub_.on_io_thread(
            [self, response = std::move(response)]() mutable { self->send(std::move(response)); });
    };
    if (!hub_.try_handle(std::move(work)))
        refuse(
            {503, {ErrorCode::Unavailable, "too many requests wait already; again in a second"}});
}

// ---- answers -----------------------------------------------------------------------------------

void Connection::send(Response response) {
    if (!seat_) return;  // closed meanwhile
    phase_ = Phase::Sending;
    if (hub_.draining) keep_alive_ = false;
    if (std::holds_alternative<EventSource>(response.body)) return send_events(response);
    if (std::holds_alternative<FileBody>(response.body)) return send_file(response);
    send_text(response);
}

void Connection::send_text(Response& response) {
    text_ = std::move(std::get<std::string>(response.body));
    AnswerFrame frame{.keep_alive = keep_alive_};
    if (response.status != 204 && response.status != 304)
        frame.length = static_cast<std::int64_t>(text_.size());
    // A HEAD may set the length of what it does not send itself.
    if (response.headers.find("Content-Length")) frame.length.reset();
    head_ = answer_head(response, frame);
    if (method_ == Method::Head) text_.clear();
    arm_for_sending(head_.size() + text_.size());
    stream_->write(head_, text_, [self = shared_from_this()](error_code ec, std::size_t) {
        if (ec) return self->close();
        self->on_sent();
    });
}

void Connection::on_sent() {
    head_.clear();
    text_.clear();
    text_.shrink_to_fit();
    file_.reset();
    if (!keep_alive_ || !body_done_ || hub_.draining) return linger();
    if (in_.empty() && in_.capacity() > kKeptBufferBytes) in_.shrink_to_fit();
    phase_ = Phase::Idle;
    arm(hub_.options.idle_time);
    await_head();
}

/// Ends our side and hears the other out, so that the answer is not lost to a reset.
void Connection::linger() {
    phase_ = Phase::Linger;
    arm(hub_.options.linger_time);
    stream_->end_writing([self = shared_from_this()](error_code ec, std::size_t) {
        if (ec || self->is_tls_) return self->close();
        self->chunk_.resize(kKeptBufferBytes);
        if (!self->is_reading_) self->discard();  // else the read under way goes on with it
    });
}

void Connection::discard() {
    stream_->read_some({chunk_.data(), chunk_.size()},
                       [self = shared_from_this()](error_code ec, std::size_t bytes) {
                           self->lingered_ += bytes;
                           if (ec || self->lingered_ > kMostLingerBytes) return self->close();
                           self->discard();
                       });
}

// ---- time --------------------------------------------------------------------------------------

void Connection::arm(milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = weak_from_this(), round = ++timer_round_](error_code ec) {
        auto const connection = self.lock();
        if (!ec && connection && connection->timer_round_ == round) connection->on_time();
    });
}

/// A body must bring a number of bytes in every window.
void Connection::arm_for_body() {
    auto const end = rate_since_ + hub_.options.rate_time;
    arm(std::max(std::chrono::ceil<milliseconds>(end - Clock::now()), milliseconds(1)));
}

void Connection::arm_for_sending(std::size_t bytes) {
    auto const seconds = bytes / std::max<std::size_t>(hub_.options.least_bytes_per_s, 1);
    arm(hub_.options.rate_time + std::chrono::seconds(seconds));
}

void Connection::on_time() {
    bool const in_body = phase_ == Phase::Body || phase_ == Phase::Uploading;
    auto const seconds = std::chrono::duration<double>(hub_.options.rate_time).count();
    if (in_body && static_cast<double>(rate_bytes_) >=
                       static_cast<double>(hub_.options.least_bytes_per_s) * seconds) {
        rate_since_ = Clock::now();
        rate_bytes_ = 0;
        return arm_for_body();
    }
    bool const is_asking = (phase_ == Phase::Head && !in_.empty()) || phase_ == Phase::Body;
    if (!is_asking) return close();
    // The read under way ends with the connection; until then nobody looks at what it brings.
    keep_alive_ = false;
    in_.clear();
    request_.id = new_id("req");
    auto response =
        hub_.service.refuse(request_, {ErrorCode::TimedOut, "the request came too slowly"}, 408);
    phase_ = Phase::Linger;
    text_ = std::move(std::get<std::string>(response.body));
    head_ = answer_head(response,
                        {.length = static_cast<std::int64_t>(text_.size()), .keep_alive = false});
    arm(hub_.options.linger_time);
    stream_->write(head_, text_,
                   [self = shared_from_this()](error_code, std::size_t) { self->close(); });
}

}  // namespace aiditor::api::net
