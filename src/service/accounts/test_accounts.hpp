#pragma once
/// All stores of this room over a fresh database, with a clock that stands and cheap passwords. For
/// tests.

#include "base/random.hpp"
#include "service/accounts/api_keys.hpp"
#include "service/accounts/sign_in.hpp"
#include "service/accounts/standing_clock.hpp"
#include "service/accounts/workspaces.hpp"
#include "service/db/testing.hpp"

#include <algorithm>
#include <filesystem>

namespace aiditor::accounts {

inline constexpr Passwords::Cost kCheapPasswords{.passes = 1, .memory_bytes = 8192};
inline constexpr std::string_view kGoodPassword = "correct horse battery";

class TestAccounts : public db::testing::EachDatabase {
protected:
    struct Sent final : MailSender {
        std::vector<Mail> mails;
        Result<> answer{};
        Result<> send(Mail const& mail) override {
            mails.push_back(mail);
            return answer;
        }
        /// What stands behind '#' in the last mail's link.
        [[nodiscard]] std::string secret() const {
            auto const& body = mails.back().body;
            auto const begin = body.find('#') + 1;
            return body.substr(begin, body.find('\n', begin) - begin);
        }
    };

    [[nodiscard]] AccountSettings settings() const { return settings_; }
    void use(AccountSettings settings) {
        settings_ = std::move(settings);
        users_ = std::make_unique<Users>(database(), *keys_, passwords_, sessions_, outbox_, clock_,
                                         settings_);
        sign_in_ = std::make_unique<SignIn>(database(), *keys_, passwords_, sessions_, factor_,
                                            access_, outbox_, clock_, settings_);
    }
    void SetUp() override {
        use({.registration = Registration::Open, .mail = false, .public_url = "https://a.example"});
    }
    void TearDown() override { std::filesystem::remove(key_path_); }

    /// A person who may sign in.
    std::string person(std::string const& email) {
        EXPECT_TRUE(users_->add(email, std::string(kGoodPassword), std::nullopt, "192.0.2.1"));
        auto const entered = enter(email);
        EXPECT_TRUE(entered);
        return entered->tokens.user_id;
    }
    std::expected<SignedIn, SignInRefusal> enter(std::string const& email,
                                                 std::string_view password = kGoodPassword,
                                                 std::optional<std::string> code = std::nullopt) {
        auto answer = sign_in_->with_password({.email = email,
                                               .password = std::string(password),
                                               .code = std::move(code),
                                               .device = ""},
                                              {.address = "192.0.2.1", .name = "test"});
        EXPECT_TRUE(answer) << answer.error().message;
        return *answer;
    }
    std::int64_t events(std::string_view action) {
        auto const entries = database().read(
            [](db::Session& session) { return audit_entries(session, "", "", 1000); });
        EXPECT_TRUE(entries);
        return std::count_if(entries->begin(), entries->end(),
                             [&](AuditEntry const& entry) { return entry.action == action; });
    }

    StandingClock clock_;
    std::string key_path_ = where().url().starts_with("sqlite")
                                ? where().url().substr(7) + ".keys"
                                : db::testing::Servers::get().folder() + "/postgres.keys";
    std::unique_ptr<Keys> keys_ = db::testing::must(Keys::open(key_path_, clock_));
    Passwords passwords_{kCheapPasswords, 4};
    Sessions sessions_{database(), *keys_, clock_};
    SecondFactor factor_{database(), *keys_, clock_};
    AccessTokens access_{*keys_, clock_, "https://a.example"};
    Outbox outbox_{database(), *keys_, clock_};
    Workspaces workspaces_{database(), clock_};
    ApiKeys api_keys_{database(), outbox_, clock_, {}};
    AccountSettings settings_;
    std::unique_ptr<Users> users_;
    std::unique_ptr<SignIn> sign_in_;
};

}  // namespace aiditor::accounts
