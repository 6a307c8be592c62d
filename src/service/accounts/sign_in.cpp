#include "service/accounts/sign_in.hpp"

#include "base/base64.hpp"
#include "base/hmac.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "service/accounts/email_address.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/queries.hpp"

#include <charconv>
#include <fmt/format.h>

namespace aiditor::accounts {
namespace {

constexpr std::size_t kMostCookie = 256, kDeviceBytes = 16;
using Kind = SignInRefusal::Kind;

}  // namespace

std::string SignIn::device_mac(std::string_view body, std::string const& email,
                               Key const& key) const {
    return base64url(
        hmac(MacHash::Sha256, key.bytes(), fmt::format("device\n{}\n{}", body, email)));
}

std::string SignIn::device_cookie(std::string const& email) const {
    auto const now = clock_.now();
    auto const ring = keys_.ring();
    auto const& key = ring->for_refresh(now);
    auto const body = fmt::format("{}.{}.{}", base64url(random_bytes(kDeviceBytes)),
                                  (now + kDeviceLifetime) / kMicrosPerSecond, key.id);
    return body + "." + device_mac(body, email, key);
}

std::string SignIn::device_of(std::string_view cookie, std::string const& email) const {
    auto const last = cookie.rfind('.');
    if (cookie.size() > kMostCookie || last == std::string_view::npos) return "";
    auto const body = cookie.substr(0, last);
    auto const id_end = body.find('.'), end_end = body.rfind('.');
    if (id_end == std::string_view::npos || id_end == end_end) return "";
    auto const ring = keys_.ring();
    auto const* const key = KeyRing::find(ring->refresh, body.substr(end_end + 1));
    if (!key || !equal_secrets(cookie.substr(last + 1), device_mac(body, email, *key))) return "";
    auto const ends = body.substr(id_end + 1, end_end - id_end - 1);
    std::int64_t end = 0;
    std::from_chars(ends.data(), ends.data() + ends.size(), end);
    return end > clock_.now() / kMicrosPerSecond ? std::string(body.substr(0, id_end)) : "";
}

Result<std::optional<SignInRefusal>> SignIn::refuse(std::optional<db::Row> const& user,
                                                    Credentials const& credentials) {
    auto const stored = user ? user->maybe_text("password_hash") : std::nullopt;
    if (!TRY(passwords_.verify(credentials.password, stored)))
        return SignInRefusal{.kind = Kind::Wrong};
    if (!user->is_null("totp_active_at_us")) {
        if (!credentials.code) return SignInRefusal{.kind = Kind::NeedsCode};
        if (!TRY(second_factor_.check(user->text("id"), *credentials.code)))
            return SignInRefusal{.kind = Kind::Wrong};
    }
    if (!user->is_null("suspended_at_us")) return SignInRefusal{.kind = Kind::Suspended};
    if (user->is_null("verified_at_us") && settings_.mail)
        return SignInRefusal{.kind = Kind::NotVerified};
    return std::nullopt;
}

Result<> SignIn::tell_of_device(db::Session& session, db::Row const& user, Client const& client) {
    if (!settings_.mail || !TRY(session.row(queries::kHasSessions, {user.text("id")}))) return {};
    return outbox_.put(
        session,
        {.to = user.text("email"),
         .subject = "A new device signed in to Aiditor",
         .body = fmt::format(
             "Somebody signed in to your account with the password, from a device that was not "
             "known:\n\n  address {}\n  program {}\n\nIf it was you, there is nothing to do. If "
             "not, change your password at once: {}/forgotten\n",
             client.address, printable(client.name), settings_.public_url)});
}

Result<std::expected<SignedIn, SignInRefusal>> SignIn::with_password(Credentials const& credentials,
                                                                     Client const& client) {
    using Answer = std::expected<SignedIn, SignInRefusal>;
    // What is no address belongs to nobody, and is looked for all the same.
    auto const email = normal_email(credentials.email).value_or("-");
    SignInAttempt const attempt{.account = email,
                                .address = client.address,
                                .device = device_of(credentials.device, email)};
    if (auto const wait = throttle_.refuse(attempt))
        return Answer(std::unexpected(SignInRefusal{.kind = Kind::TooOften, .wait_s = *wait}));
    auto const user = TRY(database_.read(
        [&](db::Session& session) { return session.row(queries::kUserByEmail, {email}); }));
    if (auto const refusal = TRY(refuse(user, credentials))) {
        return Answer(std::unexpected(*refusal));
    }
    throttle_.succeeded(attempt);
    auto const& id = user->text("id");
    auto const& hash = user->text("password_hash");
    std::optional<std::string> stronger;
    if (passwords_.needs_rehash(hash)) stronger = TRY(passwords_.hash(credentials.password));
    auto done = database_.write([&](db::Session& session) -> Result<SessionTokens> {
        // The account may have been closed, or got a new password, while this one was tried.
        auto const same =
            TRY(session.change(queries::kReplacePassword, {id, hash, stronger.value_or(hash)}));
        if (same == 0) return fail(ErrorCode::NotSignedIn, "the account has just changed");
        if (attempt.device.empty()) TRY_VOID(tell_of_device(session, *user, client));
        return sessions_.begin(session, id, !user->is_null("totp_active_at_us"), client);
    });
    auto tokens = TRY(std::move(done));
    SignedIn out{.tokens = std::move(tokens),
                 .access_token = "",
                 .device = attempt.device.empty() ? device_cookie(email) : credentials.device};
    out.access_token = access_.issue(id, out.tokens.session_id);
    return Answer(std::move(out));
}

}  // namespace aiditor::accounts
