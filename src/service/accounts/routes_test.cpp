#include "service/accounts/routes.hpp"

#include "service/accounts/test_accounts.hpp"
#include "service/accounts/totp.hpp"
#include "service/api/openapi.hpp"
#include "service/api/service.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace aiditor::accounts {
namespace {

using api::Method;
using api::Response;
using db::testing::must;
using ::testing::HasSubstr;

/// Like a browser: keeps cookies, and says where its requests come from.
struct Browser {
    std::map<std::string, std::string> cookies;
    std::string address = "192.0.2.1", site = "same-origin", bearer{};

    [[nodiscard]] std::string header() const {
        std::string out;
        for (auto const& [name, value] : cookies)
            out += fmt::format("{}{}={}", out.empty() ? "" : "; ", name, value);
        return out;
    }
    void take(api::Headers const& headers) {
        for (auto const& [name, value] : headers) {
            if (name != "Set-Cookie") continue;
            auto const equals = value.find('='), end = value.find(';');
            auto const key = value.substr(0, equals);
            cookies[key] = value.substr(equals + 1, end - equals - 1);
            if (cookies[key].empty()) cookies.erase(key);
        }
    }
};

/// What clients see, without sockets.
class AccountRoutesTest : public TestAccounts {
protected:
    void SetUp() override {
        TestAccounts::SetUp();
        serve(
            {.registration = Registration::Open, .mail = false, .public_url = "https://a.example"});
    }
    void serve(AccountSettings settings) {
        accounts_ = must(Accounts::open(
            database(), clock_,
            {.settings = std::move(settings), .key_file = key_path_, .cost = kCheapPasswords}));
        authenticator_ = std::make_unique<Authenticator>(accounts_->sessions, accounts_->api_keys,
                                                         accounts_->access, std::nullopt);
        api::ServicePorts ports;
        ports.authenticate = [this](api::Request const& r) { return (*authenticator_)(r); };
        ports.memberships = [this](std::string const& user, std::string const& workspace) {
            return accounts_->workspaces.role_of(user, workspace);
        };
        ports.count_request = [this](std::string const& key, api::RateLimit const& limit) {
            return Result<api::RateState>(rates_.count(key, limit));
        };
        service_ = must(api::Service::create(
            routes(*accounts_), {.hosts = {"a.example"}, .origins = {}, .media_origin = ""},
            ports));
    }
    Response ask(Browser& browser, Method method, std::string const& path, std::string body = "") {
        api::Request request;
        request.method = method;
        request.path = "/api/v1/" + path;
        request.host = "a.example";
        request.scheme = "https";
        request.id = "req_1";
        request.address = browser.address;
        if (!body.empty()) request.headers.set("Content-Type", "application/json");
        if (!browser.site.empty()) request.headers.set("Sec-Fetch-Site", browser.site);
        if (!browser.cookies.empty()) request.headers.set("Cookie", browser.header());
        if (!browser.bearer.empty())
            request.headers.set("Authorization", "Bearer " + browser.bearer);
        request.body = std::move(body);
        auto answer = service_->answer(std::move(request));
        browser.take(answer.headers);
        return answer;
    }
    static json::Value value(Response const& response) {
        return json::parse(std::get<std::string>(response.body)).value_or(json::Value());
    }
    static std::string text(Response const& response, std::string const& key) {
        auto const body = value(response);
        return std::string(body.at(key).as_string());
    }
    Response sign_in(Browser& browser, std::string const& email, std::string const& more = "") {
        return ask(
            browser, Method::Post, "auth/sign_in",
            fmt::format(R"({{"email": "{}", "password": "{}"{}}})", email, kGoodPassword, more));
    }
    /// Somebody new, signed in.
    Browser somebody(std::string const& email) {
        Browser out;
        EXPECT_EQ(ask(out, Method::Post, "auth/register",
                      fmt::format(R"({{"email": "{}", "password": "{}"}})", email, kGoodPassword))
                      .status,
                  202);
        EXPECT_EQ(sign_in(out, email).status, 200);
        return out;
    }
    /// Adds a second factor; the codes of its app.
    std::string add_factor(Browser& browser) {
        auto const begun = ask(browser, Method::Post, "me/second_factor/begin",
                               fmt::format(R"({{"password": "{}"}})", kGoodPassword));
        EXPECT_EQ(begun.status, 200);
        auto const secret = text(begun, "secret");
        auto const confirmed = ask(browser, Method::Post, "me/second_factor/confirm",
                                   fmt::format(R"({{"code": "{}"}})", code(secret)));
        EXPECT_EQ(confirmed.status, 200);
        return secret;
    }
    std::string code(std::string const& secret) {
        clock_.at += kTotpStep;  // each is good once
        return totp_code(bytes_of(secret), clock_.now() / kTotpStep);
    }
    static std::string bytes_of(std::string const& base32_text) {
        std::string out;
        unsigned bits = 0, count = 0;
        for (char const c : base32_text) {
            bits = bits << 5 | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
            if ((count += 5) < 8) continue;
            count -= 8;
            out += static_cast<char>(bits >> count & 0xffU);
        }
        return out;
    }

