#pragma once
/// The request target: the path and the query of a URL, decoded once and never again.

#include "base/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace aiditor::api {

inline constexpr std::size_t kMostTargetBytes = 8U << 10;
inline constexpr std::size_t kMostQueryParameters = 100;

struct Target {
    std::string path;                                       ///< begins with '/'
    std::map<std::string, std::string, std::less<>> query;  ///< '+' stands for a space
};

/// Origin-form of RFC 9112 section 3.2.1. Errors: BadRequest for a target that is too long, does
/// not begin with '/', holds a fragment, control characters, bytes outside ASCII, a wrong percent
/// escape, an escaped NUL, control character, slash or backslash (which would be read differently
/// by different readers), text that is not UTF-8, a segment "." or ".." or an empty one before the
/// end, or names a parameter twice.
[[nodiscard]] Result<Target> parse_target(std::string_view text);

/// Bytes for one path segment or one query value, escaped for a URL.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace aiditor::api
