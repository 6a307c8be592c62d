#pragma once
/// Requests and answers as values. What reads them from sockets is api/net alone.

#include "base/file.hpp"
#include "base/result.hpp"
#include "service/api/principal.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace aiditor::api {

enum class Method : std::uint8_t { Get = 1, Head, Post, Put, Patch, Delete, Options };

/// Header fields in their order; names are compared without case.
class Headers {
public:
    void set(std::string name, std::string value);  ///< replaces those of that name
    void add(std::string name, std::string value);
    /// Of several with one name the first.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
    Method method = Method::Get;
    std::string path;                           ///< decoded, begins with '/', no dot segments
    std::map<std::string, std::string> query;   ///< decoded; a name given twice is refused
    std::map<std::string, std::string> params;  ///< what stood for {name} in the route's pattern
    Headers headers;
    std::string body;                   ///< empty for routes with an upload
    std::string address;                ///< of the client, behind trusted proxies
    std::string scheme = "http", host;  ///< as the client sees them
    std::string id;                     ///< req_..., also in the answer and in the log
    Principal principal;

    [[nodiscard]] std::optional<std::string> cookie(std::string_view name) const;
};

/// Part of an open file, sent without passing through memory. net answers Range, If-Range and
/// If-None-Match by `etag`.
struct FileBody {
    UniqueFd file;
    std::int64_t size = 0;
    std::string etag;  ///< with its quotes
};

/// Server-sent events or WebSocket messages. net asks again when `wake` was signalled or after
/// kEventPause; each call gives what is new after the last, already in JSON, oldest first. An error
/// ends the stream after it was sent as an event `error`.
struct EventSource {
    struct Event {
        std::string id, name, data;
    };
    std::function<Result<std::vector<Event>>()> next;
};

struct Response {
    int status = 200;
    Headers headers;
    std::variant<std::string, FileBody, EventSource> body;
};

/// Where the body of a large request goes, piece by piece, on a thread of the file pool. Destroyed
/// without finish() when the client went away: what was durable stays.
class BodySink {
public:
    virtual ~BodySink() = default;
    [[nodiscard]] virtual Result<> write(std::string_view bytes) = 0;
    [[nodiscard]] virtual Result<Response> finish() = 0;
};

using Handler = std::function<Result<Response>(Request const&)>;
/// Sees the request without its body and answers at once, or says where the body goes.
using UploadHandler = std::function<Result<std::unique_ptr<BodySink>>(Request const&)>;

}  // namespace aiditor::api
