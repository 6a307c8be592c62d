#include "service/web/routes.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace aiditor::web {
namespace {

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kApiPage = "/docs";
constexpr api::RateLimit kPageRate{"pages", 1200, std::chrono::seconds(60)};

bool has_hash_in_name(std::string_view path) {
    return path.find("/assets/") != std::string_view::npos;
}

std::string id_of(std::string_view path) {
    std::string out = "page";
    for (char const c : path) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        out += plain ? c : '_';
    }
    return out;
}

api::Route page(std::string path, api::Handler handler) {
    return {.method = api::Method::Get,
            .pattern = path,
            .policy = {.access = api::Access::Public},
            .docs = {.id = id_of(path), .tag = "hidden", .summary = "A page for people"},
            .rules = {.rate = kPageRate, .most_body_bytes = 0},
            .request = std::nullopt,
            .answer = std::nullopt,
            .handler = std::move(handler)};
}

api::Route file_route(std::string path, File const& file) {
    return page(std::move(path), [&file](api::Request const& request) -> Result<api::Response> {
        return answer_of(file, request);
    });
}

}  // namespace

api::Response answer_of(File const& file, api::Request const& request) {
    api::Response out;
    out.headers.set("Content-Type", std::string(file.type));
    out.headers.set("Cache-Control", has_hash_in_name(file.path)
                                         ? "public, max-age=31536000, immutable"
                                         : "no-cache");
    if (!file.gzip.empty()) out.headers.set("Vary", "Accept-Encoding");
    auto const accepted = request.headers.find("Accept-Encoding");
    if (file.gzip.empty() || !accepted || !api::accepts_gzip(*accepted)) {
        out.headers.set("ETag", std::string(file.etag));
        out.body = std::string(file.bytes);
        return out;
    }
    out.headers.set("ETag", "W/" + std::string(file.etag));
    out.headers.set("Content-Encoding", "gzip");
    out.body = std::string(file.gzip);
    return out;
}

std::vector<api::Route> routes(std::span<File const> files) {
    std::vector<api::Route> out;
    for (auto const& file : files) {
        if (!file.path.ends_with(kIndex)) {
            out.push_back(file_route(std::string(file.path), file));
            continue;
        }
        std::string const folder(file.path.substr(0, file.path.size() - kIndex.size()));
        out.push_back(file_route(folder.empty() ? "/" : folder, file));
        if (folder != kApiPage) continue;
        out.push_back(file_route(folder + "/problems", file));
        out.push_back(page("/", [](api::Request const&) -> Result<api::Response> {
            api::Response answer;
            answer.status = 302;
            answer.headers.set("Location", std::string(kApiPage));
            return answer;
        }));
    }
    return out;
}

}  // namespace aiditor::web
