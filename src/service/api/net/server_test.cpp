#include "service/api/net/server.hpp"

#include "base/file.hpp"
#include "service/api/net/frames.hpp"
#include "service/api/net/testing/raw_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <fmt/format.h>
#include <future>
#include <gmock/gmock.h>
#include <mutex>
#include <sys/resource.h>
#include <unistd.h>

namespace aiditor::api::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::RawClient;
using ::testing::StartsWith;

constexpr seconds kPatience{testing::kPatience};

/// Lets a test wait for what another thread does.
template <class T>
class Watched {
public:
    void change(auto&& f) {
        std::scoped_lock const lock(mutex_);
        f(value_);
        changed_.notify_all();
    }
    bool wait(auto&& ready) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [&] { return ready(value_); });
    }
    T get() {
        std::scoped_lock const lock(mutex_);
        return value_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    T value_{};
};

struct Uploaded {
    std::string bytes;
    std::size_t largest_write = 0;
    int begun = 0, finished = 0, dropped = 0;
};

class Basket final : public BodySink {
public:
    explicit Basket(Watched<Uploaded>& into) : into_(into) {
        into_.change([](Uploaded& u) { ++u.begun; });
    }
    ~Basket() override {
        into_.change([](Uploaded& u) { ++u.dropped; });
    }
    Result<> write(std::string_view bytes) override {
        if (bytes.starts_with("full")) return fail(ErrorCode::DiskFull, "the disk is full");
        into_.change([&](Uploaded& u) {
            u.bytes += bytes;
            u.largest_write = std::max(u.largest_write, bytes.size());
        });
        return {};
    }
    Result<Response> finish() override {
        into_.change([](Uploaded& u) { ++u.finished; });
        return Response{.status = 201, .body = "\"stored\""};
    }

private:
    Watched<Uploaded>& into_;
};

/// A route without the ceremony.
Route raw(Method method, std::string pattern, std::variant<Handler, UploadHandler> handler,
          std::uint64_t most_body_bytes = 1000) {
    return {.method = method,
            .pattern = pattern,
            .policy = {.access = Access::Public},
            .docs = {.id = fmt::format("{}{}", method_name(method), pattern),
                     .tag = "t",
                     .summary = "t"},
            .rules = {.most_body_bytes = most_body_bytes, .request_type = ""},
            .request = std::nullopt,
            .answer = std::nullopt,
            .handler = std::move(handler)};
}

Response with_text(std::string text) {
    Response out;
    out.headers.set("Content-Type", "text/plain");
    out.body = std::move(text);
    return out;
}

class ServerTest : public ::testing::Test {
protected:
    void start(ServerOptions options = {}) {
        auto made = Service::create(
            routes(), {.hosts = {"localhost"}, .origins = {}, .media_origin = ""}, ports());
        ASSERT_TRUE(made) << made.error().message;
        service = *std::move(made);
        auto started = Server::start(std::move(options), *service);
        ASSERT_TRUE(started) << started.error().message;
        server = *std::move(started);
    }
    void TearDown() override { release(); }

    std::vector<Route> routes() {
        return {
            raw(Method::Get, "/text/{word}", Handler([](Request const& r) -> Result<Response> {
                    return with_text(r.param("word"));
                })),
            raw(Method::Get, "/long", Handler([](Request const&) -> Result<Response> {
                    return with_text(std::string(5000, 'a'));
                })),
            raw(Method::Post, "/echo",
                Handler([](Request const& r) -> Result<Response> { return with_text(r.body); })),
            raw(Method::Get, "/slow", Handler([this](Request const&) -> Result<Response> {
                    slow.change([](int& n) { ++n; });
                    static_cast<void>(released.wait([](bool b) { return b; }));
                    return with_text("at last");
                })),
            raw(Method::Get, "/file", Handler([this](Request const&) -> Result<Response> {
                    Response out;
                    out.body = FileBody{.file = UniqueFd(::dup(file.get())),
                                        .size = static_cast<std::int64_t>(content.size()),
                                        .etag = "\"v1\""};
                    return out;
                })),
            raw(Method::Put, "/upload",
                UploadHandler([this](Request const&) -> Result<std::unique_ptr<BodySink>> {
                    return std::make_unique<Basket>(uploaded);
                }),
                50U << 20),
            raw(Method::Get, "/events", Handler([this](Request const&) -> Result<Response> {
                    auto const next_id = std::make_shared<std::size_t>(0);
                    Response out;
                    out.body = EventSource{.next = [this, next_id] { return news_after(*next_id); },
                                           .topic = "jobs",
                                           .pause = kPatience};
                    return out;
                }))};
    }

