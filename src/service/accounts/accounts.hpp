#pragma once
/// Everything this room keeps, put together over one database.

#include "service/accounts/api_keys.hpp"
#include "service/accounts/authenticate.hpp"
#include "service/accounts/departures.hpp"
#include "service/accounts/sign_in.hpp"
#include "service/accounts/workspaces.hpp"

#include <memory>

namespace aiditor::accounts {

/// All that a workspace holds, for an export.
using WorkspaceContents = std::function<Result<json::Value>(db::Session&, std::string const&)>;

/// What opening needs to know. `passwords_at_once` hashes of `cost` are in memory at one time.
struct AccountOptions {
    AccountSettings settings;
    std::string key_file;
    Passwords::Cost cost{};
    unsigned passwords_at_once = 4;
    OnLeave on_leave{};
    WorkspaceContents workspace_contents{};
};

/// Thread-safe, each part by itself.
struct Accounts {
    /// Errors: those of Keys::open.
    [[nodiscard]] static Result<std::unique_ptr<Accounts>> open(db::Database& database,
                                                                Clock const& clock,
                                                                AccountOptions const& options);

    db::Database& database;
    Clock const& clock;
    AccountSettings const settings;
    std::unique_ptr<Keys> const keys;
    Passwords passwords;
    Outbox outbox{database, *keys, clock};
    Sessions sessions{database, *keys, clock};
    SecondFactor second_factor{database, *keys, clock};
    AccessTokens access{*keys, clock, settings.public_url};
    Users users{database, *keys, passwords, sessions, outbox, clock, settings};
    SignIn sign_in{database, *keys,  passwords, sessions, second_factor,
                   access,   outbox, clock,     settings};
    Workspaces workspaces{database, clock};
    ApiKeys api_keys{database, outbox, clock, settings};
    Departures departures;
    WorkspaceContents const workspace_contents;

    Accounts(db::Database& db, Clock const& time, AccountOptions const& options,
             std::unique_ptr<Keys> secrets)
        : database(db),
          clock(time),
          settings(options.settings),
          keys(std::move(secrets)),
          passwords(options.cost, options.passwords_at_once),
          departures(database, sessions, users, clock, options.on_leave),
          workspace_contents(options.workspace_contents) {}
    Accounts(Accounts const&) = delete;
    Accounts& operator=(Accounts const&) = delete;
};

}  // namespace aiditor::accounts
