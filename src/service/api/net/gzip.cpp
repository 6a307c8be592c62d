#include "service/api/net/gzip.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <zlib.h>

namespace aiditor::api::net {
namespace {

constexpr int kLevel = 5, kGzipWindow = 15 + 16, kMemory = 8;

bool is_text(std::string_view type) {
    constexpr std::array<std::string_view, 5> kTypes{"text/", "application/json",
                                                     "application/problem+json",
                                                     "application/javascript", "image/svg+xml"};
    return std::ranges::any_of(kTypes, [&](auto known) { return type.starts_with(known); });
}

/// Empty when zlib has no memory.
std::string gzip(std::string const& text) {
    z_stream z{};
    if (deflateInit2(&z, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
        return {};
    std::string out(deflateBound(&z, text.size()), '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    bool const done = deflate(&z, Z_FINISH) == Z_STREAM_END;
    out.resize(done ? z.total_out : 0);
    deflateEnd(&z);
    return out;
}

}  // namespace

void compress(Headers const& asked, Response& response) {
    auto* body = std::get_if<std::string>(&response.body);
    auto const type = response.headers.find("Content-Type");
    if (!body || !type || body->size() < kLeastToCompress || body->size() > UINT32_MAX) return;
    if (!is_text(*type) || response.headers.find("Content-Encoding") ||
        response.headers.find("Set-Cookie"))
        return;
    response.headers.add("Vary", "Accept-Encoding");
    auto const accepted = asked.find("Accept-Encoding");
    if (!accepted || !accepts_gzip(*accepted)) return;
    auto small = gzip(*body);
    if (small.empty() || small.size() >= body->size()) return;
    *body = std::move(small);
    response.headers.set("Content-Encoding", "gzip");
    if (auto const etag = response.headers.find("ETag"); etag && !etag->starts_with("W/"))
        response.headers.set("ETag", "W/" + std::string(*etag));
}

}  // namespace aiditor::api::net
