/// The large bodies of a connection: uploads on their way to a sink, files on their way out. Both
/// hold a bounded number of bytes, and no handler thread.
#include "service/api/net/answer_head.hpp"
#include "service/api/net/connection.hpp"
#include "service/api/net/event_stream.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace aiditor::api::net {
namespace {

using boost::system::error_code;

constexpr std::size_t kUploadBufferBytes = 512U << 10;  // two of them for each upload
constexpr std::size_t kFileChunkBytes = 256U << 10;

/// As much of the file as fits; 0 when it is shorter than it was or cannot be read.
std::size_t read_at(int fd, std::vector<char>& into, std::int64_t from) {
    for (;;) {
        auto const n = ::pread(fd, into.data(), into.size(), from);
        if (n < 0 && errno == EINTR) continue;
        return n < 0 ? 0 : static_cast<std::size_t>(n);
    }
}

}  // namespace

// ---- uploads -----------------------------------------------------------------------------------

/// Authentication and the handler's decision may look into the database.
void Connection::begin_upload() {
    phase_ = Phase::Working;
    ++timer_round_;
    auto work = [self = shared_from_this()] {
        auto begun = self->hub_.service.begin_upload(std::move(self->request_));
        self->hub_.on_io_thread([self, begun = std::move(begun)]() mutable {
            if (auto* response = std::get_if<Response>(&begun)) {
                if (!self->body_done_) self->keep_alive_ = false;
                return self->send(std::move(*response));
            }
            self->upload_ = std::move(std::get<std::unique_ptr<Upload>>(begun));
            if (!self->seat_) return self->close();  // closed meanwhile
            self->phase_ = Phase::Uploading;
            self->filled_ = 0;
            self->rate_since_ = Clock::now();
            if (self->body_done_) return self->pump();
            self->filling_.resize(kUploadBufferBytes);
            self->giving_.resize(kUploadBufferBytes);
            self->say_continue(&Connection::pump);
        });
    };
    if (!hub_.try_handle(std::move(work)))
        refuse(
            {503, {ErrorCode::Unavailable, "too many requests wait already; again in a second"}});
}

/// Does what can be done next: decode, hand over, read. Called whenever one of them has ended.
void Connection::pump() {
    if (phase_ != Phase::Uploading) return;
    take_decoded();
    if (phase_ != Phase::Uploading) return;
    if (!is_giving_ && filled_ > 0) {
        give_to_sink();
        take_decoded();
        if (phase_ != Phase::Uploading) return;
    }
    if (body_done_ && !is_giving_ && filled_ == 0) return finish_upload();
    if (is_reading_) return;
    if (!body_done_ && filled_ < filling_.size()) return read_into_upload();
    ++timer_round_;  // we are the slow ones now
    rate_since_ = {};
}

void Connection::take_decoded() {
    if (in_.empty() || body_done_ || is_reading_) return;
    auto const step =
        reader_.read_body(in_, {filling_.data() + filled_, filling_.size() - filled_});
    if (!step) return fail_upload(step.error());
    in_.erase(0, step->taken);
    filled_ += step->put;
    body_bytes_ += step->put;
    body_done_ = step->done;
    if (body_bytes_ > plan_.most_bytes)
        fail_upload({413,
                     {ErrorCode::LimitReached,
                      fmt::format("the body may have {} bytes", plan_.most_bytes)}});
}

/// A plain body goes straight into the buffer; a chunked one has its framing taken off first.
void Connection::read_into_upload() {
    is_reading_ = true;
    if (rate_since_ == Clock::time_point{}) {
        rate_since_ = Clock::now();
        rate_bytes_ = 0;
    }
    arm_for_body();
    auto const before = in_.size();
    std::size_t const room = filling_.size() - filled_;
    std::size_t const most =
        has_chunks_ ? room
                    : static_cast<std::size_t>(std::min<std::uint64_t>(room, reader_.remaining()));
    // While this read is under way the buffers must not be swapped: giving_ waits for its end.
    if (has_chunks_) in_.resize(before + most);
    auto* const into = has_chunks_ ? in_.data() + before : filling_.data() + filled_;
    stream_->read_some({into, most},
                       [self = shared_from_this(), before](error_code ec, std::size_t bytes) {
                           self->is_reading_ = false;
                           if (self->has_chunks_) self->in_.resize(before + bytes);
                           if (self->phase_ == Phase::Linger) return self->discard();
                           if (ec) return self->close();
                           self->rate_bytes_ += bytes;
                           if (!self->has_chunks_) {
                               self->filled_ += bytes;
                               self->body_bytes_ += bytes;
                               self->reader_.took(bytes);
                               self->body_done_ = self->reader_.remaining() == 0;
                           }
                           self->pump();
                       });
}

