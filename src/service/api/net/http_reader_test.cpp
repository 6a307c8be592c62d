#include "service/api/net/http_reader.hpp"

#include "service/api/net/file_answer.hpp"
#include "service/api/net/frames.hpp"
#include "service/api/net/gzip.hpp"
#include "service/api/net/proxies.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace aiditor::api::net {
namespace {

constexpr std::string_view kHost = "Host: localhost\r\n";

int status_of(std::string_view bytes) {
    HttpReader reader({});
    auto const found = reader.find_head(bytes);
    if (!found) return found.error().status;
    return *found ? 200 : 0;
}

TEST(HttpReader, ReadsAHeadThatComesInPieces) {
    std::string const all =
        fmt::format("POST /a?b HTTP/1.1\r\n{}Content-Length: 3\r\nX: y \r\n\r\nabc", kHost);
    HttpReader reader({});
    for (std::size_t size = 0; size < all.size() - 3; ++size)
        EXPECT_FALSE(*reader.find_head(std::string_view(all).substr(0, size))) << size;
    auto const found = reader.find_head(all);
    ASSERT_TRUE(found && *found);
    auto const& head = (*found)->head;
    EXPECT_EQ(head.method, Method::Post);
    EXPECT_EQ(head.target, "/a?b");
    EXPECT_EQ(head.host, "localhost");
    EXPECT_EQ(head.length, 3U);
    EXPECT_TRUE(head.keep_alive);
    EXPECT_EQ(head.headers.find("x"), "y");
    std::string body(10, '\0');
    auto const step = reader.read_body(std::string_view(all).substr((*found)->size), body);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->put, 3U);
    EXPECT_TRUE(step->done);
}

