#pragma once
/// multipart/form-data with one file in it (RFC 7578, RFC 2046 section 5.1), as bytes come in.

#include "base/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace aiditor::uploads {

/// The boundary of a Content-Type: 1 to 70 of the characters that RFC 2046 allows. Errors:
/// BadRequest for another type or boundary.
[[nodiscard]] Result<std::string> multipart_boundary(std::string_view content_type);

/// Strict: no text before the first boundary, one part, which is a file; headers of at most
/// kMostHeaderBytes. Holds no more than that and a boundary in memory. One thread.
class MultipartFile {
public:
    static constexpr std::size_t kMostHeaderBytes = 4096;
    struct Events {
        std::function<Result<>(std::string const& name)> begin;  ///< the file's name, unchecked
        std::function<Result<>(std::string_view bytes)> bytes;   ///< of the file, in order
    };
    MultipartFile(std::string_view boundary, Events events);

    /// Errors: BadRequest for what is not as above; those of the events. Use no more after one.
    [[nodiscard]] Result<> feed(std::string_view bytes);
    /// Errors: BadRequest when the end was missing.
    [[nodiscard]] Result<> finish() const;

private:
    enum class Step : std::uint8_t { Opening = 1, Header, Body, Closing, Over };
    [[nodiscard]] Result<bool> go_on();
    [[nodiscard]] Result<bool> read_opening();
    [[nodiscard]] Result<bool> read_header();
    [[nodiscard]] Result<bool> read_body();
    [[nodiscard]] Result<bool> read_closing();

    std::string delimiter_;  // CRLF "--" boundary
    Events events_;
    Step step_ = Step::Opening;
    std::string held_;  // not yet understood
};

}  // namespace aiditor::uploads
