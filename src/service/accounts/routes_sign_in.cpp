/// Signing in and out, and staying signed in.

#include "service/accounts/cookies.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/route_parts.hpp"
#include "service/accounts/routes.hpp"
#include "service/api/problem.hpp"

#include <fmt/format.h>

namespace aiditor::accounts {
namespace {

using api::endpoint;
using api::Method;
using api::Reply;
using api::Request;
using api::Route;

struct SignInRequest {
    std::string email, password;
    std::optional<std::string> code;
    std::optional<bool> tokens;
    std::optional<std::string> device;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "email", .most = 254, .format = "email"},
                {.name = "password", .most = 1024, .format = "password"},
                {.name = "code",
                 .about = "Six digits of the authenticator app, or a recovery code, when the "
                          "answer was second_factor_needed.",
                 .most = 64},
                {.name = "tokens",
                 .about = "True: the tokens come in the answer, for programs; else as cookies."},
                {.name = "device",
                 .about = "For programs, what an earlier answer gave: guesses of strangers do not "
                          "lock out a known device.",
                 .most = 256}};
    }
};
BOOST_DESCRIBE_STRUCT(SignInRequest, (), (email, password, code, tokens, device))

/// Tokens are there only where they were asked for, and nothing but the flag when it is set.
struct SignInAnswer {
    bool second_factor_needed = false;
    std::optional<std::string> user_id, session_id, access_token;
    std::optional<std::int64_t> expires_in_s;
    std::optional<std::string> refresh_token, device;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "second_factor_needed",
                 .about = "The password is right and nobody is signed in yet: send it again, with "
                          "`code`."},
                {.name = "access_token", .about = "For the header Authorization: Bearer TOKEN."},
                {.name = "expires_in_s", .about = "How long the access token is good."},
                {.name = "refresh_token",
                 .about = "Good once, for the next pair of tokens; a second use ends the session."},
                {.name = "device", .about = "Keep it and send it when signing in again."}};
    }
};
BOOST_DESCRIBE_STRUCT(SignInAnswer, (),
                      (second_factor_needed, user_id, session_id, access_token, expires_in_s,
                       refresh_token, device))

struct RefreshRequest {
    std::optional<std::string> refresh_token;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "refresh_token",
                 .about = "Of a program; a browser sends {} and has it in a cookie.",
                 .most = 256}};
    }
};
BOOST_DESCRIBE_STRUCT(RefreshRequest, (), (refresh_token))

constexpr std::string_view kAnswerExample =
    R"({"second_factor_needed": false, "user_id": "user_018f3c2e5b7a7c3d9e4f5a6b7c8d9e0f",
        "session_id": "sess_018f3c2e5b7a7c3d9e4f5a6b7c8d9e10"})";

void take_cookies(Request const& r, api::Headers& headers) {
    for (auto const cookie : {Cookie::Access, Cookie::Refresh})
        headers.add("Set-Cookie", set_cookie(cookie, r.scheme, ""));
}

/// The tokens, where they belong.
Reply<SignInAnswer> answer_of(Request const& r, SessionTokens const& tokens,
                              std::string const& access, std::string const& device,
                              bool in_answer) {
    Reply<SignInAnswer> out;
    out.value.user_id = tokens.user_id;
    out.value.session_id = tokens.session_id;
    if (in_answer) {
        out.value.access_token = access;
        out.value.expires_in_s = kAccessLifetime / kMicrosPerSecond;
        out.value.refresh_token = tokens.refresh_token;
        if (!device.empty()) out.value.device = device;
        return out;
    }
    out.headers.add("Set-Cookie", set_cookie(Cookie::Access, r.scheme, access));
    out.headers.add("Set-Cookie", set_cookie(Cookie::Refresh, r.scheme, tokens.refresh_token));
    if (!device.empty())
        out.headers.add("Set-Cookie", set_cookie(Cookie::Device, r.scheme, device));
    return out;
}

Result<api::Response> refused(Request const& r, SignInRefusal const& refusal) {
    switch (refusal.kind) {
    case SignInRefusal::Kind::NeedsCode: {
        SignInAnswer out;
        out.second_factor_needed = true;
        return api::detail::to_response<SignInAnswer>(out);
    }
    case SignInRefusal::Kind::NotVerified:
        return fail(ErrorCode::NotAllowed,
                    "confirm your address first, by the link that was mailed to it");
    case SignInRefusal::Kind::Suspended:
        return fail(ErrorCode::NotAllowed, "this account is suspended; ask the operator");
    case SignInRefusal::Kind::TooOften: {
        auto out = api::problem_response(
            {ErrorCode::TooOften,
             fmt::format("too many wrong attempts; again in {} s", refusal.wait_s)},
            r.id);
        out.headers.set("Retry-After", std::to_string(refusal.wait_s));
        return out;
    }
    case SignInRefusal::Kind::Wrong: break;
    }
    return fail(ErrorCode::NotSignedIn, "address, password or code is not right");
}

