#include "service/accounts/authenticate.hpp"

#include "service/accounts/cookies.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/test_accounts.hpp"

#include <gmock/gmock.h>

namespace aiditor::accounts {
namespace {

class AuthenticateTest : public TestAccounts {
protected:
    void SetUp() override {
        TestAccounts::SetUp();
        ann_ = person("ann@x.org");
        in_ = enter("ann@x.org").value();
    }
    static api::Request from(std::string const& address, std::string const& header = "",
                             std::string const& cookie = "", std::string const& scheme = "https") {
        api::Request request;
        request.address = address;
        request.scheme = scheme;
        if (!header.empty()) request.headers.set("Authorization", header);
        if (!cookie.empty()) request.headers.set("Cookie", cookie);
        return request;
    }
    Result<api::Principal> ask(api::Request const& request) { return strangers_(request); }

    std::string ann_;
    SignedIn in_;
    Authenticator strangers_{sessions_, api_keys_, access_, std::nullopt};
};
INSTANTIATE_TEST_SUITE_P(Databases, AuthenticateTest, db::testing::databases(),
                         db::testing::name_of);

TEST_P(AuthenticateTest, KnowsNobodyWithoutCredentials) {
    EXPECT_EQ(ask(from("127.0.0.1"))->kind, api::PrincipalKind::Anonymous);
}

TEST_P(AuthenticateTest, KnowsAPersonByHeaderAndByCookie) {
    for (auto const& request :
         {from("192.0.2.1", "Bearer " + in_.access_token),
          from("192.0.2.1", "bearer " + in_.access_token),
          from("192.0.2.1", "", "x=y; __Host-aiditor_access=" + in_.access_token),
          from("127.0.0.1", "", "aiditor_http_access=" + in_.access_token, "http")}) {
        auto const principal = ask(request).value();
        EXPECT_EQ(principal.kind, api::PrincipalKind::User);
        EXPECT_EQ(principal.user_id, ann_);
        EXPECT_EQ(principal.session_id, in_.tokens.session_id);
        EXPECT_FALSE(principal.is_operator);
    }
}

TEST_P(AuthenticateTest, TakesNoCookieOfTheOtherScheme) {
    auto const plain = from("192.0.2.1", "", "aiditor_http_access=" + in_.access_token);
    EXPECT_EQ(ask(plain)->kind, api::PrincipalKind::Anonymous);
    auto const secure = from("192.0.2.1", "", "__Host-aiditor_access=" + in_.access_token, "http");
    EXPECT_EQ(ask(secure)->kind, api::PrincipalKind::Anonymous);
}

TEST_P(AuthenticateTest, RefusesBadCredentialsAlsoBesideGoodOnes) {
    auto const cookie = "__Host-aiditor_access=" + in_.access_token;
    for (auto const& header : {std::string("Bearer x"), std::string("Bearer "), std::string("x"),
                               "Basic " + in_.access_token, in_.access_token,
                               "Bearer " + in_.tokens.refresh_token, std::string("Bearer aik_x")})
        EXPECT_EQ(ask(from("192.0.2.1", header, cookie)).error().code, ErrorCode::NotSignedIn)
            << header;
    auto twice = from("192.0.2.1", "Bearer " + in_.access_token);
    twice.headers.add("Authorization", "Bearer " + in_.access_token);
    EXPECT_FALSE(ask(twice));
}

TEST_P(AuthenticateTest, EndsWithTheSession) {
    auto const request = from("192.0.2.1", "Bearer " + in_.access_token);
    ASSERT_TRUE(ask(request));
    ASSERT_TRUE(sessions_.revoke(in_.tokens.session_id, ann_));
    EXPECT_EQ(ask(request).error().code, ErrorCode::NotSignedIn);
}

TEST_P(AuthenticateTest, RefusesATokenForAnothersSession) {
    person("bob@x.org");
    auto const bob = enter("bob@x.org")->tokens.session_id;
    EXPECT_FALSE(ask(from("192.0.2.1", "Bearer " + access_.issue(ann_, bob))));
}

TEST_P(AuthenticateTest, KnowsAnApiKey) {
    auto const made = api_keys_
                          .create(ann_, {.workspace_id = workspaces_.list(ann_).value()[0].id,
                                         .name = "script",
                                         .scopes = {"read"},
                                         .days = std::nullopt})
                          .value();
    EXPECT_EQ(ask(from("192.0.2.1", "Bearer " + made.secret))->kind, api::PrincipalKind::ApiKey);
    EXPECT_EQ(ask(from("192.0.2.1", "", "__Host-aiditor_access=" + made.secret)).error().code,
              ErrorCode::NotSignedIn)
        << "a key is no cookie";
}

TEST_P(AuthenticateTest, TakesLoopbackForTheOnlyOwnerAndNothingElse) {
    auto const owner = users_->ensure_owner().value();
    Authenticator local(sessions_, api_keys_, access_, owner);
    for (auto const* address : {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"}) {
        EXPECT_TRUE(is_loopback(address));
        auto const principal = local(from(address)).value();
        EXPECT_EQ(principal.user_id, owner);
        EXPECT_TRUE(principal.is_operator && principal.second_factor);
    }
    for (auto const* address : {"192.168.1.2", "128.0.0.1", "::2", "fe80::1", "", "localhost"})
        EXPECT_EQ(local(from(address))->kind, api::PrincipalKind::Anonymous) << address;
    for (auto const* header : {"X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"}) {
        auto proxied = from("127.0.0.1");
        proxied.headers.set(header, "203.0.113.9");
        EXPECT_EQ(local(proxied)->kind, api::PrincipalKind::Anonymous) << header;
    }
    EXPECT_FALSE(local(from("127.0.0.1", "Bearer x"))) << "wrong credentials are no way in";
}

TEST(SetCookie, HasEveryGuard) {
    EXPECT_EQ(set_cookie(Cookie::Access, "https", "abc"),
              "__Host-aiditor_access=abc; Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure");
    EXPECT_EQ(set_cookie(Cookie::Refresh, "http", ""),
              "aiditor_http_refresh=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
}

}  // namespace
}  // namespace aiditor::accounts
