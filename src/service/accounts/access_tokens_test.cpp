#include "service/accounts/access_tokens.hpp"

#include "base/base64.hpp"
#include "base/hmac.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/standing_clock.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

namespace aiditor::accounts {
namespace {

class AccessToken : public testing::Test {
protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "tokens-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        keys_ = Keys::open(folder_ + "/keys.json", clock_).value();
        tokens_ = std::make_unique<AccessTokens>(*keys_, clock_, "https://aiditor.example");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] Key const& key() const { return keys_->ring()->signing[0]; }
    [[nodiscard]] std::string header() const {
        return fmt::format(R"({{"alg":"HS256","kid":"{}","typ":"at+jwt"}})", key().id);
    }
    [[nodiscard]] AccessClaims claims() const {
        auto const now = clock_.now() / kMicrosPerSecond;
        return {.iss = "https://aiditor.example",
                .aud = "aiditor-api",
                .client_id = "aiditor",
                .sub = user_,
                .sid = session_,
                .jti = "x",
                .iat = now,
                .exp = now + 600};
    }
    /// Signed rightly, whatever it says.
    [[nodiscard]] std::string sign(std::string const& header, std::string const& payload) const {
        auto const token = base64url(header) + "." + base64url(payload);
        return token + "." + base64url(hmac(MacHash::Sha256, key().bytes(), token));
    }
    [[nodiscard]] std::string with(auto const& change) const {
        auto c = claims();
        change(c);
        return sign(header(), json::to_text(c, json::Layout::OneLine));
    }

    using Attacks = std::vector<std::pair<std::string, std::string>>;
    void expect_refused(Attacks const& attacks) const {
        for (auto const& [name, token] : attacks) {
            auto const read = tokens_->verify(token);
            ASSERT_FALSE(read) << name;
            EXPECT_EQ(read.error().code, ErrorCode::NotSignedIn) << name;
        }
    }
    /// A part of a token.
    static std::string part(std::string const& token, int i) {
        auto const first = token.find('.'), last = token.rfind('.');
        return i == 0   ? token.substr(0, first)
               : i == 1 ? token.substr(first + 1, last - first - 1)
                        : token.substr(last + 1);
    }

