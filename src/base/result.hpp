#pragma once
/// Expected failure is a value: `Result<T>` holds a T or an `Error` with a stable code.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace aiditor {

/// What the caller can do about a failure. Numbers are public (JSON output): never renumber.
enum class ErrorCode : std::uint16_t {
    Internal = 1,          ///< our own bug
    Usage = 2,             ///< the command line or an option is wrong
    NotFound = 1000,       ///< no such file
    Unreadable = 1001,     ///< the file exists but cannot be read
    BadMedia = 1002,       ///< not a video that Aiditor can use
    LimitReached = 1003,   ///< larger, longer or more numerous than a named limit allows
    BadJson = 1004,        ///< a JSON value is malformed or has wrong keys
    NothingToDo = 1005,    ///< no input left that could make a montage
    Unwritable = 2000,     ///< the output cannot be written
    DiskFull = 2001,       ///< no space left for the output
    OutputIsInput = 2002,  ///< writing would overwrite an input
    SandboxFailed = 3000,  ///< the confined media process could not be started
    ChildCrashed = 3001,   ///< the media process died; the file is suspect
    TimedOut = 3002,       ///< the media process ran into its time limit
    Cancelled = 4000,      ///< the user asked to stop

    // What a service says; the HTTP status of each is in service/api/problem.cpp.
    NotSignedIn = 5000,       ///< nobody is known, or no longer
    NotAllowed = 5001,        ///< somebody is, and may not do this
    Conflict = 5002,          ///< it exists already, or is in a state that forbids this
    Stale = 5003,             ///< somebody changed it meanwhile (If-Match)
    TooOften = 5004,          ///< a rate limit
    Unavailable = 5005,       ///< a part of the service is away; again later
    QuotaReached = 5006,      ///< more than the workspace may have
    NotConfigured = 5007,     ///< the operator has not set this up
    Gone = 5008,              ///< it was there and has ended: a link, an upload
    BadRequest = 5009,        ///< a request that makes no sense, other than by its JSON
    Locked = 5010,            ///< another request is at it right now
    ChecksumMismatch = 5011,  ///< the bytes were damaged on their way
    WrongVersion = 5012,      ///< of a protocol; the answer names those that are spoken
};

/// One sentence for people: what is wrong, where, and what to do.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;

    /// Adds what the caller was doing, outermost first: "clip.mp4: frame 12: corrupt".
    [[nodiscard]] Error while_doing(std::string_view context) &&;
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
    return std::unexpected(Error{code, std::move(message)});
}

/// The name used in JSON output, e.g. "bad_media".
[[nodiscard]] std::string_view code_name(ErrorCode code);
/// The code of such a name; Internal for a text that is none.
[[nodiscard]] ErrorCode code_of_name(std::string_view name);

/// The process exit status for a failure; the table is in docs/cli.md.
[[nodiscard]] int exit_status(ErrorCode code);

}  // namespace aiditor

/// Evaluates to the value of a Result, or returns its error from the enclosing function.
/// A statement expression, which g++ and clang both have; it must not be used in coroutines.
#define TRY(...)                                                                \
    __extension__({                                                             \
        auto&& try_result = (__VA_ARGS__);                                      \
        if (!try_result) return std::unexpected(std::move(try_result).error()); \
        std::move(*try_result);                                                 \
    })

/// The same for Result<void>.
#define TRY_VOID(...)                                              \
    do {                                                           \
        if (auto&& try_result = (__VA_ARGS__); !try_result)        \
            return std::unexpected(std::move(try_result).error()); \
    } while (false)
