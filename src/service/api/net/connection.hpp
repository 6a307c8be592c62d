#pragma once
/// One HTTP/1.1 connection: requests one after another, each answered before the next is read.

#include "service/api/net/byte_stream.hpp"
#include "service/api/net/file_answer.hpp"
#include "service/api/net/http_reader.hpp"
#include "service/api/net/hub.hpp"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aiditor::api::net {

/// Lives as long as something is under way for it. On the io thread alone; while `phase_` is
/// Working a handler thread has the request, and an upload's writes run on a file thread.
class Connection final : public Client, public std::enable_shared_from_this<Connection> {
public:
    Connection(Hub& hub, std::unique_ptr<ByteStream> stream, std::unique_ptr<Seat> seat,
               bool is_tls);
    ~Connection() override;

    void start();
    void drain() override;
    void close() override;

private:
    enum class Phase : std::uint8_t { Idle = 1, Head, Body, Working, Uploading, Sending, Linger };
    using Then = void (Connection::*)();
    using Clock = std::chrono::steady_clock;

    // Heads.
    void await_head();
    void read_more(Then then);
    void on_head(HttpReader::Found found);
    [[nodiscard]] bool fill_request(Head& head);
    void refuse(Refusal const& refusal);

    // Bodies.
    void say_continue(Then then);
    void read_memory_body();
    void handle();
    void begin_upload();
    void pump();
    void take_decoded();
    void read_into_upload();
    void give_to_sink();
    void finish_upload();
    void fail_upload(Refusal refusal);
    void end_failed_upload();

    // Answers.
    void send(Response response);
    void send_text(Response& response);
    void send_file(Response& response);
    void send_file_part();
    void send_events(Response& response);
    void on_sent();
    void linger();
    void discard();

    // Time.
    void arm(std::chrono::milliseconds time);
    void arm_for_body();
    void arm_for_sending(std::size_t bytes);
    void on_time();

    Hub& hub_;
    std::unique_ptr<ByteStream> stream_;
    std::unique_ptr<Seat> seat_;
    bool is_tls_;
    Phase phase_ = Phase::Idle;
    HttpReader reader_;
    std::string in_;  // bytes that were read and belong to nothing yet
    boost::asio::steady_timer timer_;
    std::uint64_t timer_round_ = 0;  // tells an armed wait from those before it
    Clock::time_point rate_since_{};
    std::uint64_t rate_bytes_ = 0;

    // The request under way.
    Request request_;
    Headers asked_;  // its headers, which the handler thread does not take away
    Method method_ = Method::Get;
    Service::BodyPlan plan_;
    bool keep_alive_ = false, is_http_10_ = false, body_done_ = true, has_chunks_ = false,
         expects_continue_ = false;
    std::uint64_t body_bytes_ = 0;

    // Its upload: one buffer fills from the socket while the other empties into the sink.
    std::shared_ptr<Upload> upload_;
    std::vector<char> filling_, giving_;
    std::size_t filled_ = 0;
    std::optional<Refusal> upload_failure_;
    bool is_reading_ = false, is_giving_ = false;

    // Its answer.
    std::string head_, text_;
    std::shared_ptr<FileBody> file_;
    FilePart part_;
    std::vector<char> chunk_;
    std::size_t lingered_ = 0;
};

}  // namespace aiditor::api::net