TEST(HttpReader, WhatTwoReadersCouldReadDifferentlyIsRefused) {
    auto const with = [](std::string_view fields) {
        return status_of(fmt::format("POST / HTTP/1.1\r\n{}{}\r\n", kHost, fields));
    };
    EXPECT_EQ(with(""), 200);
    EXPECT_EQ(with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400);
    EXPECT_EQ(with("Content-Length: 5\r\nContent-Length: 6\r\n"), 400);
    EXPECT_EQ(with("Content-Length: 5, 5\r\n"), 400);
    EXPECT_EQ(with("Content-Length: +5\r\n"), 400);
    EXPECT_EQ(with("Content-Length: -1\r\n"), 400);
    EXPECT_EQ(with("Content-Length: 0x5\r\n"), 400);
    EXPECT_EQ(with("Content-Length: 5 5\r\n"), 400);
    EXPECT_EQ(with("Content-Length:\r\n"), 400);
    EXPECT_EQ(with("Content-Length: 99999999999999999999\r\n"), 400);
    EXPECT_EQ(with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400);
    EXPECT_EQ(with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400);
    EXPECT_EQ(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
    for (std::string_view const coding :
         {"identity", "gzip, chunked", "chunked, identity", "xchunked", "chunked;a=b",
          "\"chunked\"", "chunked,", ""}) {
        auto const status = with(fmt::format("Transfer-Encoding: {}\r\n", coding));
        EXPECT_TRUE(status == 400 || status == 501) << coding << ' ' << status;
    }
    EXPECT_EQ(with("Transfer-Encoding: CHUNKED\r\n"), 200);
    EXPECT_EQ(with("Transfer-Encoding : chunked\r\n"), 400);
    EXPECT_EQ(with(" Transfer-Encoding: chunked\r\n"), 400);
    EXPECT_EQ(with("A: b\r\n c: d\r\n"), 400);
    EXPECT_EQ(with("A: b\r\n\tc\r\n"), 400);
    EXPECT_EQ(with("A: b\nC: d\r\n"), 400);
    EXPECT_EQ(with("A: b\rC: d\r\n"), 400);
    EXPECT_EQ(with(std::string_view("A: b\0c\r\n", 8)), 400);
    EXPECT_EQ(with("A: b\x01\r\n"), 400);
    EXPECT_EQ(with("A b\r\n"), 400);
    EXPECT_EQ(with(": b\r\n"), 400);
    EXPECT_EQ(with("A\x80: b\r\n"), 400);
    EXPECT_EQ(with("Host: other\r\n"), 400);
    EXPECT_EQ(with("Expect: 200-ok\r\n"), 417);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    for (std::string_view const line :
         {"GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET /", "GET / HTTP/2.0",
          "GET / http/1.1", "GET / HTTP/1.10", "GET /a b HTTP/1.1", "get / HTTP/1.1",
          "FOO / HTTP/1.1", "GET\t/ HTTP/1.1", "", "\x16\x03\x01"}) {
        auto const status = status_of(fmt::format("{}\r\n{}\r\n", line, kHost));
        EXPECT_TRUE(status == 400 || status == 501 || status == 505) << line << ' ' << status;
    }
    EXPECT_EQ(status_of("GET / HTTP/1.1\n"), 400) << "at once, not after a time-out";
}

TEST(HttpReader, AbsoluteTargetsMustNameTheirHost) {
    EXPECT_EQ(status_of("GET http://localhost/a HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200);
    EXPECT_EQ(status_of("GET http://other/a HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
}

TEST(HttpReader, HeadersAreBounded) {
    std::string fields;
    for (int i = 0; i < 99; ++i) fields += fmt::format("A{}: b\r\n", i);
    EXPECT_EQ(status_of(fmt::format("GET / HTTP/1.1\r\n{}{}\r\n", kHost, fields)), 200);
    EXPECT_EQ(status_of(fmt::format("GET / HTTP/1.1\r\n{}{}B: c\r\n\r\n", kHost, fields)), 431);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nA: " + std::string(20'000, 'a')), 431);
}

/// A chunked body read in pieces of `step` bytes: its content, or "refused".
std::string chunks(std::string_view body, std::size_t piece, bool& done) {
    HttpReader reader({});
    auto const head = fmt::format("POST / HTTP/1.1\r\n{}Transfer-Encoding: chunked\r\n\r\n", kHost);
    EXPECT_TRUE(*reader.find_head(head));
    std::string waiting, out;
    done = false;
    while (!done && (!body.empty() || !waiting.empty())) {
        auto const more = body.substr(0, piece);
        body.remove_prefix(more.size());
        waiting += more;
        std::array<char, 7> buffer{};
        for (;;) {
            auto const step = reader.read_body(waiting, buffer);
            if (!step) return "refused";
            waiting.erase(0, step->taken);
            out.append(buffer.data(), step->put);
            done = step->done;
            if (done || (step->taken == 0 && step->put == 0)) break;
        }
        if (more.empty()) break;
    }
    return out;
}

TEST(HttpReader, ChunksAreTakenOffWhereverTheyAreCut) {
    constexpr std::string_view kBody = "5\r\nabcde\r\n0b;x=y\r\nfghijklmnop\r\n0\r\nT: u\r\n\r\n";
    for (std::size_t piece = 1; piece <= kBody.size(); ++piece) {
        bool done = false;
        EXPECT_EQ(chunks(kBody, piece, done), "abcdefghijklmnop") << piece;
        EXPECT_TRUE(done) << piece;
    }
}

TEST(HttpReader, MalformedChunksAreRefused) {
    for (std::string_view const body :
         {"x\r\n", "5\nabcde\r\n0\r\n\r\n", "5\r\nabcdeXX0\r\n\r\n", "-1\r\n", "+5\r\nabcde\r\n",
          "0x5\r\nabcde\r\n", "fffffffffffffffff\r\n", "5\r\nabcde\n0\r\n\r\n", " 5\r\nabcde\r\n",
          "5 \r\nabcde\r\n", "5 6;\r\nabcde\r\n", ";x\r\n", "\r\n", "5;a\nb\r\nabcde\r\n",
          "5;a\rb\nabcde\r\n", "0\r\nT: u\nV: w\r\n\r\n", "0\r\n T: u\r\n\r\n", "0\r\n\rX",
          "5\r\nabcde\rX"}) {
        bool done = false;
        EXPECT_EQ(chunks(body, 1000, done), "refused") << body;
    }
    bool done = false;
    EXPECT_EQ(chunks("5;" + std::string(40'000, 'x'), 40'010, done), "refused");
    EXPECT_EQ(chunks("0\r\nT: " + std::string(40'000, 'x'), 40'010, done), "refused");
    EXPECT_EQ(chunks("5 ;x\r\nabcde\r\n0000\r\n\r\nnext", 1000, done), "abcde");
    EXPECT_TRUE(done);
}

TEST(Frames, ThoseOfTheRfcAreReadAndWritten) {  // section 5.7
    std::string masked("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
    auto const whole = masked;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        auto part = whole.substr(0, size);
        auto const taken = take_frame(part);
        ASSERT_TRUE(taken);
        EXPECT_FALSE(*taken);
    }
    masked += "rest";
    auto const taken = take_frame(masked);
    ASSERT_TRUE(taken && *taken);
    EXPECT_EQ((*taken)->payload, "Hello");
    EXPECT_EQ((*taken)->opcode, Opcode::Text);
    EXPECT_EQ(masked, "rest");
    EXPECT_EQ(frame(Opcode::Text, "Hello"), std::string("\x81\x05Hello"));
    EXPECT_EQ(frame(Opcode::Binary, std::string(256, 'a')).substr(0, 4),
              std::string("\x82\x7e\x01\x00", 4));
    EXPECT_EQ(frame(Opcode::Binary, std::string(65536, 'a')).substr(0, 10),
              std::string("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
    EXPECT_EQ(close_frame(CloseCode::Normal), std::string("\x88\x02\x03\xe8"));
}

TEST(Frames, WhatTheRfcForbidsIsRefused) {
    auto const code = [](std::string bytes) {
        auto const taken = take_frame(bytes);
        return taken ? ErrorCode::Internal : taken.error().code;
    };
    EXPECT_EQ(code(std::string("\x81\x05Hello")), ErrorCode::BadRequest) << "no mask";
    EXPECT_EQ(code(std::string("\xc1\x80", 2)), ErrorCode::BadRequest) << "a reserved bit";
    EXPECT_EQ(code(std::string("\x83\x80", 2)), ErrorCode::BadRequest) << "a reserved opcode";
    EXPECT_EQ(code(std::string("\x09\x80", 2)), ErrorCode::BadRequest) << "a ping in pieces";
    EXPECT_EQ(code(std::string("\x89\xfe", 2)), ErrorCode::BadRequest) << "a long ping";
    EXPECT_EQ(code(std::string("\x81\xfe\x00\x05", 4)), ErrorCode::BadRequest) << "padded length";
    EXPECT_EQ(code(std::string("\x81\xfe\xff\xff", 4)), ErrorCode::LimitReached);
    EXPECT_EQ(code(std::string("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10)),
              ErrorCode::LimitReached);
}

TEST(Frames, TheHandshakeKeyIsAnswered) {  // section 1.3
    EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_FALSE(accept_key("dGhlIHNhbXBsZQ=="));
    EXPECT_FALSE(accept_key(""));
}

TEST(Networks, HoldWhatTheyShould) {
    auto const holds = [](std::string_view network, char const* address) {
        auto const parsed = Network::parse(network);
        EXPECT_TRUE(parsed) << network;
        return parsed && parsed->holds(boost::asio::ip::make_address(address));
    };
    EXPECT_TRUE(holds("10.0.0.0/8", "10.255.1.2"));
    EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(holds("192.168.1.128/25", "192.168.1.200"));
    EXPECT_FALSE(holds("192.168.1.128/25", "192.168.1.127"));
    EXPECT_TRUE(holds("127.0.0.1", "::ffff:127.0.0.1"));
    EXPECT_FALSE(holds("127.0.0.1", "127.0.0.2"));
    EXPECT_TRUE(holds("fd00::/8", "fdff::1"));
    EXPECT_FALSE(holds("fd00::/8", "10.0.0.1"));
    EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
    EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
    for (std::string_view const wrong :
         {"", "10.0.0.0/33", "10.0.0/8", "x", "::/129", "10.0.0.0/", "10.0.0.0/8x"})
        EXPECT_FALSE(Network::parse(wrong)) << wrong;
}

TEST(Proxies, OnlyTrustedOnesAreBelieved) {
    std::vector<Network> const trusted{*Network::parse("10.0.0.0/8"), *Network::parse("127.0.0.1")};
    auto const seen = [&](char const* peer, std::string_view forwarded) {
        Request request;
        request.scheme = "http";
        request.host = "inside";
        request.headers.add("X-Forwarded-For", std::string(forwarded));
        request.headers.add("X-Forwarded-Proto", "https");
        request.headers.add("X-Forwarded-Host", "outside");
        see_through_proxies(request, boost::asio::ip::make_address(peer), trusted);
        return fmt::format("{} {} {}", request.address, request.scheme, request.host);
    };
    EXPECT_EQ(seen("203.0.113.9", "198.51.100.1"), "203.0.113.9 http inside");
    EXPECT_EQ(seen("10.0.0.1", "198.51.100.1"), "198.51.100.1 https outside");
    EXPECT_EQ(seen("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.2.3.4"), "198.51.100.1 https outside")
        << "what stands further left was written by the client";
    EXPECT_EQ(seen("::ffff:10.0.0.1", "2001:db8::7"), "2001:db8::7 https outside");
    EXPECT_EQ(seen("10.0.0.1", "198.51.100.1, garbage"), "10.0.0.1 https outside");
}

/// "206 from+length content-range" of a file of 1000 bytes.
std::string planned(std::vector<std::pair<std::string, std::string>> const& fields) {
    Headers asked;
    for (auto const& [name, value] : fields) asked.add(name, value);
    Response response;
    response.body = FileBody{.file = UniqueFd(), .size = 1000, .etag = "\"e\""};
    auto const part = plan_file(response, asked);
    return fmt::format("{} {}+{} {}", response.status, part.from, part.length,
                       response.headers.find("Content-Range").value_or("-"));
}

TEST(FileAnswer, RangesAreThoseOfTheRfc) {
    EXPECT_EQ(planned({}), "200 0+1000 -");
    EXPECT_EQ(planned({{"Range", "bytes=0-0"}}), "206 0+1 bytes 0-0/1000");
    EXPECT_EQ(planned({{"Range", "bytes=990-"}}), "206 990+10 bytes 990-999/1000");
    EXPECT_EQ(planned({{"Range", "bytes=-10"}}), "206 990+10 bytes 990-999/1000");
    EXPECT_EQ(planned({{"Range", "bytes=-2000"}}), "206 0+1000 bytes 0-999/1000");
    EXPECT_EQ(planned({{"Range", "bytes=5-2000"}}), "206 5+995 bytes 5-999/1000");
    EXPECT_EQ(planned({{"Range", "bytes=1000-"}}), "416 0+0 bytes */1000");
    EXPECT_EQ(planned({{"Range", "bytes=-0"}}), "416 0+0 bytes */1000");
    for (auto const* whole :
         {"bytes=0-1,5-6", "bytes=5-4", "items=0-1", "bytes=a-b", "bytes=", "bytes=-", "bytes=--5",
          "bytes=0x1-2", "bytes=99999999999999999999-", "bytes= 1-2"})
        EXPECT_EQ(planned({{"Range", whole}}), "200 0+1000 -") << whole;
    EXPECT_EQ(planned({{"Range", "bytes=0-0"}, {"If-Range", "\"e\""}}), "206 0+1 bytes 0-0/1000");
    EXPECT_EQ(planned({{"Range", "bytes=0-0"}, {"If-Range", "\"old\""}}), "200 0+1000 -");
    EXPECT_EQ(planned({{"Range", "bytes=0-0"}, {"If-Range", "W/\"e\""}}), "200 0+1000 -");
    EXPECT_EQ(planned({{"If-None-Match", "\"e\""}}), "304 0+0 -");
    EXPECT_EQ(planned({{"If-None-Match", "\"f\""}}), "200 0+1000 -");
}

TEST(Gzip, OnlyWhatIsTextAndAskedForBecomesSmaller) {
    auto const encoding = [](std::string_view accepted, std::string type, std::size_t size,
                             std::string also = "") {
        Headers asked;
        if (!accepted.empty()) asked.add("Accept-Encoding", std::string(accepted));
        Response response;
        response.headers.set("Content-Type", std::move(type));
        response.headers.set("ETag", "\"1\"");
        if (!also.empty()) response.headers.set(std::move(also), "x");
        response.body = std::string(size, 'a');
        compress(asked, response);
        bool const weak = response.headers.find("ETag") == "W/\"1\"";
        bool const small = std::get<std::string>(response.body).size() < size;
        EXPECT_EQ(weak, small);
        return std::string(response.headers.find("Content-Encoding").value_or("-"));
    };
    EXPECT_EQ(encoding("br, gzip", "application/json", 2000), "gzip");
    EXPECT_EQ(encoding("GZIP;q=0.5", "text/html; charset=utf-8", 2000), "gzip");
    EXPECT_EQ(encoding("", "application/json", 2000), "-");
    EXPECT_EQ(encoding("gzip;q=0", "application/json", 2000), "-");
    EXPECT_EQ(encoding("gzip;q=0.000", "application/json", 2000), "-");
    EXPECT_EQ(encoding("gzip", "application/json", 1023), "-");
    EXPECT_EQ(encoding("gzip", "video/mp4", 2000), "-");
    EXPECT_EQ(encoding("gzip", "application/json", 2000, "Set-Cookie"), "-");
}

}  // namespace
}  // namespace aiditor::api::net