    api::RateLimits rates_;
    std::unique_ptr<Accounts> accounts_;
    std::unique_ptr<Authenticator> authenticator_;
    std::unique_ptr<api::Service> service_;
};
INSTANTIATE_TEST_SUITE_P(Databases, AccountRoutesTest, db::testing::databases(),
                         db::testing::name_of);

TEST_P(AccountRoutesTest, AreDocumentedWithExamples) {
    auto const all = routes(*accounts_);
    EXPECT_TRUE(api::openapi(all, {}));
    for (auto const& route : all) {
        EXPECT_FALSE(route.docs.summary.empty()) << route.docs.id;
        EXPECT_EQ(route.request.has_value(), !route.docs.request_example.empty()) << route.docs.id;
        EXPECT_TRUE(!route.answer || !route.docs.answer_example.empty()) << route.docs.id;
    }
}

TEST_P(AccountRoutesTest, SignABrowserInByCookiesThatNoScriptReads) {
    auto ann = somebody("ann@x.org");
    auto const in = sign_in(ann, "ann@x.org");
    EXPECT_FALSE(value(in).as_object().contains("access_token"));
    int cookies = 0;
    for (auto const& [name, text] : in.headers) {
        if (name != "Set-Cookie") continue;
        ++cookies;
        EXPECT_THAT(text, HasSubstr("; HttpOnly; SameSite=Lax; Secure"));
        EXPECT_TRUE(text.starts_with("__Host-")) << text;
    }
    EXPECT_EQ(cookies, 3);
    EXPECT_EQ(text(ask(ann, Method::Get, "me"), "email"), "ann@x.org");
}

TEST_P(AccountRoutesTest, RefuseWhatAnotherSiteMakesASignedInBrowserSend) {
    auto ann = somebody("ann@x.org");
    for (auto const* site : {"cross-site", "same-site", ""}) {
        ann.site = site;
        EXPECT_EQ(ask(ann, Method::Post, "auth/sign_out_everywhere").status, 403) << site;
        EXPECT_EQ(sign_in(ann, "ann@x.org").status, 403) << site;
    }
    ann.site = "same-origin";
    EXPECT_EQ(ask(ann, Method::Get, "me").status, 200) << "nothing was signed out";
}

TEST_P(AccountRoutesTest, GiveProgramsTheirTokensAndNoCookies) {
    somebody("ann@x.org");
    Browser program{.cookies = {}, .site = ""};
    auto const in = sign_in(program, "ann@x.org", R"(, "tokens": true)");
    EXPECT_TRUE(program.cookies.empty());
    EXPECT_EQ(value(in).at("expires_in_s").to_number<int>(), 600);
    program.bearer = text(in, "access_token");
    EXPECT_EQ(ask(program, Method::Get, "me").status, 200);
    auto const refresh = fmt::format(R"({{"refresh_token": "{}"}})", text(in, "refresh_token"));
    program.bearer.clear();
    auto const next = ask(program, Method::Post, "auth/refresh", refresh);
    EXPECT_EQ(text(ask(program, Method::Post, "auth/refresh", refresh), "refresh_token"),
              text(next, "refresh_token"))
        << "the reply was lost";
    program.bearer = text(next, "access_token");
    clock_.at += 20 * kMicrosPerSecond;
    EXPECT_EQ(ask(program, Method::Post, "auth/refresh", refresh).status, 401) << "in two hands";
    EXPECT_EQ(ask(program, Method::Get, "me").status, 401) << "the family has ended";
}

TEST_P(AccountRoutesTest, KeepABrowserSignedInAndSignItOutAlsoWhenItsAccessHasRunOut) {
    auto ann = somebody("ann@x.org");
    clock_.at += 11LL * 60 * kMicrosPerSecond;
    EXPECT_EQ(ask(ann, Method::Get, "me").status, 401);
    auto const before = ann.cookies.at("__Host-aiditor_refresh");
    EXPECT_EQ(ask(ann, Method::Post, "auth/refresh", "{}").status, 200);
    EXPECT_NE(ann.cookies.at("__Host-aiditor_refresh"), before);
    EXPECT_EQ(ask(ann, Method::Get, "me").status, 200);
    clock_.at += 11LL * 60 * kMicrosPerSecond;
    EXPECT_EQ(ask(ann, Method::Post, "auth/sign_out", "{}").status, 204);
    EXPECT_FALSE(ann.cookies.contains("__Host-aiditor_refresh"));
    EXPECT_TRUE(ann.cookies.contains("__Host-aiditor_device")) << "the device stays known";
    EXPECT_EQ(ask(ann, Method::Post, "auth/refresh", "{}").status, 401);
}

TEST_P(AccountRoutesTest, SayHowLongToWaitAfterWrongPasswords) {
    somebody("ann@x.org");
    Browser stranger{.cookies = {}, .address = "198.51.100.7"};
    Response last;
    for (int i = 0; i < 4; ++i)
        last = ask(stranger, Method::Post, "auth/sign_in",
                   R"({"email": "ann@x.org", "password": "wrong one here"})");
    EXPECT_EQ(last.status, 429);
    EXPECT_TRUE(last.headers.find("Retry-After"));
}

TEST_P(AccountRoutesTest, AskForASecondFactorWhereThereIsOne) {
    auto ann = somebody("ann@x.org");
    EXPECT_EQ(
        ask(ann, Method::Post, "me/second_factor/begin", R"({"password": "wrong one"})").status,
        403)
        << "she stays signed in";
    auto const secret = add_factor(ann);
    Browser other;
    auto const half = sign_in(other, "ann@x.org");
    EXPECT_EQ(half.status, 200);
    EXPECT_TRUE(value(half).at("second_factor_needed").as_bool());
    EXPECT_TRUE(other.cookies.empty());
    auto const with = fmt::format(R"(, "code": "{}")", code(secret));
    EXPECT_EQ(sign_in(other, "ann@x.org", with).status, 200);
    EXPECT_EQ(ask(other, Method::Get, "me").status, 200);
    EXPECT_NE(sign_in(other, "ann@x.org", with).status, 200) << "a code is good once";
}

TEST_P(AccountRoutesTest, LetTheFirstOperatorInByTheLinkAndOnlyWithASecondFactor) {
    auto const secret = must(accounts_->users.make_setup_secret()).value();
    Browser boss;
    auto const form = fmt::format(R"({{"secret": "{}", "email": "boss@x.org", "password": "{}"}})",
                                  secret, kGoodPassword);
    EXPECT_EQ(ask(boss, Method::Post, "auth/set_up", form).status, 201);
    EXPECT_EQ(ask(boss, Method::Post, "auth/set_up", form).status, 410);
    sign_in(boss, "boss@x.org");
    EXPECT_EQ(ask(boss, Method::Get, "admin/users").status, 403);
    add_factor(boss);
    EXPECT_EQ(ask(boss, Method::Get, "admin/users").status, 200) << "at once";
    auto ann = somebody("ann@x.org");
    EXPECT_EQ(ask(ann, Method::Get, "admin/users").status, 403);
    auto const id = text(ask(ann, Method::Get, "me"), "id");
    EXPECT_EQ(ask(boss, Method::Post, "admin/users/" + id + "/suspend").status, 204);
    EXPECT_EQ(ask(ann, Method::Get, "me").status, 401);
    EXPECT_EQ(sign_in(ann, "ann@x.org").status, 403);
    EXPECT_EQ(ask(boss, Method::Post, "admin/users/" + id + "/readmit").status, 204);
    EXPECT_EQ(sign_in(ann, "ann@x.org").status, 200);
    auto const link = text(ask(boss, Method::Post, "admin/users/" + id + "/reset_link"), "link");
    auto const reset = fmt::format(R"({{"secret": "{}", "password": "four other words"}})",
                                   link.substr(link.find('#') + 1));
    Browser nobody;
    EXPECT_EQ(ask(nobody, Method::Post, "auth/reset", reset).status, 204);
    EXPECT_EQ(sign_in(ann, "ann@x.org").status, 401);
    EXPECT_EQ(ask(boss, Method::Post, "me/second_factor/remove",
                  fmt::format(R"({{"password": "{}"}})", kGoodPassword))
                  .status,
              204);
    EXPECT_EQ(ask(boss, Method::Get, "admin/users").status, 403);
}

TEST_P(AccountRoutesTest, ShowAndEndOnesOwnSessionsOnly) {
    auto ann = somebody("ann@x.org"), second = ann, bob = somebody("bob@x.org");
    sign_in(second, "ann@x.org");
    auto const items = value(ask(ann, Method::Get, "me/sessions")).at("items").as_array();
    ASSERT_EQ(items.size(), 2U);
    EXPECT_FALSE(items[0].at("current").as_bool());
    EXPECT_TRUE(items[1].at("current").as_bool());
    auto const path = "me/sessions/" + std::string(items[0].at("id").as_string());
    EXPECT_EQ(ask(bob, Method::Delete, path).status, 404);
    EXPECT_EQ(ask(ann, Method::Delete, path).status, 204);
    EXPECT_EQ(ask(second, Method::Get, "me").status, 401);
    EXPECT_EQ(ask(ann, Method::Get, "me").status, 200);
    EXPECT_EQ(ask(ann, Method::Post, "auth/sign_out_everywhere").status, 204);
    EXPECT_TRUE(ann.cookies.size() == 1) << "the device alone";
    EXPECT_EQ(sign_in(ann, "ann@x.org").status, 200);
}

TEST_P(AccountRoutesTest, ChangeThePasswordAndEndTheOtherSessions) {
    auto ann = somebody("ann@x.org"), second = ann;
    sign_in(second, "ann@x.org");
    EXPECT_EQ(ask(ann, Method::Post, "me/password",
                  R"({"old_password": "x", "new_password": "four other words"})")
                  .status,
              403);
    EXPECT_EQ(ask(ann, Method::Post, "me/password",
                  fmt::format(R"({{"old_password": "{}", "new_password": "four other words"}})",
                              kGoodPassword))
                  .status,
              204);
    EXPECT_EQ(ask(ann, Method::Get, "me").status, 200);
    EXPECT_EQ(ask(second, Method::Get, "me").status, 401);
    EXPECT_EQ(sign_in(second, "ann@x.org").status, 401);
    EXPECT_THAT(std::get<std::string>(ask(ann, Method::Get, "me/audit_log").body),
                HasSubstr("password.changed"));
}

TEST_P(AccountRoutesTest, LetPeopleWorkTogether) {
    auto ann = somebody("ann@x.org"), bob = somebody("bob@x.org");
    auto const made = ask(ann, Method::Post, "workspaces", R"({"name": "team"})");
    EXPECT_EQ(made.status, 201);
    auto const path = "workspaces/" + text(made, "id");
    EXPECT_EQ(ask(bob, Method::Get, path).status, 404) << "nobody learns that it exists";
    auto const invited = ask(ann, Method::Post, path + "/invitations",
                             R"({"email": "bob@x.org", "role": "editor"})");
    EXPECT_EQ(invited.status, 201);
    EXPECT_EQ(value(ask(ann, Method::Get, path + "/invitations")).at("items").as_array().size(),
              1U);
    auto const link = text(invited, "link");
    auto const accept = fmt::format(R"({{"secret": "{}"}})", link.substr(link.find('#') + 1));
    EXPECT_EQ(ask(bob, Method::Post, "invitations/accept", accept).status, 200);
    EXPECT_EQ(text(ask(bob, Method::Get, path), "role"), "editor");
    EXPECT_EQ(ask(bob, Method::Patch, path, R"({"name": "mine"})").status, 403);
    EXPECT_EQ(text(ask(ann, Method::Patch, path, R"({"name": "ours"})"), "name"), "ours");
    auto const id = text(ask(bob, Method::Get, "me"), "id");
    auto const member = path + "/members/" + id;
    EXPECT_EQ(ask(ann, Method::Patch, member, R"({"role": "king"})").status, 400);
    EXPECT_EQ(ask(ann, Method::Patch, member, R"({"role": "viewer"})").status, 204);
    EXPECT_EQ(ask(bob, Method::Delete, member).status, 204) << "he leaves";
    EXPECT_EQ(ask(bob, Method::Get, path).status, 404);
}

TEST_P(AccountRoutesTest, MakeKeysThatOpenOneWorkspaceByTheirScopes) {
    auto ann = somebody("ann@x.org");
    auto const workspaces = value(ask(ann, Method::Get, "workspaces"));
    auto const id = std::string(workspaces.at("items").at(0).at("id").as_string());
    auto const made =
        ask(ann, Method::Post, "me/api_keys",
            fmt::format(R"({{"workspace_id": "{}", "name": "x", "scopes": ["read"]}})", id));
    EXPECT_EQ(made.status, 201);
    Browser program{.cookies = {}, .site = "", .bearer = text(made, "secret")};
    EXPECT_EQ(ask(program, Method::Get, "workspaces/" + id).status, 200);
    EXPECT_EQ(ask(program, Method::Get, "me").status, 403);
    EXPECT_EQ(ask(program, Method::Patch, "workspaces/" + id, R"({"name": "y"})").status, 403);
    auto const key = std::string(value(made).at("key").at("id").as_string());
    EXPECT_EQ(ask(ann, Method::Delete, "me/api_keys/" + key).status, 204);
    EXPECT_EQ(ask(program, Method::Get, "workspaces/" + id).status, 401);
}

TEST_P(AccountRoutesTest, TellByMailOfNewDevicesAndKeys) {
    serve({.registration = Registration::Open, .mail = true, .public_url = "https://a.example"});
    Browser ann;
    ask(ann, Method::Post, "auth/register",
        fmt::format(R"({{"email": "ann@x.org", "password": "{}"}})", kGoodPassword));
    EXPECT_EQ(sign_in(ann, "ann@x.org").status, 403) << "not before the address is confirmed";
    Sent sent;
    ASSERT_EQ(accounts_->outbox.send_due(sent).value(), 1);
    EXPECT_EQ(
        ask(ann, Method::Post, "auth/verify",
            fmt::format(R"({{"secret": "{}", "password": "{}"}})", sent.secret(), kGoodPassword))
            .status,
        204);
    sign_in(ann, "ann@x.org");
    sign_in(ann, "ann@x.org");
    EXPECT_EQ(accounts_->outbox.send_due(sent).value(), 0) << "the first, and one that is known";
    Browser stranger{.cookies = {}, .address = "198.51.100.7"};
    sign_in(stranger, "ann@x.org");
    ASSERT_EQ(accounts_->outbox.send_due(sent).value(), 1);
    EXPECT_THAT(sent.mails.back().body, HasSubstr("198.51.100.7"));
    auto const workspaces = value(ask(ann, Method::Get, "workspaces"));
    ask(ann, Method::Post, "me/api_keys",
        fmt::format(R"({{"workspace_id": "{}", "name": "uploader", "scopes": ["read"]}})",
                    std::string(workspaces.at("items").at(0).at("id").as_string())));
    ASSERT_EQ(accounts_->outbox.send_due(sent).value(), 1);
    EXPECT_THAT(sent.mails.back().body, HasSubstr("uploader"));
}

}  // namespace
}  // namespace aiditor::accounts
