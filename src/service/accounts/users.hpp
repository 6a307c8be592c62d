#pragma once
/// People: how they come, prove who they are, change their password, and go.

#include "service/accounts/mail.hpp"
#include "service/accounts/passwords.hpp"
#include "service/accounts/sessions.hpp"

#include <boost/describe.hpp>
#include <optional>

namespace aiditor::accounts {

enum class Registration : std::uint8_t { Open = 1, Invite, Closed };
BOOST_DESCRIBE_ENUM(Registration, Open, Invite, Closed)

/// What a deployment says about accounts. Immutable.
struct AccountSettings {
    Registration registration = Registration::Closed;
    /// Whether mails can be sent: only then must an address be proven before signing in.
    bool mail = false;
    std::string public_url;  ///< "https://aiditor.example", for links in mails
};

struct User {
    std::string id, email;
    std::string name;  ///< what others see; may be empty
    bool verified = false, is_operator = false, suspended = false;
    bool totp = false;  ///< a second factor is asked for
    std::optional<UtcMicros> deletion_due_at_us;
    UtcMicros created_at_us = 0;
};
BOOST_DESCRIBE_STRUCT(User, (),
                      (id, email, name, verified, is_operator, suspended, totp, deletion_due_at_us,
                       created_at_us))
[[nodiscard]] User user_of(db::Row const& row);

/// Thread-safe. Secrets of links are random, stored as SHA-256, and good once.
class Users {
public:
    Users(db::Database& database, Keys const& keys, Passwords& passwords, Sessions& sessions,
          Outbox& outbox, Clock const& clock, AccountSettings settings)
        : database_(database),
          keys_(keys),
          passwords_(passwords),
          sessions_(sessions),
          outbox_(outbox),
          clock_(clock),
          settings_(std::move(settings)) {}

    [[nodiscard]] AccountSettings const& settings() const { return settings_; }

    /// Answers the same whether somebody has this address already; who owns it learns by mail. An
    /// address that was never proven goes to whoever registers it last. Errors: NotAllowed where
    /// registration is closed or the invite is not good, BadRequest for address and password,
    /// Unavailable.
    [[nodiscard]] Result<> add(std::string const& email, std::string const& password,
                               std::optional<std::string> const& invite,
                               std::string const& address);
    /// The password of the registration comes with the link, so that nobody confirms an account
    /// that a stranger prepared for his address. Errors: Gone, NotSignedIn for the password.
    [[nodiscard]] Result<> verify(std::string const& secret, std::string const& password);

    /// Sends a link, good for kResetLifetime, if there is such a person; answers the same if not.
    /// Errors: BadRequest for the address, NotConfigured without mail.
    [[nodiscard]] Result<> request_reset(std::string const& email, std::string const& address);
    /// The same link for an operator to hand over. Errors: NotFound.
    [[nodiscard]] Result<std::string> reset_link(std::string const& user_id,
                                                 std::string const& actor);
    /// A new password by such a link; all sessions end. Errors: Gone, BadRequest.
    [[nodiscard]] Result<> reset(std::string const& secret, std::string const& password,
                                 std::string const& address);
    /// All other sessions end. Errors: NotSignedIn for the old password, BadRequest for the new.
    [[nodiscard]] Result<> change_password(std::string const& user_id, std::string const& old,
                                           std::string const& password,
                                           std::string const& keep_session);
    /// Errors: NotSignedIn.
    [[nodiscard]] Result<> check_own_password(std::string const& user_id,
                                              std::string const& password);

    /// Errors: NotFound.
    [[nodiscard]] Result<User> get(std::string const& user_id);
    /// What others see of a person; empty for nothing. Errors: BadRequest for the name, NotFound.
    [[nodiscard]] Result<> rename(std::string const& user_id, std::string const& name);
    /// In the order they came, at most `most` of those after an id; for the operator.
    [[nodiscard]] Result<std::vector<User>> page(std::string const& after, int most);
    /// A suspended person's sessions and keys end within a second. Errors: NotFound, Conflict for
    /// the last operator.
    [[nodiscard]] Result<> suspend(std::string const& user_id, bool suspended,
                                   std::string const& actor);
    /// Errors: as suspend.
    [[nodiscard]] Result<> set_operator(std::string const& user_id, bool is_operator,
                                        std::string const& actor);
    /// The secret of an invite to register, good for kInviteLifetime.
    [[nodiscard]] Result<std::string> make_invite(std::string const& actor);

    /// The secret of the link with which the first operator signs up, good for kSetupLifetime and
    /// once; a new one ends the one before it. Empty when there is an operator with a password.
    [[nodiscard]] Result<std::optional<std::string>> make_setup_secret();
    /// The first operator. Where this was a single-owner installation the owner becomes him and
    /// keeps what he has. Errors: Gone, BadRequest, Conflict when the address is taken.
    [[nodiscard]] Result<std::string> set_up(std::string const& secret, std::string const& email,
                                             std::string const& password);
    /// The one person of a single-owner installation, without a password; made when there is none.
    [[nodiscard]] Result<std::string> ensure_owner();

    /// Asks to be forgotten in kDeletionGrace; keys and other sessions end now. Errors:
    /// NotSignedIn for the password, Conflict for the last operator and for somebody who alone
    /// owns a workspace that others work in.
    [[nodiscard]] Result<UtcMicros> request_deletion(std::string const& user_id,
                                                     std::string const& password,
                                                     std::string const& keep_session);
    [[nodiscard]] Result<> withdraw_deletion(std::string const& user_id);
    /// Whose time has come, at most 100.
    [[nodiscard]] Result<std::vector<std::string>> due_deletions();
    /// Forgets a person whose time has come, with the workspaces that are his alone. First take
    /// away what other rooms keep for the workspaces this returns for him: lonely_workspaces().
    [[nodiscard]] Result<std::vector<std::string>> lonely_workspaces(std::string const& user_id);
    [[nodiscard]] Result<> erase(std::string const& user_id);

private:
    [[nodiscard]] Result<> add_in(db::Session& session, std::string const& email,
                                  std::string const& hash, std::string const& address);
    [[nodiscard]] Result<std::string> put_link(db::Session& session, std::string const& user_id,
                                               std::string_view kind, UtcMicros lifetime);
    [[nodiscard]] Result<> refuse_last_operator(db::Session& session, std::string const& user_id);
    [[nodiscard]] Result<std::string> new_user(db::Session& session, std::string const& email,
                                               std::optional<std::string> const& hash,
                                               bool verified, bool is_operator);
    [[nodiscard]] std::string link(std::string_view page, std::string const& secret) const;

    db::Database& database_;
    Keys const& keys_;
    Passwords& passwords_;
    Sessions& sessions_;
    Outbox& outbox_;
    Clock const& clock_;
    AccountSettings settings_;
};

}  // namespace aiditor::accounts
