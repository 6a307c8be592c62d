/// One-time codes as a second factor. Each change asks for the password again.

#include "service/accounts/route_parts.hpp"
#include "service/accounts/routes.hpp"

namespace aiditor::accounts {
namespace {

using api::endpoint;
using api::Method;
using api::Request;
using api::Route;

struct OwnPassword {
    std::string password;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "password", .most = 1024, .format = "password"}};
    }
};
BOOST_DESCRIBE_STRUCT(OwnPassword, (), (password))

struct OneTimeCode {
    std::string code;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "code", .about = "Six digits of the authenticator app.", .most = 16}};
    }
};
BOOST_DESCRIBE_STRUCT(OneTimeCode, (), (code))

struct RecoveryCodes {
    std::vector<std::string> recovery_codes;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "recovery_codes",
                 .about = "Each good once, in place of a code; shown only now."}};
    }
};
BOOST_DESCRIBE_STRUCT(RecoveryCodes, (), (recovery_codes))

constexpr std::string_view kPasswordExample = R"({"password": "correct horse battery"})";
constexpr std::string_view kCodesExample = R"({"recovery_codes": ["abcde-fghij", "klmno-pqrst"]})";

api::RouteDocs docs(std::string id, std::string summary, std::string_view example,
                    std::string_view answer, std::vector<ErrorCode> problems) {
    return {.id = std::move(id),
            .tag = "second_factor",
            .summary = std::move(summary),
            .request_example = std::string(example),
            .answer_example = std::string(answer),
            .problems = std::move(problems)};
}

Result<> check_password(Accounts& a, Request const& r, OwnPassword const& body) {
    return not_allowed_if_wrong(a.users.check_own_password(r.principal.user_id, body.password));
}

Route begin_route(Accounts& a) {
    return endpoint<OwnPassword, TotpBegun>(
        Method::Post, "/api/v1/me/second_factor/begin", kSignedIn,
        docs("begin_second_factor", "A secret for your authenticator app; nothing changes yet",
             kPasswordExample,
             R"({"secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "link": "otpauth://totp/Aiditor)"
             R"(:ann%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Aiditor"})",
             {ErrorCode::NotAllowed, ErrorCode::Conflict}),
        [&a](Request const& r, OwnPassword const& body) -> Result<TotpBegun> {
            TRY_VOID(check_password(a, r, body));
            return a.second_factor.begin(r.principal.user_id);
        },
        {.rate = kSecretRate});
}

Route confirm_route(Accounts& a) {
    return endpoint<OneTimeCode, RecoveryCodes>(
        Method::Post, "/api/v1/me/second_factor/confirm", kSignedIn,
        docs("confirm_second_factor", "Ask for codes from now on", R"({"code": "123456"})",
             kCodesExample, {ErrorCode::NotAllowed, ErrorCode::Conflict}),
        [&a](Request const& r, OneTimeCode const& body) -> Result<RecoveryCodes> {
            auto codes = TRY(not_allowed_if_wrong(
                a.second_factor.confirm(r.principal.user_id, body.code, r.principal.session_id)));
            a.sessions.forget();  // this session has shown it
            return RecoveryCodes{std::move(codes)};
        },
        {.rate = kSecretRate});
}

Route renew_route(Accounts& a) {
    return endpoint<OwnPassword, RecoveryCodes>(
        Method::Post, "/api/v1/me/second_factor/recovery_codes", kSignedIn,
        docs("renew_recovery_codes", "New recovery codes; the old ones end", kPasswordExample,
             kCodesExample, {ErrorCode::NotAllowed, ErrorCode::Conflict}),
        [&a](Request const& r, OwnPassword const& body) -> Result<RecoveryCodes> {
            TRY_VOID(check_password(a, r, body));
            if (!TRY(a.users.get(r.principal.user_id)).totp)
                return fail(ErrorCode::Conflict, "there is no second factor; add one first");
            return RecoveryCodes{TRY(a.second_factor.renew_codes(r.principal.user_id))};
        },
        {.rate = kSecretRate});
}

Route remove_route(Accounts& a) {
    return endpoint<OwnPassword, void>(
        Method::Post, "/api/v1/me/second_factor/remove", kSignedIn,
        docs("remove_second_factor", "Ask for no codes any more", kPasswordExample, "",
             {ErrorCode::NotAllowed}),
        [&a](Request const& r, OwnPassword const& body) -> Result<> {
            TRY_VOID(check_password(a, r, body));
            TRY_VOID(a.second_factor.remove(r.principal.user_id, r.principal.user_id));
            a.sessions.forget();
            return {};
        },
        {.rate = kSecretRate});
}

}  // namespace

std::vector<Route> second_factor_routes(Accounts& accounts) {
    std::vector<Route> out;
    for (auto const make : {begin_route, confirm_route, renew_route, remove_route})
        out.push_back(make(accounts));
    return out;
}

}  // namespace aiditor::accounts
