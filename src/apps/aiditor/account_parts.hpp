#pragma once
/// Accounts as the settings want them.

#include "base/config.hpp"
#include "service/accounts/accounts.hpp"

#include <string>

namespace aiditor::app {

/// Whether whoever reaches the service owns it, without signing in.
[[nodiscard]] bool is_single(Config const& config);

/// How browsers reach the service: the setting, else http:// and the address it listens on
/// (`listen`, empty: the setting's). Without a slash at the end.
[[nodiscard]] std::string public_url_of(Config const& config, std::string const& listen);

/// Over the secrets in `folder`. Errors: Usage for the settings, those of Keys::open.
[[nodiscard]] Result<std::unique_ptr<accounts::Accounts>> open_accounts(
    Config const& config, std::string const& folder, std::string const& public_url,
    db::Database& database);

/// By the settings smtp_*; null where no mail server is named. Errors: Usage.
[[nodiscard]] Result<std::unique_ptr<accounts::MailSender>> mail_sender_of(Config const& config);

/// With the local owner where `accounts` is single, who is made when there is none.
[[nodiscard]] Result<accounts::Authenticator> authenticator_of(Config const& config,
                                                               accounts::Accounts& accounts);

/// A new link for the first operator, good for an hour and once; the one before it ends. Empty when
/// there is an operator already. Errors: of the database.
[[nodiscard]] Result<std::optional<std::string>> make_setup_link(accounts::Accounts& accounts,
                                                                 std::string const& public_url);

/// `aiditor setup-link`: prints a new link for the first operator; the one before it ends. Errors:
/// Conflict when there is an operator already, Usage where nobody signs in.
[[nodiscard]] Result<> print_setup_link(Config const& config, std::string const& data);

/// `aiditor keys rotate`: a new secret of each kind; servers read it within a minute. Errors:
/// NotFound when the folder has none, those of Keys::rotate.
[[nodiscard]] Result<> rotate_keys(Config const& config, std::string const& data);

}  // namespace aiditor::app
