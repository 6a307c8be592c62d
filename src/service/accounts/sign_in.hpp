#pragma once
/// Signing in with a password, throttled, and with a second factor where there is one.

#include "service/accounts/access_tokens.hpp"
#include "service/accounts/second_factor.hpp"
#include "service/accounts/sessions.hpp"
#include "service/accounts/throttle.hpp"
#include "service/accounts/users.hpp"

namespace aiditor::accounts {

struct Credentials {
    std::string email, password;
    std::optional<std::string> code;  ///< of the app, or a recovery code
    std::string device;               ///< the cookie of a known device; empty without one
};

struct SignedIn {
    SessionTokens tokens;
    std::string access_token;
    std::string device;  ///< a cookie for this device, which is known from now on
};

/// Why somebody is not in (yet).
struct SignInRefusal {
    enum class Kind : std::uint8_t { Wrong = 1, NeedsCode, TooOften, NotVerified, Suspended } kind;
    std::int64_t wait_s = 0;  ///< of TooOften
};

/// Thread-safe.
class SignIn {
public:
    SignIn(db::Database& database, Keys const& keys, Passwords& passwords, Sessions& sessions,
           SecondFactor& second_factor, AccessTokens const& access, Outbox& outbox,
           Clock const& clock, AccountSettings const& settings)
        : database_(database),
          keys_(keys),
          passwords_(passwords),
          sessions_(sessions),
          second_factor_(second_factor),
          access_(access),
          outbox_(outbox),
          clock_(clock),
          settings_(settings),
          throttle_(clock) {}

    /// Says Wrong for somebody unknown, after the same work, and more only to whoever knows the
    /// password. A device that is not known is told of by mail, but for the first. Errors:
    /// Unavailable, and of the database.
    [[nodiscard]] Result<std::expected<SignedIn, SignInRefusal>> with_password(
        Credentials const& credentials, Client const& client);

    /// A cookie by which a device is known to be this account's: good for kDeviceLifetime.
    [[nodiscard]] std::string device_cookie(std::string const& email) const;
    /// The device's id; empty for a cookie of another account, one that has ended, or none.
    [[nodiscard]] std::string device_of(std::string_view cookie, std::string const& email) const;

private:
    [[nodiscard]] Result<std::optional<SignInRefusal>> refuse(std::optional<db::Row> const& user,
                                                              Credentials const& credentials);
    [[nodiscard]] Result<> tell_of_device(db::Session& session, db::Row const& user,
                                          Client const& client);
    [[nodiscard]] std::string device_mac(std::string_view body, std::string const& email,
                                         Key const& key) const;

    db::Database& database_;
    Keys const& keys_;
    Passwords& passwords_;
    Sessions& sessions_;
    SecondFactor& second_factor_;
    AccessTokens const& access_;
    Outbox& outbox_;
    Clock const& clock_;
    AccountSettings settings_;
    SignInThrottle throttle_;
};

}  // namespace aiditor::accounts