void Connection::give_to_sink() {
    if (is_reading_) return;  // the read fills the very buffer; its end calls pump again
    is_giving_ = true;
    std::swap(filling_, giving_);
    auto const size = std::exchange(filled_, 0);
    hub_.on_file_thread([self = shared_from_this(), upload = upload_, size]() mutable {
        auto result = upload->write({self->giving_.data(), size});
        self->hub_.on_io_thread(
            [self, upload = std::move(upload), result = std::move(result)]() mutable {
                self->is_giving_ = false;
                if (!self->upload_) {  // closed meanwhile; see close()
                    auto& hub = self->hub_;
                    return hub.on_file_thread([last = std::move(upload)] {});
                }
                upload.reset();
                if (self->upload_failure_) return self->end_failed_upload();
                if (!result) return self->fail_upload({0, std::move(result).error()});
                self->pump();
            });
    });
}

void Connection::finish_upload() {
    phase_ = Phase::Working;
    ++timer_round_;
    hub_.on_file_thread([self = shared_from_this(), upload = std::move(upload_)]() mutable {
        auto response = upload->finish();
        upload.reset();
        self->hub_.on_io_thread([self, response = std::move(response)]() mutable {
            self->filling_ = {};
            self->giving_ = {};
            self->send(std::move(response));
        });
    });
}

/// A status of 0 is the one of the error's code.
void Connection::fail_upload(Refusal refusal) {
    phase_ = Phase::Working;
    ++timer_round_;
    keep_alive_ = false;
    upload_failure_ = std::move(refusal);
    if (!is_giving_) end_failed_upload();  // else when the write under way has ended
}

void Connection::end_failed_upload() {
    hub_.on_file_thread([self = shared_from_this(), upload = std::move(upload_),
                         refusal = *std::exchange(upload_failure_, {})]() mutable {
        auto const status = refusal.status == 0 ? std::nullopt : std::optional(refusal.status);
        auto response = upload->fail(refusal.error, status);
        upload.reset();
        self->hub_.on_io_thread(
            [self, response = std::move(response)]() mutable { self->send(std::move(response)); });
    });
}

// ---- files -------------------------------------------------------------------------------------

void Connection::send_file(Response& response) {
    part_ = plan_file(response, asked_);
    file_ = std::make_shared<FileBody>(std::move(std::get<FileBody>(response.body)));
    AnswerFrame frame{.length = part_.length, .keep_alive = keep_alive_};
    if (response.status == 304 || response.status == 204) frame.length.reset();
    head_ = answer_head(response, frame);
    if (method_ == Method::Head) part_.length = 0;
    arm_for_sending(head_.size());
    stream_->write(head_, "", [self = shared_from_this()](error_code ec, std::size_t) {
        if (ec) return self->close();
        self->send_file_part();
    });
}

void Connection::send_file_part() {
    if (part_.length == 0) {
        chunk_ = {};
        return on_sent();
    }
    if (!seat_) return;
    ++timer_round_;  // the disk's time is not the client's
    chunk_.resize(static_cast<std::size_t>(std::min<std::int64_t>(part_.length, kFileChunkBytes)));
    hub_.on_file_thread([self = shared_from_this()] {
        auto const bytes = read_at(self->file_->file.get(), self->chunk_, self->part_.from);
        self->hub_.on_io_thread([self, bytes] {
            // The length was promised: a file that became shorter can only end the connection.
            if (bytes == 0 || !self->seat_) return self->close();
            self->part_.from += static_cast<std::int64_t>(bytes);
            self->part_.length -= static_cast<std::int64_t>(bytes);
            self->arm_for_sending(bytes);
            self->stream_->write({self->chunk_.data(), bytes}, "",
                                 [self](error_code ec, std::size_t) {
                                     if (ec) return self->close();
                                     self->send_file_part();
                                 });
        });
    });
}

// ---- events ------------------------------------------------------------------------------------

/// From here on the stream belongs to the events, and this connection ends.
void Connection::send_events(Response& response) {
    ++timer_round_;
    auto const events =
        std::make_shared<EventStream>(hub_, std::move(stream_), std::move(seat_), std::move(in_));
    events->start(std::move(response), asked_, is_http_10_, method_ == Method::Head);
}

}  // namespace aiditor::api::net
