#include "service/api/net/http_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <fmt/format.h>

namespace aiditor::api::net {
namespace {

namespace http = boost::beast::http;

std::unexpected<Refusal> refuse(std::string_view why, int status = 400) {
    auto const code =
        status == 413 || status == 431 ? ErrorCode::LimitReached : ErrorCode::BadRequest;
    return std::unexpected(Refusal{status, Error{code, std::string(why)}});
}

/// Lines end in CR LF and nowhere else is either of them; no line begins with a space (obs-fold).
Read<> check_lines(std::string_view head, std::size_t most_fields) {
    std::size_t lines = 0;
    for (std::size_t i = 0; i + 2 < head.size(); ++i) {
        if (head[i] != '\n') continue;
        ++lines;
        if (head[i + 1] == ' ' || head[i + 1] == '\t') return refuse("a header field is folded");
    }
    if (lines > most_fields + 1) return refuse("too many header fields", 431);
    return {};
}

bool is_decimal(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// How long the body is: one plain Content-Length, or "chunked", or none of both.
Read<> read_framing(Head& head) {
    auto const lengths = head.headers.count("Content-Length");
    auto const codings = head.headers.count("Transfer-Encoding");
    if (lengths > 1 || codings > 1 || (lengths == 1 && codings == 1))
        return refuse("the length of the body is given twice");
    if (codings == 1) {
        if (head.is_http_10) return refuse("HTTP/1.0 has no Transfer-Encoding");
        if (!same_name(*head.headers.find("Transfer-Encoding"), "chunked"))
            return refuse("the only Transfer-Encoding here is chunked", 501);
        head.chunked = true;
    }
    if (lengths == 1) {
        auto const text = *head.headers.find("Content-Length");
        auto const [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), head.length);
        if (!is_decimal(text) || error != std::errc{})
            return refuse("Content-Length is not a number");
    }
    return {};
}

bool is_host(std::string_view host) {
    return !host.empty() && std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
    });
}

Read<> read_host(Head& head) {
    auto const hosts = head.headers.count("Host");
    if (hosts > 1 || (hosts == 0 && !head.is_http_10)) return refuse("there must be one Host");
    if (hosts == 1) head.host = *head.headers.find("Host");
    if (hosts == 1 && !is_host(head.host)) return refuse("Host is no name");
    for (std::string_view const scheme : {"http://", "https://"}) {  // RFC 9112 section 3.2.2
        if (!head.target.starts_with(scheme)) continue;
        auto const slash = std::min(head.target.find('/', scheme.size()), head.target.size());
        if (head.target.substr(scheme.size(), slash - scheme.size()) != head.host)
            return refuse("the target names another host than Host");
        head.target.erase(0, slash);
        if (head.target.empty()) head.target = "/";
        return {};
    }
    return {};
}

}  // namespace

Read<std::optional<HttpReader::Found>> HttpReader::find_head(std::string_view bytes) {
    for (; scanned_ < bytes.size(); ++scanned_) {
        if (scanned_ >= limits_.most_bytes) return refuse("the header is too large", 431);
        char const c = bytes[scanned_], before = scanned_ == 0 ? ' ' : bytes[scanned_ - 1];
        if (c == '\0' || (c == '\n') != (before == '\r'))
            return refuse("a line does not end in CR LF");
        if (c != '\n' || !bytes.substr(0, scanned_ + 1).ends_with("\r\n\r\n")) continue;
        auto const size = std::exchange(scanned_, 0) + 1;
        auto head = parse_head(bytes.substr(0, size));
        if (!head) return std::unexpected(std::move(head).error());
        return Found{.head = *std::move(head), .size = size};
    }
    return std::nullopt;
}

Read<Head> HttpReader::parse_head(std::string_view bytes) {
    if (auto ok = check_lines(bytes, limits_.most_fields); !ok)
        return std::unexpected(std::move(ok).error());
    http::request_parser<http::buffer_body> beast;
    beast.header_limit(static_cast<std::uint32_t>(limits_.most_bytes));
    beast.body_limit(boost::none);
    boost::system::error_code ec;
    beast.put(boost::asio::buffer(bytes), ec);
    if (ec || !beast.is_header_done())
        return refuse(fmt::format("not an HTTP/1.1 request ({})", ec.message()));
    auto const& message = beast.get();
    if (message.version() != 11 && message.version() != 10)
        return refuse("only HTTP/1.1 and HTTP/1.0 are spoken here", 505);
    auto const method = method_of_name(std::string_view(message.method_string()));
    if (!method) return refuse("there is no such method here", 501);
    Head head{.method = *method,
              .target = std::string(message.target()),
              .headers = {},
              .host = {},
              .is_http_10 = message.version() == 10};
    for (auto const& field : message)
        head.headers.add(std::string(field.name_string()), std::string(field.value()));
    if (auto ok = read_framing(head); !ok) return std::unexpected(std::move(ok).error());
    if (auto ok = read_host(head); !ok) return std::unexpected(std::move(ok).error());
    head.keep_alive = message.keep_alive();
    if (auto const expects = head.headers.find("Expect")) {
        if (!same_name(*expects, "100-continue")) return refuse("unknown expectation", 417);
        head.expects_continue = !head.is_http_10;
    }
    remaining_ = head.length;
    chunks_.reset();
    if (head.chunked) chunks_.emplace(limits_.most_bytes);
    return head;
}

Read<HttpReader::Step> HttpReader::read_body(std::string_view in, std::span<char> out) {
    if (!chunks_) {
        auto const most =
            static_cast<std::size_t>(std::min<std::uint64_t>({remaining_, in.size(), out.size()}));
        in.copy(out.data(), most);
        remaining_ -= most;
        return Step{.taken = most, .put = most, .done = remaining_ == 0};
    }
    auto const step = chunks_->read(in, out);
    if (!step.ok) return refuse("the chunks of the body are malformed");
    return Step{.taken = step.taken, .put = step.put, .done = chunks_->is_done()};
}

}  // namespace aiditor::api::net