    /// Everything after `seen`; an empty text is a failure.
    Result<std::vector<EventSource::Event>> news_after(std::size_t& seen) {
        asked.change([](int& n) { ++n; });
        std::vector<EventSource::Event> out;
        auto const all = news.get();
        for (; seen < all.size(); ++seen) {
            if (all[seen].empty()) return fail(ErrorCode::Gone, "the log is gone");
            out.push_back({std::to_string(seen + 1), "word", fmt::format("\"{}\"", all[seen])});
        }
        return out;
    }
    void tell(std::string word) {
        news.change([&](auto& all) { all.push_back(std::move(word)); });
        server->wake("jobs");
    }

    ServicePorts ports() {
        return {.authenticate = [](Request const&) -> Result<Principal> { return Principal{}; },
                .memberships = [](auto const&, auto const&) -> Result<std::optional<Role>> {
                    return std::nullopt;
                },
                .count_request = [](auto const&, auto const&) -> Result<RateState> {
                    return RateState{};
                }};
    }

    void release() {
        released.change([](bool& b) { b = true; });
    }

    [[nodiscard]] RawClient client() const { return RawClient(server->port()); }
    static std::string get(std::string_view path, std::string_view fields = "") {
        return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", path, fields);
    }

    Watched<bool> released;
    Watched<int> slow, asked;
    Watched<Uploaded> uploaded;
    Watched<std::vector<std::string>> news;
    std::string content = std::string(600'000, 'x') + "the end";
    UniqueFd file = make_file();
    std::unique_ptr<Service> service;
    std::unique_ptr<Server> server;

    UniqueFd make_file() {
        auto made = unnamed_file("/tmp");
        EXPECT_TRUE(made && write_all(made->get(), content, "test"));
        return made ? *std::move(made) : UniqueFd();
    }
};

TEST_F(ServerTest, RequestsOnOneConnectionAreAnsweredInOrder) {
    start();
    auto c = client();
    std::string many;
    for (int i = 0; i < 50; ++i) many += get(fmt::format("/text/{}", i));
    many += "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody" +
            get("/text/last");
    ASSERT_TRUE(c.send(many));
    for (int i = 0; i < 50; ++i) EXPECT_EQ(c.read_answer().body, std::to_string(i));
    EXPECT_EQ(c.read_answer().body, "body");
    auto const last = c.read_answer();
    EXPECT_EQ(last.body, "last");
    EXPECT_THAT(last.head, HasSubstr("Connection: keep-alive\r\n"));
    EXPECT_THAT(last.head, HasSubstr("Content-Security-Policy: default-src 'none'"));
    ASSERT_TRUE(c.send(get("/text/bye", "Connection: close\r\n")));
    EXPECT_EQ(c.read_answer().body, "bye");
    EXPECT_EQ(c.read_all(), "") << "the server ends the connection";
}

TEST_F(ServerTest, WhatIsNoRequestIsAnsweredAndEnds) {
    start();
    for (std::string_view const bytes :
         {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: "
          "4\r\n\r\nbody",
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: "
          "chunked\r\n\r\n0\r\n\r\n",
          "GET /text/a HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n",
          "GET /text/a HTTP/1.1\nHost: localhost\n\n",
          "GET /text/../a HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET /text/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
        auto c = client();
        ASSERT_TRUE(c.send(std::string(bytes) + get("/text/smuggled")));
        auto const all = c.read_all();
        EXPECT_THAT(all, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << bytes;
        EXPECT_THAT(all, HasSubstr("application/problem+json"));
        EXPECT_THAT(all, HasSubstr("nosniff"));
        EXPECT_THAT(all, ::testing::Not(HasSubstr("\r\n\r\nsmuggled"))) << bytes;
    }
}

TEST_F(ServerTest, SlowClientsAreTurnedAway) {
    start({.header_time = milliseconds(50),
           .idle_time = milliseconds(50),
           .rate_time = milliseconds(50),
           .least_bytes_per_s = 1000});
    auto header = client();
    ASSERT_TRUE(header.send("GET /text/a HTTP/1.1\r\nHo"));
    EXPECT_THAT(header.read_all(), StartsWith("HTTP/1.1 408 "));
    auto body = client();
    ASSERT_TRUE(
        body.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nabc"));
    EXPECT_THAT(body.read_all(), StartsWith("HTTP/1.1 408 "));
    auto upload = client();
    ASSERT_TRUE(
        upload.send("PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nabc"));
    EXPECT_EQ(upload.read_all(), "");
    EXPECT_TRUE(uploaded.wait([](Uploaded const& u) { return u.dropped == 1; }));
    auto idle = client();
    EXPECT_EQ(idle.read_all(), "");
}

TEST_F(ServerTest, BodiesAreBounded) {
    start();
    auto plain = client();
    ASSERT_TRUE(
        plain.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n"));
    EXPECT_THAT(plain.read_all(), StartsWith("HTTP/1.1 413 "));
    auto chunked = client();
    ASSERT_TRUE(
        chunked.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3e9\r\n" +
                     std::string(1001, 'a')));
    EXPECT_THAT(chunked.read_all(), StartsWith("HTTP/1.1 413 "));
    auto nowhere = client();
    ASSERT_TRUE(
        nowhere.send("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"));
    EXPECT_THAT(nowhere.read_all(), StartsWith("HTTP/1.1 404 ")) << "at once, without the body";
    auto header = client();
    ASSERT_TRUE(header.send(get("/text/a", "A: " + std::string(17'000, 'a') + "\r\n")));
    EXPECT_THAT(header.read_all(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerTest, ChunkedBodiesAndExpectationsWork) {
    start();
    auto c = client();
    ASSERT_TRUE(
        c.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
               "Expect: 100-continue\r\n\r\n"));
    EXPECT_EQ(c.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(c.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
    EXPECT_EQ(c.read_answer().body, "abcde");
}

TEST_F(ServerTest, HeadAndOldHttpAreSpoken) {
    start();
    auto c = client();
    ASSERT_TRUE(c.send("HEAD /text/abc HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/text/x")));
    EXPECT_THAT(c.read_answer(false).head, HasSubstr("Content-Length: 3\r\n"));
    EXPECT_EQ(c.read_answer().body, "x");
    auto old = client();
    ASSERT_TRUE(old.send("GET /text/abc HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    EXPECT_THAT(old.read_all(), ::testing::EndsWith("\r\n\r\nabc"));
}

TEST_F(ServerTest, TextIsCompressedWhenAskedFor) {
    start();
    auto c = client();
    ASSERT_TRUE(c.send(get("/long", "Accept-Encoding: gzip\r\n")));
    auto const small = c.read_answer();
    EXPECT_THAT(small.head, HasSubstr("Content-Encoding: gzip\r\n"));
    EXPECT_LT(small.body.size(), 200U);
    ASSERT_TRUE(c.send(get("/long")));
    EXPECT_EQ(c.read_answer().body.size(), 5000U);
}

TEST_F(ServerTest, FilesAndTheirPartsAreSent) {
    start();
    auto c = client();
    ASSERT_TRUE(c.send(get("/file") + get("/file", "Range: bytes=-3\r\n") +
                       get("/file", "If-None-Match: \"v1\"\r\n") +
                       get("/file", "Range: bytes=600007-\r\n")));
    auto const whole = c.read_answer();
    EXPECT_EQ(whole.body, content);
    EXPECT_THAT(whole.head, HasSubstr("ETag: \"v1\"\r\n"));
    auto const part = c.read_answer();
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, "end");
    EXPECT_EQ(c.read_answer().status, 304);
    EXPECT_EQ(c.read_answer().status, 416);
    ASSERT_TRUE(c.send(get("/text/after")));
    EXPECT_EQ(c.read_answer().body, "after");
}

TEST_F(ServerTest, UploadsReachTheirSinkWhole) {
    start();
    std::string big(3'000'000, ' ');
    for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 23);
    auto c = client();
    ASSERT_TRUE(
        c.send(fmt::format("PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
                           big.size()) +
               big + get("/text/next")));
    EXPECT_EQ(c.read_answer().status, 201);
    EXPECT_EQ(c.read_answer().body, "next");
    EXPECT_TRUE(uploaded.get().bytes == big);
    EXPECT_LE(uploaded.get().largest_write, 1U << 20) << "what waits is bounded";

    uploaded.change([](Uploaded& u) { u = {}; });
    ASSERT_TRUE(
        c.send("PUT /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (std::size_t at = 0; at < big.size(); at += 100'000)
        ASSERT_TRUE(c.send(fmt::format("{:x}\r\n{}\r\n", 100'000, big.substr(at, 100'000))));
    ASSERT_TRUE(c.send("0\r\n\r\n" + get("/text/next")));
    EXPECT_EQ(c.read_answer().status, 201);
    EXPECT_EQ(c.read_answer().body, "next");
    EXPECT_TRUE(uploaded.get().bytes == big);

    ASSERT_TRUE(c.send("PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_EQ(c.read_answer().status, 201) << "an empty one too";
}

TEST_F(ServerTest, AnUploadThatIsBrokenOffLeavesWhatItBrought) {
    start();
    auto c = client();
    ASSERT_TRUE(
        c.send("PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"));
    EXPECT_TRUE(uploaded.wait([](Uploaded const& u) { return u.bytes == "abc"; }));
    c.vanish();
    EXPECT_TRUE(uploaded.wait([](Uploaded const& u) { return u.dropped == 1; }));
    EXPECT_EQ(uploaded.get().finished, 0);
}

TEST_F(ServerTest, ASinkThatFailsAnswersAtOnce) {
    start();
    auto c = client();
    ASSERT_TRUE(
        c.send("PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nfull"));
    EXPECT_THAT(c.read_until("\r\n"), StartsWith("HTTP/1.1 507 "));
    auto large = client();
    ASSERT_TRUE(
        large.send("PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"));
    EXPECT_THAT(large.read_all(), StartsWith("HTTP/1.1 413 "));
    EXPECT_EQ(uploaded.get().begun, 1) << "what is too large is not even begun";
}

TEST_F(ServerTest, TooMuchWorkIsRefused) {
    start({.most_connections_per_address = 4, .handler_threads = 1, .most_requests_in_work = 2});
    auto first = client(), second = client(), third = client(), fourth = client();
    ASSERT_TRUE(first.send(get("/slow")));
    ASSERT_TRUE(slow.wait([](int n) { return n == 1; }));
    ASSERT_TRUE(second.send(get("/slow")));
    // The second waits for the only thread; which of both is third in line shows by the answer.
    ASSERT_TRUE(third.send(get("/slow")));
    auto fifth = client();
    EXPECT_EQ(fifth.read_all(), "") << "one connection too many";
    ASSERT_TRUE(fourth.send(get("/slow")));
    EXPECT_EQ(fourth.read_answer().status, 503);
    release();
    EXPECT_EQ(first.read_answer().body, "at last");
    EXPECT_EQ(std::min(second.read_answer().status, third.read_answer().status), 200);
}

TEST_F(ServerTest, DrainingFinishesWhatIsInWork) {
    start();
    auto busy = client(), idle = client(), events = client();
    ASSERT_TRUE(idle.send(get("/text/a")));
    EXPECT_EQ(idle.read_answer().status, 200);
    ASSERT_TRUE(events.send(get("/events")));
    EXPECT_THAT(events.read_until("\r\n\r\n"), HasSubstr("text/event-stream"));
    ASSERT_TRUE(busy.send(get("/slow")));
    ASSERT_TRUE(slow.wait([](int n) { return n == 1; }));
    auto stopped = std::async(std::launch::async, [this] { server->stop(kPatience); });
    EXPECT_EQ(idle.read_all(), "");
    EXPECT_EQ(events.read_all(), "0\r\n\r\n") << "the stream ends properly";
    release();
    auto const answer = busy.read_answer();
    EXPECT_EQ(answer.body, "at last");
    EXPECT_THAT(answer.head, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(busy.read_all(), "");
    stopped.get();
    EXPECT_FALSE(client().is_connected());
}

TEST_F(ServerTest, IdleConnectionsAreCheap) {
    constexpr std::size_t kMany = 2000;
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < 2 * kMany + 100) GTEST_SKIP() << "too few descriptors allowed here";
    start({.most_connections_per_address = kMany + 1});
    std::vector<RawClient> clients;
    clients.reserve(kMany);
    for (std::size_t i = 0; i < kMany; ++i) {
        clients.emplace_back(server->port());
        ASSERT_TRUE(clients.back().is_connected()) << i;
    }
    for (std::size_t i = 0; i < kMany; i += 500) {
        ASSERT_TRUE(clients[i].send(get("/text/a")));
        EXPECT_EQ(clients[i].read_answer().body, "a");
    }
    auto late = client();
    ASSERT_TRUE(late.send(get("/text/b")));
    EXPECT_EQ(late.read_answer().body, "b");
    EXPECT_EQ(server->connections(), kMany + 1);
}

TEST_F(ServerTest, EventsArriveAsTheyHappen) {
    start();
    tell("before");
    auto c = client();
    ASSERT_TRUE(c.send("GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    EXPECT_THAT(c.read_until("\r\n\r\n"), HasSubstr("Content-Type: text/event-stream\r\n"));
    EXPECT_EQ(c.read_until("\n\n"), "id: 1\nevent: word\ndata: \"before\"\n\n");
    tell("after");
    EXPECT_EQ(c.read_until("\n\n"), "id: 2\nevent: word\ndata: \"after\"\n\n");
    tell("");
    auto const last = c.read_all();
    EXPECT_THAT(last, StartsWith("event: error\ndata: {"));
    EXPECT_THAT(last, HasSubstr("\"gone\""));
}

TEST_F(ServerTest, QuietStreamsShowThatTheyLive) {
    start({.heartbeat_time = milliseconds(20)});
    auto c = client();
    ASSERT_TRUE(c.send("GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    c.read_until("\r\n\r\n");
    EXPECT_EQ(c.read_until(":\n\n"), ":\n\n");
    c.vanish();
}

constexpr std::string_view kUpgrade =
    "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A frame of a client, whose mask is zero.
std::string masked(Opcode opcode, std::string_view payload) {
    auto out = frame(opcode, payload);
    out[1] = static_cast<char>(static_cast<unsigned char>(out[1]) | 0x80U);
    return out.insert(2, 4, '\0');
}

TEST_F(ServerTest, WebSocketsCarryTheSameEvents) {
    start();
    auto c = client();
    ASSERT_TRUE(c.send(get("/events", kUpgrade)));
    auto const head = c.read_until("\r\n\r\n");
    EXPECT_THAT(head, StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(head, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    tell("hi");
    auto const message = frame(Opcode::Text, R"({"id":"1","event":"word","data":"hi"})");
    EXPECT_EQ(c.read_bytes(message.size()), message);
    ASSERT_TRUE(c.send(masked(Opcode::Text, "ignored") + masked(Opcode::Ping, "p")));
    EXPECT_EQ(c.read_bytes(3), frame(Opcode::Pong, "p"));
    ASSERT_TRUE(c.send(masked(Opcode::Close, std::string("\x03\xe8", 2))));
    EXPECT_EQ(c.read_all(), close_frame(CloseCode::Normal));

    auto rude = client();
    ASSERT_TRUE(rude.send(get("/events", kUpgrade)));
    rude.read_until("\r\n\r\n");
    rude.read_bytes(message.size());
    ASSERT_TRUE(rude.send(frame(Opcode::Text, "not masked")));
    EXPECT_EQ(rude.read_all(), close_frame(CloseCode::Protocol));

    auto foreign = client();
    ASSERT_TRUE(
        foreign.send(get("/events", std::string(kUpgrade) + "Origin: https://evil.example\r\n")));
    EXPECT_EQ(foreign.read_answer().status, 403);
    auto old = client();
    std::string wrong(kUpgrade);
    wrong.replace(wrong.find("13"), 2, "12");
    ASSERT_TRUE(old.send(get("/events", wrong)));
    EXPECT_EQ(old.read_answer().status, 400);
}

TEST_F(ServerTest, ManyWakesAreFewQuestions) {
    start();
    auto c = client();
    ASSERT_TRUE(c.send("GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    c.read_until("\r\n\r\n");
    for (int i = 0; i < 1000; ++i) tell("w");
    for (int i = 0; i < 1000; ++i) ASSERT_THAT(c.read_until("\n\n"), StartsWith("id: "));
    EXPECT_LT(asked.get(), 1100);
}

TEST_F(ServerTest, TlsIsSpoken) {
    namespace asio = boost::asio;
    std::string const folder = AIDITOR_SOURCE_DIR "/src/service/api/net/testing/";
    start({.tls = TlsFiles{folder + "localhost.pem", folder + "localhost_key.pem"}});
    asio::io_context io;
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.load_verify_file(folder + "localhost.pem");
    context.set_verify_mode(asio::ssl::verify_peer);
    asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
    stream.set_verify_callback(asio::ssl::host_name_verification("localhost"));
    stream.next_layer().connect({asio::ip::address_v4::loopback(), server->port()});
    stream.handshake(asio::ssl::stream_base::client);
    asio::write(stream, asio::buffer(get("/text/secret") + get("/file")));
    std::string in;
    asio::read_until(stream, asio::dynamic_buffer(in), "\r\n\r\nsecret");
    EXPECT_THAT(in, HasSubstr("Strict-Transport-Security: max-age=63072000"));
    asio::read_until(stream, asio::dynamic_buffer(in), "the end");
    EXPECT_GT(in.size(), content.size());

    auto plain = client();
    ASSERT_TRUE(plain.send(get("/text/a")));
    EXPECT_THAT(plain.read_all(), ::testing::Not(HasSubstr("200 OK")));
}

TEST_F(ServerTest, AStartThatCannotWorkSaysWhy) {
    start();
    auto const code = [&](ServerOptions options) {
        auto const started = Server::start(std::move(options), *service);
        return started ? "started" : std::string(code_name(started.error().code));
    };
    EXPECT_EQ(code({.port = server->port()}), "conflict");
    EXPECT_EQ(code({.address = "localhost"}), "usage");
    EXPECT_EQ(code({.trusted_proxies = {"10.0.0.0/99"}}), "usage");
    EXPECT_EQ(code({.tls = TlsFiles{"/nowhere.pem", "/nowhere.pem"}}), "usage");
}

}  // namespace
}  // namespace aiditor::api::net
