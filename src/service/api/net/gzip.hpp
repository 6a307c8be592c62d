#pragma once
/// Smaller answers for clients that ask for them.

#include "service/api/http.hpp"

namespace aiditor::api::net {

inline constexpr std::size_t kLeastToCompress = 1024;

/// Compresses a text or JSON body of kLeastToCompress bytes and more when Accept-Encoding allows
/// gzip, weakens its ETag and says Vary. Answers that set cookies stay as they are: their length
/// must not tell about secrets beside what a request chose.
void compress(Headers const& asked, Response& response);

}  // namespace aiditor::api::net
