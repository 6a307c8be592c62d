#pragma once
/// Which bytes of a file a request asks for (RFC 9110 sections 13 and 14).

#include "service/api/http.hpp"

#include <cstdint>

namespace aiditor::api::net {

struct FilePart {
    std::int64_t from = 0, length = 0;  ///< in bytes; length 0 sends none
};

/// Sets status, ETag, Accept-Ranges and Content-Range of `response`, which holds a FileBody of
/// status 200, and says what is to be sent. One range is answered by 206, one that lies behind the
/// end by 416; several, a malformed one or another unit by the whole file; If-None-Match by 304; an
/// If-Range that names another tag makes the file whole again.
[[nodiscard]] FilePart plan_file(Response& response, Headers const& asked);

}  // namespace aiditor::api::net