    StandingClock clock_;
    std::string folder_, user_ = new_id("user"), session_ = new_id("sess");
    std::unique_ptr<Keys> keys_;
    std::unique_ptr<AccessTokens> tokens_;
};

TEST_F(AccessToken, SaysWhoAndWhichSessionForTenMinutes) {
    auto const token = tokens_->issue(user_, session_);
    auto const read = tokens_->verify(token).value();
    EXPECT_EQ(read.sub, user_);
    EXPECT_EQ(read.sid, session_);
    EXPECT_EQ(read.exp - read.iat, 600);
    clock_.at += kAccessLifetime - kMicrosPerSecond;
    EXPECT_TRUE(tokens_->verify(token));
    clock_.at += kMicrosPerSecond;
    EXPECT_EQ(tokens_->verify(token).error().code, ErrorCode::NotSignedIn);
}

TEST_F(AccessToken, IsRefusedOnceItIsFromTheFuture) {
    auto const token = tokens_->issue(user_, session_);
    clock_.at -= kClockSkew;
    EXPECT_TRUE(tokens_->verify(token)) << "nodes may differ a little";
    clock_.at -= kMicrosPerSecond;
    EXPECT_FALSE(tokens_->verify(token));
}

TEST_F(AccessToken, OutlivesARotationOfItsKeyAndNotItsRemoval) {
    auto const token = tokens_->issue(user_, session_);
    ASSERT_TRUE(keys_->rotate());
    EXPECT_TRUE(tokens_->verify(token));
    clock_.at += kKeySpread;
    auto const newer = tokens_->issue(user_, session_);
    EXPECT_NE(newer.substr(0, newer.find('.')), token.substr(0, token.find('.')));
    EXPECT_TRUE(tokens_->verify(token));
    EXPECT_TRUE(tokens_->verify(newer));
    clock_.at += 2 * kHour;
    ASSERT_TRUE(keys_->rotate());
    clock_.at -= 2 * kHour;
    EXPECT_FALSE(tokens_->verify(token));
}

TEST_F(AccessToken, TheHandMadeOneIsGoodSoThatTheRefusedOnesMeanSomething) {
    EXPECT_TRUE(tokens_->verify(with([](AccessClaims&) {})));
    EXPECT_TRUE(tokens_->verify(sign(header(), json::to_text(claims()))));
}

TEST_F(AccessToken, IsRefusedInAnyOtherForm) {
    auto const good = tokens_->issue(user_, session_);
    auto last_bit = good;
    last_bit.back() = last_bit.back() == 'A' ? 'B' : 'A';
    expect_refused({{"nothing", ""},
                    {"dots", ".."},
                    {"no signature", part(good, 0) + "." + part(good, 1)},
                    {"empty signature", part(good, 0) + "." + part(good, 1) + "."},
                    {"short signature",
                     part(good, 0) + "." + part(good, 1) + "." + part(good, 2).substr(0, 22)},
                    {"changed signature", last_bit},
                    {"signature twice", good + part(good, 2)},
                    {"a fourth part", good + "." + part(good, 2)},
                    {"an encrypted form of five parts", good + ".x.y"},
                    {"padding", good + "="},
                    {"space before", " " + good},
                    {"newline after", good + "\n"},
                    {"Bearer in it", "Bearer " + good},
                    {"base64 instead of base64url",
                     part(good, 0) + "." + part(good, 1) + "+/." + part(good, 2)}});
}

TEST_F(AccessToken, IsRefusedUnderAnyOtherHeader) {
    auto const good = tokens_->issue(user_, session_);
    auto const one_line = json::to_text(claims(), json::Layout::OneLine);
    auto const headed = [&](std::string_view text) {
        return sign(fmt::format(fmt::runtime(text), fmt::arg("kid", key().id)), one_line);
    };
    EXPECT_TRUE(tokens_->verify(headed(R"({{"alg":"HS256","kid":"{kid}","typ":"at+jwt"}})")));
    expect_refused(
        {{"alg none", base64url(R"({"alg":"none","typ":"at+jwt"})") + "." + part(good, 1) + "."},
         {"alg None", base64url(R"({"alg":"None"})") + "." + part(good, 1) + "." + part(good, 2)},
         {"alg none, signed", headed(R"({{"alg":"none","kid":"{kid}","typ":"at+jwt"}})")},
         {"alg missing", headed(R"({{"kid":"{kid}","typ":"at+jwt"}})")},
         {"alg RS256", headed(R"({{"alg":"RS256","kid":"{kid}","typ":"at+jwt"}})")},
         {"alg HS512", headed(R"({{"alg":"HS512","kid":"{kid}","typ":"at+jwt"}})")},
         {"alg hs256", headed(R"({{"alg":"hs256","kid":"{kid}","typ":"at+jwt"}})")},
         {"alg twice", headed(R"({{"alg":"none","alg":"HS256","kid":"{kid}","typ":"at+jwt"}})")},
         {"typ JWT", headed(R"({{"alg":"HS256","kid":"{kid}","typ":"JWT"}})")},
         {"typ missing", headed(R"({{"alg":"HS256","kid":"{kid}"}})")},
         {"kid missing", headed(R"({{"alg":"HS256","typ":"at+jwt"}})")},
         {"kid unknown", headed(R"({{"alg":"HS256","kid":"aaaaaaaa","typ":"at+jwt"}})")},
         {"kid as a path", headed(R"({{"alg":"HS256","kid":"../../dev/null","typ":"at+jwt"}})")},
         {"kid as SQL", headed(R"({{"alg":"HS256","kid":"x' or 1=1","typ":"at+jwt"}})")},
         {"own key", headed(R"({{"alg":"HS256","jwk":{{"kty":"oct","k":"AA"}},"kid":"{kid}",)"
                            R"("typ":"at+jwt"}})")},
         {"key by address", headed(R"({{"alg":"HS256","jku":"https://evil.example/k",)"
                                   R"("kid":"{kid}","typ":"at+jwt"}})")},
         {"certificate", headed(R"({{"alg":"HS256","kid":"{kid}","typ":"at+jwt","x5c":["AA"]}})")},
         {"critical extension",
          headed(R"({{"alg":"HS256","crit":["b64"],"b64":false,"kid":"{kid}","typ":"at+jwt"}})")},
         {"header no JSON", sign("x", one_line)}});
}

TEST_F(AccessToken, IsRefusedUnderAnotherKeyOrWithOtherClaims) {
    auto const good = tokens_->issue(user_, session_);
    auto const one_line = json::to_text(claims(), json::Layout::OneLine);
    auto const other_key = [&](std::string_view secret) {
        auto const token = base64url(header()) + "." + base64url(one_line);
        return token + "." + base64url(hmac(MacHash::Sha256, secret, token));
    };
    EXPECT_TRUE(tokens_->verify(other_key(key().bytes())));
    expect_refused(
        {{"empty key", other_key("")},
         {"key in its text form", other_key(key().secret)},
         {"key of another use", other_key(keys_->ring()->refresh[0].bytes())},
         {"other claims under an old signature",
          part(good, 0) + "." + base64url(one_line) + "." + part(good, 2)},
         {"payload no JSON", sign(header(), "x")},
         {"payload a list", sign(header(), "[]")},
         {"payload with a key twice",
          sign(header(), one_line.substr(0, one_line.size() - 1) + R"(,"sub":"user_x"})")},
         {"payload with an unknown claim",
          sign(header(), one_line.substr(0, one_line.size() - 1) + R"(,"admin":true})")},
         {"expiry missing", sign(header(), R"({"iss":"https://aiditor.example"})")},
         {"other issuer", with([](AccessClaims& c) { c.iss = "https://evil.example"; })},
         {"issuer with a slash", with([](AccessClaims& c) { c.iss += "/"; })},
         {"other audience", with([](AccessClaims& c) { c.aud = "another-api"; })},
         {"other client", with([](AccessClaims& c) { c.client_id = "x"; })},
         {"no subject", with([](AccessClaims& c) { c.sub = ""; })},
         {"a session as subject", with([](AccessClaims& c) { c.sub = c.sid; })},
         {"a user as session", with([](AccessClaims& c) { c.sid = c.sub; })},
         {"expired", with([](AccessClaims& c) { c.exp = c.iat - 1; })},
         {"expires this second", with([](AccessClaims& c) { c.iat -= 600, c.exp -= 600; })},
         {"lives for a year", with([](AccessClaims& c) { c.exp += 31'536'000; })},
         {"from the future", with([](AccessClaims& c) { c.iat += 31, c.exp += 31; })},
         {"times past the range", with([](AccessClaims& c) { c.exp = INT64_MAX; })},
         {"times before the range", with([](AccessClaims& c) { c.iat = INT64_MIN; })},
         {"larger than allowed", with([](AccessClaims& c) { c.jti = std::string(4096, 'x'); })}});
}

TEST_F(AccessToken, IsRefusedWithAnyByteChanged) {
    auto const good = tokens_->issue(user_, session_);
    for (std::size_t i = 0; i < good.size(); ++i)
        for (char const c : {'A', '.', '\0', '\xff'}) {
            auto changed = good;
            changed[i] = c;
            ASSERT_TRUE(changed == good || !tokens_->verify(changed)) << i;
        }
}

}  // namespace
}  // namespace aiditor::accounts
