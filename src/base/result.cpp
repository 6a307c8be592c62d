#include "base/result.hpp"

#include <array>

namespace aiditor {
namespace {

struct CodeRow {
    ErrorCode code;
    std::string_view name;
    int exit_status;
};

/// The one table from failure to name and exit status (docs/cli.md shows it to people).
constexpr std::array kCodes{
    CodeRow{ErrorCode::Internal, "internal", 70},
    CodeRow{ErrorCode::Usage, "usage", 2},
    CodeRow{ErrorCode::NotFound, "not_found", 3},
    CodeRow{ErrorCode::Unreadable, "unreadable", 3},
    CodeRow{ErrorCode::BadMedia, "bad_media", 4},
    CodeRow{ErrorCode::LimitReached, "limit_reached", 4},
    CodeRow{ErrorCode::BadJson, "bad_json", 5},
    CodeRow{ErrorCode::NothingToDo, "nothing_to_do", 6},
    CodeRow{ErrorCode::Unwritable, "unwritable", 7},
    CodeRow{ErrorCode::DiskFull, "disk_full", 7},
    CodeRow{ErrorCode::OutputIsInput, "output_is_input", 7},
    CodeRow{ErrorCode::SandboxFailed, "sandbox_failed", 8},
    CodeRow{ErrorCode::ChildCrashed, "child_crashed", 8},
    CodeRow{ErrorCode::TimedOut, "timed_out", 8},
    CodeRow{ErrorCode::Cancelled, "cancelled", 130},
    CodeRow{ErrorCode::NotSignedIn, "not_signed_in", 9},
    CodeRow{ErrorCode::NotAllowed, "not_allowed", 9},
    CodeRow{ErrorCode::Conflict, "conflict", 9},
    CodeRow{ErrorCode::Stale, "stale", 9},
    CodeRow{ErrorCode::TooOften, "too_often", 9},
    CodeRow{ErrorCode::Unavailable, "unavailable", 9},
    CodeRow{ErrorCode::QuotaReached, "quota_reached", 9},
    CodeRow{ErrorCode::NotConfigured, "not_configured", 9},
    CodeRow{ErrorCode::Gone, "gone", 9},
    CodeRow{ErrorCode::BadRequest, "bad_request", 9},
    CodeRow{ErrorCode::Locked, "locked", 9},
    CodeRow{ErrorCode::ChecksumMismatch, "checksum_mismatch", 9},
    CodeRow{ErrorCode::WrongVersion, "wrong_version", 9},
};

CodeRow const& row_of(ErrorCode code) {
    for (auto const& row : kCodes)
        if (row.code == code) return row;
    return kCodes.front();
}

}  // namespace

Error Error::while_doing(std::string_view context) && {
    message.insert(0, std::string(context) + ": ");
    return std::move(*this);
}

std::string_view code_name(ErrorCode code) { return row_of(code).name; }
ErrorCode code_of_name(std::string_view name) {
    for (auto const& row : kCodes)
        if (row.name == name) return row.code;
    return ErrorCode::Internal;
}
int exit_status(ErrorCode code) { return row_of(code).exit_status; }

}  // namespace aiditor
