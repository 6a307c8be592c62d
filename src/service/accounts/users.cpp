#include "service/accounts/users.hpp"

#include "base/random.hpp"
#include "base/sha256.hpp"
#include "service/accounts/email_address.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/queries.hpp"
#include "service/accounts/workspaces.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::accounts {
namespace {

std::unexpected<Error> no_such_user() {
    return fail(ErrorCode::NotFound, "there is no such person");
}
std::unexpected<Error> link_ended() {
    return fail(ErrorCode::Gone, "this link has ended or was used; ask for a new one");
}
std::unexpected<Error> wrong_password() {
    return fail(ErrorCode::NotSignedIn, "the password is not right");
}

}  // namespace

User user_of(db::Row const& row) {
    return {.id = row.text("id"),
            .email = row.text("email"),
            .name = row.text("name"),
            .verified = !row.is_null("verified_at_us"),
            .is_operator = row.flag("is_operator"),
            .suspended = !row.is_null("suspended_at_us"),
            .totp = !row.is_null("totp_active_at_us"),
            .deletion_due_at_us = row.maybe_integer("deletion_due_at_us"),
            .created_at_us = row.integer("created_at_us")};
}

std::string Users::link(std::string_view page, std::string const& secret) const {
    // Behind '#': what a browser does not send on, into logs or to other sites.
    return fmt::format("{}/{}#{}", settings_.public_url, page, secret);
}

Result<std::string> Users::new_user(db::Session& session, std::string const& email,
                                    std::optional<std::string> const& hash, bool verified,
                                    bool is_operator) {
    auto id = new_id("user", clock_);
    auto const verified_at = verified ? std::optional(clock_.now()) : std::nullopt;
    if (TRY(session.change(queries::kAddUser,
                           {id, email, hash, verified_at, is_operator, clock_.now()})) == 0)
        return fail(ErrorCode::Conflict, "this address is taken");
    (void)TRY(add_personal_workspace(session, clock_, id));
    return id;
}

Result<std::string> Users::put_link(db::Session& session, std::string const& user_id,
                                    std::string_view kind, UtcMicros lifetime) {
    auto secret = random_secret();
    (void)TRY(session.change(queries::kPutUserToken,
                             {user_id, kind, sha256_hex(secret), clock_.now() + lifetime}));
    return secret;
}

Result<> Users::add(std::string const& email, std::string const& password,
                    std::optional<std::string> const& invite, std::string const& address) {
    if (settings_.registration == Registration::Closed)
        return fail(ErrorCode::NotAllowed, "new accounts are not open here; ask the operator");
    auto const normal = TRY(normal_email(email));
    TRY_VOID(check_password(password, normal));
    auto const hash = TRY(passwords_.hash(password));
    return database_.write([&](db::Session& session) -> Result<> {
        if (settings_.registration == Registration::Invite) {
            auto const used = TRY(session.row(queries::kUseRegistrationInvite,
                                              {sha256_hex(invite.value_or("")), clock_.now()}));
            if (!used)
                return fail(ErrorCode::NotAllowed,
                            "this invite is not good or was used; ask the operator for one");
        }
        return add_in(session, normal, hash, address);
    });
}

Result<> Users::add_in(db::Session& session, std::string const& email, std::string const& hash,
                       std::string const& address) {
    auto const known = TRY(session.row(queries::kUserByEmail, {email}));
    std::string id;
    Mail mail{.to = settings_.mail ? email : "",
              .subject = "Your Aiditor account",
              .body =
                  "Somebody, perhaps you, asked for an account with this address, which has "
                  "one already.\nIf you forgot its password, ask for a new one: " +
                  settings_.public_url +
                  "/forgotten\nIf it was not you, there is nothing to "
                  "do.\n"};
    if (!known) {
        id = TRY(new_user(session, email, hash, !settings_.mail, false));
    } else if (known->is_null("verified_at_us")) {
        id = known->text("id");
        (void)TRY(session.change(queries::kSetPassword, {id, hash}));
    }
    if (!id.empty()) {
        auto const secret = TRY(put_link(session, id, "verify", kVerifyLifetime));
        mail.body =
            "Somebody, perhaps you, made an Aiditor account with this address. To confirm "
            "that it is yours, follow this link within an hour and type the password you "
            "chose:\n\n" +
            link("verify", secret) + "\n\nIf it was not you, there is nothing to do.\n";
    }
    TRY_VOID(outbox_.put(session, mail));
    return record(session, clock_,
                  {.actor_id = id,
                   .action = "user.registered",
                   .object_id = known ? known->text("id") : id,
                   .address = address});
}

