#pragma once
/// Keys for programs: "aik_" and 43 characters, good for one workspace and some scopes. The
/// database holds a SHA-256; the secret is shown once.

#include "service/accounts/users.hpp"
#include "service/api/principal.hpp"
#include "service/db/database.hpp"

#include <boost/describe.hpp>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace aiditor::accounts {

inline constexpr std::string_view kApiKeyPrefix = "aik_";

struct ApiKeyInfo {
    std::string id, workspace_id, name;
    std::string prefix;  ///< the beginning of the secret, to know it again
    std::vector<std::string> scopes;
    UtcMicros created_at_us = 0;
    std::optional<UtcMicros> expires_at_us, last_used_at_us;
};
BOOST_DESCRIBE_STRUCT(ApiKeyInfo, (),
                      (id, workspace_id, name, prefix, scopes, created_at_us, expires_at_us,
                       last_used_at_us))

struct NewApiKey {
    std::string secret;
    ApiKeyInfo key;
};
BOOST_DESCRIBE_STRUCT(NewApiKey, (), (secret, key))

struct ApiKeyWish {
    std::string workspace_id, name;
    std::vector<std::string> scopes;   ///< of "read", "write", "upload", each once
    std::optional<std::int64_t> days;  ///< until it ends, 1 to 3650; never without
};
BOOST_DESCRIBE_STRUCT(ApiKeyWish, (), (workspace_id, name, scopes, days))

/// Thread-safe.
class ApiKeys {
public:
    ApiKeys(db::Database& database, Outbox& outbox, Clock const& clock,
            AccountSettings const& settings)
        : database_(database), outbox_(outbox), clock_(clock), settings_(settings) {}

    /// Its owner learns of it by mail. Errors: BadRequest for the wish, NotFound when the user is
    /// not in the workspace, QuotaReached above kMostKeys.
    [[nodiscard]] Result<NewApiKey> create(std::string const& user_id, ApiKeyWish const& wish);
    [[nodiscard]] Result<std::vector<ApiKeyInfo>> list(std::string const& user_id);
    /// Errors: NotFound.
    [[nodiscard]] Result<> revoke(std::string const& id, std::string const& user_id);
    /// Whose key this is; what it may do in the workspace is its owner's role and its scopes.
    /// Remembered for kLiveCache. Errors: NotSignedIn.
    [[nodiscard]] Result<api::Principal> authenticate(std::string_view secret);
    /// Asks the database again from now on.
    void forget();

    static constexpr std::size_t kMostKeys = 100, kMostRemembered = 10'000;

private:
    struct Remembered {
        UtcMicros at = 0;
        api::Principal principal;
    };
    [[nodiscard]] Result<> tell_of_key(db::Session& session, std::string const& user_id,
                                       ApiKeyWish const& wish);

    db::Database& database_;
    Outbox& outbox_;
    Clock const& clock_;
    AccountSettings const settings_;
    std::mutex mutex_;
    std::unordered_map<std::string, Remembered> remembered_;  // by hash
};

}  // namespace aiditor::accounts
