/// How people come, and come back: registering, proving an address, forgotten passwords, and the
/// first operator.

#include "service/accounts/route_parts.hpp"
#include "service/accounts/routes.hpp"

namespace aiditor::accounts {
namespace {

using api::endpoint;
using api::Method;
using api::Request;
using api::Route;

api::FieldDoc const kEmail{.name = "email", .most = 254, .format = "email"};
api::FieldDoc const kPassword{.name = "password",
                              .about = "8 to 128 characters; the commonest are refused.",
                              .most = 1024,
                              .format = "password"};
api::FieldDoc const kSecret{
    .name = "secret", .about = "What stands behind # in the link.", .most = 128};

/// What somebody who has no account needs to know.
struct SignUpOptions {
    Registration registration = Registration::Closed;
    bool mail = false;
    static std::vector<api::FieldDoc> fields() {
        return {{.name = "registration", .about = "Who may register: open, invite or closed."},
                {.name = "mail",
                 .about = "Whether mails are sent: then an address must be confirmed before "
                          "signing in, and a forgotten password can be reset by mail."}};
    }
};
BOOST_DESCRIBE_STRUCT(SignUpOptions, (), (registration, mail))

struct NewAccount {
    std::string email, password;
    std::optional<std::string> invite;
    static std::vector<api::FieldDoc> fields() {
        return {kEmail,
                kPassword,
                {.name = "invite", .about = "What stands behind # in the invite.", .most = 128}};
    }
};
BOOST_DESCRIBE_STRUCT(NewAccount, (), (email, password, invite))

struct SecretAndPassword {
    std::string secret, password;
    static std::vector<api::FieldDoc> fields() { return {kSecret, kPassword}; }
};
BOOST_DESCRIBE_STRUCT(SecretAndPassword, (), (secret, password))

struct WhoseReset {
    std::string email;
    static std::vector<api::FieldDoc> fields() { return {kEmail}; }
};
BOOST_DESCRIBE_STRUCT(WhoseReset, (), (email))

struct FirstOperator {
    std::string secret, email, password;
    static std::vector<api::FieldDoc> fields() { return {kSecret, kEmail, kPassword}; }
};
BOOST_DESCRIBE_STRUCT(FirstOperator, (), (secret, email, password))

struct MadeUser {
    std::string user_id;
};
BOOST_DESCRIBE_STRUCT(MadeUser, (), (user_id))

constexpr std::string_view kSecretExample =
    R"({"secret": "q2Zt0cXyqfRZ2T2Z0xqg1rI1o5Yw0m0cQm8n1w2e3r4",
        "password": "correct horse battery"})";

Route options_route(Accounts& a) {
    return endpoint<void, SignUpOptions>(
        Method::Get, "/api/v1/auth/options", kAnybody,
        {.id = "sign_up_options",
         .tag = "sign_in",
         .summary = "How one comes to an account here",
         .answer_example = R"({"registration": "open", "mail": false})"},
        [&a](Request const&) -> Result<SignUpOptions> {
            return SignUpOptions{.registration = a.settings.registration, .mail = a.settings.mail};
        });
}

Route register_route(Accounts& a) {
    return endpoint<NewAccount, SignUpOptions>(
        Method::Post, "/api/v1/auth/register", kAnybody,
        {.id = "register",
         .tag = "sign_in",
         .summary = "Make an account",
         .details = "Answers the same whether somebody has this address already; who owns it "
                    "learns by mail. Where `mail` is true the account is usable once the address "
                    "is confirmed, else at once.",
         .request_example = R"({"email": "ann@example.org", "password": "correct horse battery"})",
         .answer_example = R"({"registration": "open", "mail": true})",
         .problems = {ErrorCode::NotAllowed, ErrorCode::BadRequest}},
        [&a](Request const& r, NewAccount const& body) -> Result<SignUpOptions> {
            TRY_VOID(a.users.add(body.email, body.password, body.invite, r.address));
            return SignUpOptions{.registration = a.settings.registration, .mail = a.settings.mail};
        },
        {.success = 202, .rate = kRegisterRate});
}

Route verify_route(Accounts& a) {
    return endpoint<SecretAndPassword, void>(
        Method::Post, "/api/v1/auth/verify", kAnybody,
        {.id = "verify_address",
         .tag = "sign_in",
         .summary = "Confirm an address by the link that was mailed to it",
         .details = "With the password that was chosen, so that nobody confirms an account that a "
                    "stranger prepared.",
         .request_example = std::string(kSecretExample),
         .problems = {ErrorCode::Gone, ErrorCode::NotSignedIn}},
        [&a](Request const&, SecretAndPassword const& body) {
            return a.users.verify(body.secret, body.password);
        },
        {.rate = kSecretRate});
}

Route request_reset_route(Accounts& a) {
    return endpoint<WhoseReset, void>(
        Method::Post, "/api/v1/auth/request_reset", kAnybody,
        {.id = "request_reset",
         .tag = "sign_in",
         .summary = "Forgot the password: have a link mailed",
         .details = "Answers the same whether there is such an account. Without mail the operator "
                    "hands out such links.",
         .request_example = R"({"email": "ann@example.org"})",
         .problems = {ErrorCode::NotConfigured}},
        [&a](Request const& r, WhoseReset const& body) {
            return a.users.request_reset(body.email, r.address);
        },
        {.rate = kMailRate});
}

Route reset_route(Accounts& a) {
    return endpoint<SecretAndPassword, void>(
        Method::Post, "/api/v1/auth/reset", kAnybody,
        {.id = "reset_password",
         .tag = "sign_in",
         .summary = "A new password by a link; all sessions end",
         .request_example = std::string(kSecretExample),
         .problems = {ErrorCode::Gone}},
        [&a](Request const& r, SecretAndPassword const& body) {
            return a.users.reset(body.secret, body.password, r.address);
        },
        {.rate = kSecretRate});
}

Route set_up_route(Accounts& a) {
    return endpoint<FirstOperator, MadeUser>(
        Method::Post, "/api/v1/auth/set_up", kAnybody,
        {.id = "set_up",
         .tag = "sign_in",
         .summary = "Become the first operator of this installation",
         .details = "By the link that the program printed when it started, or that `aiditor "
                    "setup-link` prints: good for an hour and once.",
         .request_example = R"({"secret": "q2Zt0cXyqfRZ2T2Z0xqg1rI1o5Yw0m0cQm8n1w2e3r4",
                                "email": "boss@example.org",
                                "password": "correct horse battery"})",
         .answer_example = R"({"user_id": "user_018f3c2e5b7a7c3d9e4f5a6b7c8d9e0f"})",
         .problems = {ErrorCode::Gone, ErrorCode::Conflict}},
        [&a](Request const&, FirstOperator const& body) -> Result<MadeUser> {
            return MadeUser{TRY(a.users.set_up(body.secret, body.email, body.password))};
        },
        {.success = 201, .rate = kSecretRate});
}

}  // namespace

std::vector<Route> registration_routes(Accounts& accounts) {
    std::vector<Route> out;
    for (auto const make : {options_route, register_route, verify_route, request_reset_route,
                            reset_route, set_up_route})
        out.push_back(make(accounts));
    return out;
}

}  // namespace aiditor::accounts