Result<> Users::verify(std::string const& secret, std::string const& password) {
    auto const hash = sha256_hex(secret);
    auto done = database_.read([&](db::Session& session) -> Result<std::optional<db::Row>> {
        auto const row = TRY(session.row(queries::kUserToken, {hash, "verify", clock_.now()}));
        if (!row) return std::nullopt;
        return session.row(queries::kUserById, {row->text("user_id")});
    });
    auto const user = TRY(std::move(done));
    if (!user) return link_ended();
    auto const stored = user->maybe_text("password_hash");
    if (!TRY(passwords_.verify(password, stored))) return wrong_password();
    return database_.write([&](db::Session& session) -> Result<> {
        auto const used = TRY(session.row(queries::kUseUserToken, {hash, "verify", clock_.now()}));
        // A later registration, with another password, may have come between.
        auto const now = TRY(session.row(queries::kUserById, {user->text("id")}));
        if (!used || !now || now->maybe_text("password_hash") != stored) return link_ended();
        (void)TRY(session.change(queries::kVerifyUser, {user->text("id"), clock_.now()}));
        return record(session, clock_,
                      {.actor_id = user->text("id"),
                       .action = "user.verified",
                       .object_id = user->text("id"),
                       .address = ""});
    });
}

Result<> Users::request_reset(std::string const& email, std::string const& address) {
    if (!settings_.mail)
        return fail(ErrorCode::NotConfigured,
                    "this installation sends no mails; ask its operator for a link");
    auto const normal = TRY(normal_email(email));
    return database_.write([&](db::Session& session) -> Result<> {
        auto const user = TRY(session.row(queries::kUserByEmail, {normal}));
        // For nobody a mail is written too, which is dropped unsent: the same work.
        Mail mail{.to = user ? normal : "", .subject = "A new password for Aiditor", .body = ""};
        auto secret = random_secret();
        if (user) secret = TRY(put_link(session, user->text("id"), "reset", kResetLifetime));
        mail.body =
            "Somebody, perhaps you, asked for a new password. Follow this link within an "
            "hour to choose one:\n\n" +
            link("reset", secret) + "\n\nIf it was not you, there is nothing to do.\n";
        TRY_VOID(outbox_.put(session, mail));
        auto const id = user ? user->text("id") : std::string();
        return record(session, clock_,
                      {.actor_id = "",
                       .action = "password.reset_requested",
                       .object_id = id,
                       .address = address});
    });
}

Result<std::string> Users::reset_link(std::string const& user_id, std::string const& actor) {
    return database_.write([&](db::Session& session) -> Result<std::string> {
        if (!TRY(session.row(queries::kUserById, {user_id}))) return no_such_user();
        auto const secret = TRY(put_link(session, user_id, "reset", kResetLifetime));
        TRY_VOID(record(session, clock_,
                        {.actor_id = actor,
                         .action = "password.reset_link_made",
                         .object_id = user_id,
                         .address = ""}));
        return link("reset", secret);
    });
}

Result<> Users::reset(std::string const& secret, std::string const& password,
                      std::string const& address) {
    auto const token = sha256_hex(secret);
    auto found = database_.read([&](db::Session& session) -> Result<std::string> {
        auto const row = TRY(session.row(queries::kUserToken, {token, "reset", clock_.now()}));
        if (!row) return link_ended();
        auto const user = TRY(session.row(queries::kUserById, {row->text("user_id")}));
        if (!user) return link_ended();
        return user->text("email");
    });
    auto const email = TRY(std::move(found));
    TRY_VOID(check_password(password, email));
    auto const hash = TRY(passwords_.hash(password));
    auto done = database_.write([&](db::Session& session) -> Result<> {
        auto const row = TRY(session.row(queries::kUseUserToken, {token, "reset", clock_.now()}));
        if (!row) return link_ended();
        auto const& id = row->text("user_id");
        (void)TRY(session.change(queries::kSetPassword, {id, hash}));
        (void)TRY(session.change(queries::kVerifyUser, {id, clock_.now()}));
        (void)TRY(session.change(queries::kDropUserTokens, {id}));
        TRY_VOID(sessions_.revoke_all(session, id, ""));
        TRY_VOID(outbox_.put(session, {.to = settings_.mail ? email : "",
                                       .subject = "Your Aiditor password was changed",
                                       .body = "The password was changed by a link, and everybody "
                                               "was signed out. If it was not you, tell the "
                                               "operator.\n"}));
        return record(
            session, clock_,
            {.actor_id = id, .action = "password.reset", .object_id = id, .address = address});
    });
    TRY_VOID(done);
    sessions_.forget();
    return {};
}