Result<api::Response> sign_in(Accounts& a, Request const& r) {
    auto const body = TRY(api::read_body<SignInRequest>(r.body));
    bool const in_answer = body.tokens.value_or(false);
    auto const device = in_answer ? body.device.value_or("") : cookie_of(r, Cookie::Device);
    auto const done = TRY(a.sign_in.with_password(
        {.email = body.email, .password = body.password, .code = body.code, .device = device},
        client_of(r)));
    if (!done) return refused(r, done.error());
    return api::detail::to_response<SignInAnswer>(
        answer_of(r, done->tokens, done->access_token, done->device, in_answer));
}

Route sign_in_route(Accounts& a) {
    // Made by hand, for the Retry-After of an answer that is no success.
    return {.method = Method::Post,
            .pattern = "/api/v1/auth/sign_in",
            .policy = kAnybody,
            .docs = {.id = "sign_in",
                     .tag = "sign_in",
                     .summary = "Sign in with a password",
                     .details = "Where a second factor is in use the first answer is "
                                "`second_factor_needed`: send the same with `code`. Wrong attempts "
                                "make the next ones wait.",
                     .request_example = R"({"email": "ann@example.org",
                                            "password": "correct horse battery"})",
                     .answer_example = std::string(kAnswerExample),
                     .problems = {ErrorCode::NotSignedIn, ErrorCode::NotAllowed}},
            .rules = {.success = 200, .rate = kSignInRate},
            .request = api::shape_of<SignInRequest>(),
            .answer = api::shape_of<SignInAnswer>(),
            .handler = [&a](Request const& r) { return sign_in(a, r); }};
}

Route refresh_route(Accounts& a) {
    return endpoint<RefreshRequest, SignInAnswer>(
        Method::Post, "/api/v1/auth/refresh", kAnybody,
        {.id = "refresh",
         .tag = "sign_in",
         .summary = "Stay signed in: the next pair of tokens",
         .details = "The same token sent again within ten seconds gets the same answer, so that a "
                    "lost reply costs nothing; later it ends the session, because it is in two "
                    "hands.",
         .request_example = "{}",
         .answer_example = std::string(kAnswerExample),
         .problems = {ErrorCode::NotSignedIn}},
        [&a](Request const& r, RefreshRequest const& body) -> Result<Reply<SignInAnswer>> {
            auto const token =
                body.refresh_token ? *body.refresh_token : cookie_of(r, Cookie::Refresh);
            auto const next = TRY(a.sessions.rotate(token, client_of(r)));
            return answer_of(r, next, a.access.issue(next.user_id, next.session_id), "",
                             body.refresh_token.has_value());
        },
        {.rate = kRefreshRate});
}

Route sign_out_route(Accounts& a) {
    return endpoint<RefreshRequest, void>(
        Method::Post, "/api/v1/auth/sign_out", kAnybody,
        {.id = "sign_out",
         .tag = "sign_in",
         .summary = "End this session",
         .details = "By the access token, or by the refresh token when that has run out.",
         .request_example = "{}"},
        [&a](Request const& r, RefreshRequest const& body) -> Result<Reply<void>> {
            Reply<void> out;
            take_cookies(r, out.headers);
            auto session = r.principal.session_id, user = r.principal.user_id;
            if (session.empty()) {
                auto const token =
                    body.refresh_token ? *body.refresh_token : cookie_of(r, Cookie::Refresh);
                auto const known = a.sessions.rotate(token, client_of(r));
                if (!known && known.error().code != ErrorCode::NotSignedIn)
                    return std::unexpected(known.error());
                if (!known) return out;
                session = known->session_id;
                user = known->user_id;
            }
            auto const ended = a.sessions.revoke(session, user);
            if (!ended && ended.error().code != ErrorCode::NotFound)
                return std::unexpected(ended.error());
            return out;
        },
        {.rate = kRefreshRate});
}

Route sign_out_everywhere_route(Accounts& a) {
    return endpoint<void, void>(Method::Post, "/api/v1/auth/sign_out_everywhere", kSignedIn,
                                {.id = "sign_out_everywhere",
                                 .tag = "sign_in",
                                 .summary = "End all your sessions, this one too"},
                                [&a](Request const& r) -> Result<Reply<void>> {
                                    TRY_VOID(a.sessions.end_all(r.principal.user_id, r.address));
                                    Reply<void> out;
                                    take_cookies(r, out.headers);
                                    return out;
                                });
}

}  // namespace

std::vector<Route> sign_in_routes(Accounts& accounts) {
    std::vector<Route> out;
    out.push_back(sign_in_route(accounts));
    out.push_back(refresh_route(accounts));
    out.push_back(sign_out_route(accounts));
    out.push_back(sign_out_everywhere_route(accounts));
    return out;
}

}  // namespace aiditor::accounts
