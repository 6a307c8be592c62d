#pragma once
/// Failures as answers: problem details of RFC 9457.

#include "base/result.hpp"
#include "service/api/http.hpp"
#include "service/api/schema.hpp"

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aiditor::api {

/// One place in a request body that is wrong.
struct ProblemAt {
    std::string pointer;  ///< JSON pointer, RFC 6901
    std::string detail;
};
BOOST_DESCRIBE_STRUCT(ProblemAt, (), (pointer, detail))

/// The body of every answer from 400 up, as application/problem+json.
struct Problem {
    std::string type;    ///< "/docs/problems#" and the code; stable
    std::string title;   ///< of the code; stable
    int status = 0;      ///< the HTTP status
    std::string detail;  ///< one sentence about this very case
    std::string code;    ///< stable, for programs; see code_name
    std::string request_id;
    std::optional<std::vector<ProblemAt>> errors;  ///< for code bad_json

    static std::vector<FieldDoc> fields();
};
BOOST_DESCRIBE_STRUCT(Problem, (), (type, title, status, detail, code, request_id, errors))

/// How a code is told over HTTP; the one table. Codes that a request cannot cause are 500.
struct ProblemKind {
    ErrorCode code;
    int status;
    std::string_view title;
    std::string_view remedy;  ///< what whoever asked can do now; plain text, for people
};
[[nodiscard]] ProblemKind const& problem_kind(ErrorCode code);
/// All codes, in the order of ErrorCode.
[[nodiscard]] std::vector<ProblemKind> all_problem_kinds();

/// The answer for a failure; `status` is other than the table's where HTTP has a closer one (405,
/// 415, 431). What an Internal failure was is for the log and never in the answer.
[[nodiscard]] Response problem_response(Error const& error, std::string const& request_id,
                                        std::optional<int> status = std::nullopt);

}  // namespace aiditor::api