Result<> Users::check_own_password(std::string const& user_id, std::string const& password) {
    auto const user = TRY(database_.read(
        [&](db::Session& session) { return session.row(queries::kUserById, {user_id}); }));
    auto const stored = user ? user->maybe_text("password_hash") : std::nullopt;
    if (!TRY(passwords_.verify(password, stored))) return wrong_password();
    return {};
}

Result<> Users::change_password(std::string const& user_id, std::string const& old,
                                std::string const& password, std::string const& keep_session) {
    TRY_VOID(check_own_password(user_id, old));
    auto const user = TRY(get(user_id));
    TRY_VOID(check_password(password, user.email));
    auto const hash = TRY(passwords_.hash(password));
    auto done = database_.write([&](db::Session& session) -> Result<> {
        (void)TRY(session.change(queries::kSetPassword, {user_id, hash}));
        (void)TRY(session.change(queries::kDropUserTokens, {user_id}));
        TRY_VOID(sessions_.revoke_all(session, user_id, keep_session));
        TRY_VOID(outbox_.put(session, {.to = settings_.mail ? user.email : "",
                                       .subject = "Your Aiditor password was changed",
                                       .body = "The password was changed and all other devices "
                                               "were signed out. If it was not you, ask for a new "
                                               "password at once: " +
                                               settings_.public_url + "/forgotten\n"}));
        return record(session, clock_,
                      {.actor_id = user_id,
                       .action = "password.changed",
                       .object_id = user_id,
                       .address = ""});
    });
    TRY_VOID(done);
    sessions_.forget();
    return {};
}

Result<User> Users::get(std::string const& user_id) {
    auto const row = TRY(database_.read(
        [&](db::Session& session) { return session.row(queries::kUserById, {user_id}); }));
    if (!row) return no_such_user();
    return user_of(*row);
}

Result<> Users::rename(std::string const& user_id, std::string const& name) {
    if (!name.empty()) TRY_VOID(check_name(name));
    return database_.write([&](db::Session& session) -> Result<> {
        if (TRY(session.change(queries::kSetName, {user_id, name})) == 0) return no_such_user();
        return {};
    });
}

Result<std::vector<User>> Users::page(std::string const& after, int most) {
    auto const rows = TRY(database_.read(
        [&](db::Session& session) { return session.rows(queries::kUsersPage, {after, most}); }));
    std::vector<User> out;
    for (auto const& row : rows) out.push_back(user_of(row));
    return out;
}

Result<> Users::refuse_last_operator(db::Session& session, std::string const& user_id) {
    (void)TRY(session.change(queries::kTouchOperators, {}));
    auto const rows = TRY(session.rows(queries::kOperators, {}));
    auto const is_he = [&](db::Row const& row) { return row.text("id") == user_id; };
    if (std::ranges::any_of(rows, is_he) && rows.size() == 1)
        return fail(ErrorCode::Conflict,
                    "this is the last operator; make somebody else an operator first");
    return {};
}

Result<> Users::suspend(std::string const& user_id, bool suspended, std::string const& actor) {
    auto const done = database_.write([&](db::Session& session) -> Result<> {
        if (suspended) TRY_VOID(refuse_last_operator(session, user_id));
        auto const at = suspended ? std::optional(clock_.now()) : std::nullopt;
        if (TRY(session.change(queries::kSetSuspended, {user_id, at})) == 0) return no_such_user();
        if (suspended) TRY_VOID(sessions_.revoke_all(session, user_id, ""));
        return record(session, clock_,
                      {.actor_id = actor,
                       .action = suspended ? "user.suspended" : "user.readmitted",
                       .object_id = user_id,
                       .address = ""});
    });
    sessions_.forget();
    return done;
}

Result<> Users::set_operator(std::string const& user_id, bool is_operator,
                             std::string const& actor) {
    auto const done = database_.write([&](db::Session& session) -> Result<> {
        if (!is_operator) TRY_VOID(refuse_last_operator(session, user_id));
        if (TRY(session.change(queries::kSetOperator, {user_id, is_operator})) == 0)
            return no_such_user();
        return record(session, clock_,
                      {.actor_id = actor,
                       .action = is_operator ? "operator.added" : "operator.removed",
                       .object_id = user_id,
                       .address = ""});
    });
    sessions_.forget();
    return done;
}

Result<std::string> Users::make_invite(std::string const& actor) {
    auto const secret = random_secret();
    auto done = database_.write([&](db::Session& session) -> Result<> {
        auto const id = new_id("invite", clock_);
        (void)TRY(session.change(queries::kAddRegistrationInvite,
                                 {id, sha256_hex(secret), actor, clock_.now() + kInviteLifetime}));
        return record(session, clock_,
                      {.actor_id = actor, .action = "invite.made", .object_id = id, .address = ""});
    });
    TRY_VOID(done);
    return link("register", secret);
}

}  // namespace aiditor::accounts
