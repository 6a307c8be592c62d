#include "service/api/net/answer_head.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace aiditor::api::net {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 35> kReasons{{
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
}};

std::string_view reason(int status) {
    auto const found = std::ranges::find(kReasons, status, [](auto const& r) { return r.first; });
    return found == kReasons.end() ? "" : found->second;
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    for (char const c : value) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    out += "\r\n";
}

}  // namespace

std::string answer_head(Response const& response, AnswerFrame const& frame) {
    auto out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
    auto const now = static_cast<std::time_t>(machine_clock().now() / kMicrosPerSecond);
    add_line(out, "Date", fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(now)));
    for (auto const& [name, value] : response.headers) add_line(out, name, value);
    if (frame.length) add_line(out, "Content-Length", std::to_string(*frame.length));
    if (frame.chunked) add_line(out, "Transfer-Encoding", "chunked");
    if (frame.upgrade) add_line(out, "Connection", "Upgrade");
    else add_line(out, "Connection", frame.keep_alive ? "keep-alive" : "close");
    out += "\r\n";
    return out;
}

}  // namespace aiditor::api::net
