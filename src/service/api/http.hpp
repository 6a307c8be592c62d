#pragma once
/// Requests and answers as values. What reads them from sockets is api/net alone.

#include "base/file.hpp"
#include "base/result.hpp"
#include "service/api/principal.hpp"

#include <chrono>
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

/// "GET"; the other way exactly those texts (RFC 9110 section 9.1: with case).
[[nodiscard]] std::string_view method_name(Method method);
[[nodiscard]] std::optional<Method> method_of_name(std::string_view name);

/// Whether two header names are one (RFC 9110 section 5.1: without case).
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

/// Header fields in their order; names are compared without case.
class Headers {
public:
    void set(std::string name, std::string value);  ///< replaces those of that name
    void add(std::string name, std::string value);
    /// Of several with one name the first.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
    [[nodiscard]] std::size_t size() const { return fields_.size(); }
    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
    Method method = Method::Get;
    std::string path;          ///< decoded, begins with '/', no dot segments
    std::string_view pattern;  ///< of the route; lives as long as the service
    std::map<std::string, std::string, std::less<>>
        query;  ///< decoded; a name given twice is refused
    std::map<std::string, std::string, std::less<>>
        params;  ///< what stood for {name} in the route's pattern
    Headers headers;
    std::string body;                   ///< empty for routes with an upload
    std::string address;                ///< of the client, behind trusted proxies
    std::string scheme = "http", host;  ///< as the client sees them
    std::string id;                     ///< req_..., also in the answer and in the log
    Principal principal;

    /// Of several with one name the first (RFC 6265 section 5.4 sends the most specific first).
    [[nodiscard]] std::optional<std::string> cookie(std::string_view name) const;
    /// A parameter of the path, which the route's pattern has.
    [[nodiscard]] std::string const& param(std::string_view name) const;
    /// A parameter of the query; the service has checked it against the route's list.
    [[nodiscard]] std::optional<std::string> query_text(std::string_view name) const;
    [[nodiscard]] std::optional<std::int64_t> query_number(std::string_view name) const;
};

/// Whether a list of entity tags (If-Match, If-None-Match) names `etag`, which has its quotes, or
/// is "*". A leading W/ is passed over on both sides: tags name versions of an object, and net
/// weakens them when it compresses.
[[nodiscard]] bool lists_etag(std::string_view list, std::string_view etag);

/// Whether a list of codings (Accept-Encoding, RFC 9110 section 12.5.3) allows gzip by name.
[[nodiscard]] bool accepts_gzip(std::string_view list);

/// Part of an open file, sent without passing through memory. net answers Range, If-Range and
/// If-None-Match by `etag`.
struct FileBody {
    UniqueFd file;
    std::int64_t size = 0;
    std::string etag{};  ///< with its quotes; empty has none
};

/// What a client hears as it happens: by server-sent events, or by WebSocket messages when it asked
/// for an upgrade. net calls `next` on a handler thread, at first, then whenever Server::wake was
/// called with `topic`, and at the latest after `pause`. Each call gives what is new since the
/// last, oldest first. An error ends the stream after it was sent as an event "error". Where a
/// stream begins is the handler's to know: by Last-Event-ID, which only server-sent events have, or
/// by a parameter of the query.
struct EventSource {
    struct Event {
        std::string id{};    ///< without line breaks; may be empty
        std::string name{};  ///< without line breaks
        std::string data{};  ///< one JSON text
    };
    std::function<Result<std::vector<Event>>()> next;
    std::string topic{};
    std::chrono::milliseconds pause{5000};
};

/// Content-Type of a text body is application/json when the headers have none.
struct Response {
    int status = 200;
    Headers headers{};
    std::variant<std::string, FileBody, EventSource> body{};
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
