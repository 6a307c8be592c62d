#pragma once
/// The headers of tus 1.0.0 (https://tus.io/protocols/resumable-upload), read and written.

#include "service/api/http.hpp"
#include "service/uploads/uploads.hpp"

#include <map>

namespace aiditor::uploads {

inline constexpr std::string_view kTusVersion = "1.0.0";
inline constexpr std::string_view kTusExtensions =
    "creation,creation-with-upload,expiration,checksum,termination";
inline constexpr std::string_view kTusChecksums = "sha1,sha256";
inline constexpr std::size_t kMostMetadataBytes = 4096;
inline constexpr std::size_t kMostMetadataPairs = 16;

/// Errors: WrongVersion without Tus-Resumable: 1.0.0.
[[nodiscard]] Result<> check_version(api::Request const& request);

/// A header that is a number of bytes: digits alone, below 2^53. Errors: BadRequest, also without
/// it.
[[nodiscard]] Result<std::int64_t> count_header(api::Request const& request, std::string_view name);

/// "key base64,key base64,key": keys of visible ASCII without comma, each once. Errors: BadRequest.
[[nodiscard]] Result<std::map<std::string, std::string, std::less<>>> parse_metadata(
    std::string_view text);

/// "sha1 base64" or "sha256 base64". Errors: BadRequest.
[[nodiscard]] Result<Expected> parse_checksum(std::string_view text);

/// What an answer says about an upload: Upload-Offset, Upload-Expires while it is open, and
/// Aiditor-Clip-Id once it is done.
void add_progress(api::Headers& headers, Upload const& upload);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
[[nodiscard]] std::string http_date(UtcMicros at);

}  // namespace aiditor::uploads
