#include "service/api/problem.hpp"

#include "base/json.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

namespace aiditor::api {
namespace {

constexpr std::array kKinds{
    ProblemKind{ErrorCode::Internal, 500, "Something went wrong on our side",
                "Try again; if it stays, tell whoever runs the service the request_id."},
    ProblemKind{ErrorCode::Usage, 400, "An option is wrong",
                "Correct the setting that the detail names."},
    ProblemKind{
        ErrorCode::NotFound, 404, "There is no such thing here",
        "Check the id and the path. What you may not see is answered like what is not there."},
    ProblemKind{ErrorCode::Unreadable, 500, "Something stored cannot be read",
                "Tell whoever runs the service the request_id; what is stored may be damaged."},
    ProblemKind{ErrorCode::BadMedia, 422, "The file is not a video that can be used",
                "Bring the file in another form; the detail says what is wrong with it."},
    ProblemKind{ErrorCode::LimitReached, 413, "More than a limit allows",
                "Send less; the detail names the limit."},
    ProblemKind{ErrorCode::BadJson, 400, "The JSON is not what is expected",
                "Correct what errors points at. Unknown keys are refused, except x_*."},
    ProblemKind{ErrorCode::NothingToDo, 422, "There is nothing to make a montage of",
                "Add clips, wait until they are ready, or ask for a shorter montage."},
    ProblemKind{ErrorCode::Unwritable, 500, "The result cannot be stored",
                "Try again; if it stays, tell whoever runs the service the request_id."},
    ProblemKind{ErrorCode::DiskFull, 507, "No space is left",
                "Whoever runs the service must make room; what was acknowledged is safe."},
    ProblemKind{ErrorCode::OutputIsInput, 409, "The result would overwrite its source",
                "Choose another name for the result."},
    ProblemKind{ErrorCode::SandboxFailed, 500, "Media cannot be worked on here",
                "Whoever runs the service finds out more with aiditor doctor."},
    ProblemKind{ErrorCode::ChildCrashed, 422, "The file broke the program that read it",
                "Bring the file in another form; other clips go on."},
    ProblemKind{ErrorCode::TimedOut, 503, "It took too long", "Try again later."},
    ProblemKind{ErrorCode::Cancelled, 409, "It was cancelled",
                "Start it again if it is still wanted."},
    ProblemKind{ErrorCode::NotSignedIn, 401, "Sign in first",
                "Sign in, renew the session, or send an API key."},
    ProblemKind{
        ErrorCode::NotAllowed, 403, "Not allowed",
        "Ask an admin of the workspace for the role or the scope. Browsers must send Origin."},
    ProblemKind{ErrorCode::Conflict, 409, "Its state forbids this",
                "Look at its state first, then decide anew."},
    ProblemKind{
        ErrorCode::Stale, 412, "Somebody changed it meanwhile",
        "Read it again, apply the change to what is there now, and send its ETag in If-Match."},
    ProblemKind{ErrorCode::TooOften, 429, "Too many requests",
                "Wait as many seconds as Retry-After says."},
    ProblemKind{ErrorCode::Unavailable, 503, "Not available right now",
                "Wait as many seconds as Retry-After says, then try again."},
    ProblemKind{ErrorCode::QuotaReached, 403, "The workspace may not have more",
                "Remove something, or ask for more room."},
    ProblemKind{ErrorCode::NotConfigured, 501, "Not set up on this installation",
                "Whoever runs the service can set it up; everything else works without."},
    ProblemKind{ErrorCode::Gone, 410, "It has ended", "Begin anew."},
    ProblemKind{ErrorCode::BadRequest, 400, "The request makes no sense",
                "Correct what the detail names."},
    ProblemKind{ErrorCode::Locked, 423, "Another request is at it right now",
                "Wait until the other request has ended, then go on."},
    // Not registered; of the checksum extension of tus 1.0.0.
    ProblemKind{ErrorCode::ChecksumMismatch, 460, "The bytes were damaged on their way",
                "Send the same bytes again from the last offset; these counted for nothing."},
    ProblemKind{ErrorCode::WrongVersion, 412, "The protocol is spoken in another version here",
                "Speak the version that the answer's headers name."},
};

/// "at /clips/3/start_s: must not be negative" in its two halves; see json::bad.
std::optional<ProblemAt> place_of(std::string_view message) {
    constexpr std::string_view kAt = "at ";
    auto const colon = message.find(": ");
    if (!message.starts_with(kAt) || colon == std::string_view::npos) return std::nullopt;
    auto const pointer = message.substr(kAt.size(), colon - kAt.size());
    if (pointer != "the top" && !pointer.starts_with('/')) return std::nullopt;
    return ProblemAt{.pointer = pointer == "the top" ? "" : std::string(pointer),
                     .detail = std::string(message.substr(colon + 2))};
}

}  // namespace

std::vector<FieldDoc> Problem::fields() {
    return {{"type", "Where this kind of problem is explained."},
            {"title", "The kind of problem in a few words."},
            {"status", "The HTTP status."},
            {"detail", "What is wrong this time, for people."},
            {"code", "The kind of problem, for programs; it never changes its meaning."},
            {"request_id", "Names this request in the logs."},
            {"errors", "Where the JSON is wrong, for the code bad_json."}};
}

ProblemKind const& problem_kind(ErrorCode code) {
    for (auto const& kind : kKinds)
        if (kind.code == code) return kind;
    return kKinds.front();
}

std::vector<ProblemKind> all_problem_kinds() { return {kKinds.begin(), kKinds.end()}; }

Response problem_response(Error const& error, std::string const& request_id,
                          std::optional<int> status) {
    auto const& kind = problem_kind(error.code);
    Problem problem{
        .type = fmt::format("/docs/problems#{}", code_name(error.code)),
        .title = std::string(kind.title),
        .status = status.value_or(kind.status),
        .detail = error.message,
        .code = std::string(code_name(error.code)),
        .request_id = request_id,
        .errors = std::nullopt,
    };
    // What failed inside names files and queries, which is nobody's business out there.
    if (problem.status == 500) problem.detail = fmt::format("It was logged as {}.", request_id);
    if (error.code == ErrorCode::BadJson)
        if (auto place = place_of(error.message)) problem.errors = {std::move(*place)};
    Response out;
    out.status = problem.status;
    out.headers.set("Content-Type", "application/problem+json");
    out.body = json::to_text(problem, json::Layout::OneLine);
    return out;
}

}  // namespace aiditor::api
