#pragma once
/// The head of an answer as text.

#include "service/api/http.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace aiditor::api::net {

struct AnswerFrame {
    std::optional<std::int64_t> length{};  ///< Content-Length; none for 204, 304 and streams
    bool keep_alive = true;
    bool chunked = false;
    bool upgrade = false;  ///< Connection: Upgrade
};

/// Status line, headers with Date, the empty line. Control characters in values become spaces: a
/// value that came from a client must not end a line.
[[nodiscard]] std::string answer_head(Response const& response, AnswerFrame const& frame);

}  // namespace aiditor::api::net
