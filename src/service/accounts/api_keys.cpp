#include "service/accounts/api_keys.hpp"

#include "base/random.hpp"
#include "base/sha256.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/queries.hpp"
#include "service/accounts/workspaces.hpp"

#include <algorithm>
#include <array>

namespace aiditor::accounts {
namespace {

constexpr std::array<std::string_view, 3> kScopes{"read", "write", "upload"};
constexpr std::size_t kSecretLength = 43, kShown = 8;
constexpr std::int64_t kMostDays = 3650;

std::string joined(std::vector<std::string> const& scopes) {
    std::string out;
    for (auto const& scope : scopes) out += (out.empty() ? "" : ",") + scope;
    return out;
}

std::vector<std::string> parted(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        auto const comma = std::min(text.find(','), text.size());
        out.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return out;
}

Result<> check(ApiKeyWish const& wish) {
    TRY_VOID(check_name(wish.name));
    for (auto const& scope : wish.scopes)
        if (std::ranges::find(kScopes, scope) == kScopes.end() ||
            std::ranges::count(wish.scopes, scope) != 1)
            return fail(ErrorCode::BadRequest, "scopes are read, write and upload, each once");
    if (wish.scopes.empty()) return fail(ErrorCode::BadRequest, "a key needs a scope");
    if (wish.days && (*wish.days < 1 || *wish.days > kMostDays))
        return fail(ErrorCode::BadRequest, "a key ends after 1 to 3650 days, or never");
    return {};
}

std::unexpected<Error> refused() {
    return fail(ErrorCode::NotSignedIn, "this API key is not valid or has ended");
}

ApiKeyInfo info_of(db::Row const& row) {
    return {.id = row.text("id"),
            .workspace_id = row.text("workspace_id"),
            .name = row.text("name"),
            .prefix = row.text("prefix"),
            .scopes = parted(row.text("scopes")),
            .created_at_us = row.integer("created_at_us"),
            .expires_at_us = row.maybe_integer("expires_at_us"),
            .last_used_at_us = row.maybe_integer("last_used_at_us")};
}

}  // namespace

Result<> ApiKeys::tell_of_key(db::Session& session, std::string const& user_id,
                              ApiKeyWish const& wish) {
    auto const user = TRY(session.row(queries::kUserById, {user_id}));
    if (!settings_.mail || !user) return {};
    return outbox_.put(session,
                       {.to = user->text("email"),
                        .subject = "An Aiditor API key was made",
                        .body = "A key named \"" + wish.name + "\" was made in your account, for " +
                                joined(wish.scopes) +
                                ". If it was not you, end it and change your password at once: " +
                                settings_.public_url + "/forgotten\n"});
}

Result<NewApiKey> ApiKeys::create(std::string const& user_id, ApiKeyWish const& wish) {
    TRY_VOID(check(wish));
    auto const now = clock_.now();
    NewApiKey out{.secret = std::string(kApiKeyPrefix) + random_secret(),
                  .key = {.id = new_id("key", clock_),
                          .workspace_id = wish.workspace_id,
                          .name = wish.name,
                          .prefix = "",
                          .scopes = wish.scopes,
                          .created_at_us = now,
                          .expires_at_us = std::nullopt,
                          .last_used_at_us = std::nullopt}};
    out.key.prefix = out.secret.substr(0, kShown);
    if (wish.days) out.key.expires_at_us = now + *wish.days * kDay;
    auto done = database_.write([&](db::Session& session) -> Result<> {
        if (!TRY(session.row(queries::kRoleInWorkspace, {wish.workspace_id, user_id})))
            return fail(ErrorCode::NotFound, "there is no such workspace");
        if (TRY(session.rows(queries::kApiKeysOfUser, {user_id})).size() >= kMostKeys)
            return fail(ErrorCode::QuotaReached, "end a key that is no longer needed first");
        (void)TRY(session.change(
            queries::kAddApiKey,
            {out.key.id, user_id, wish.workspace_id, wish.name, out.key.prefix,
             sha256_hex(out.secret), joined(wish.scopes), now, out.key.expires_at_us}));
        TRY_VOID(tell_of_key(session, user_id, wish));
        return record(session, clock_,
                      {.actor_id = user_id,
                       .action = "api_key.created",
                       .object_id = out.key.id,
                       .address = "",
                       .details = {{"scopes", joined(wish.scopes)}}});
    });
    TRY_VOID(done);
    return out;
}

Result<std::vector<ApiKeyInfo>> ApiKeys::list(std::string const& user_id) {
    auto const rows = TRY(database_.read(
        [&](db::Session& session) { return session.rows(queries::kApiKeysOfUser, {user_id}); }));
    std::vector<ApiKeyInfo> out;
    for (auto const& row : rows) out.push_back(info_of(row));
    return out;
}

Result<> ApiKeys::revoke(std::string const& id, std::string const& user_id) {
    auto const done = database_.write([&](db::Session& session) -> Result<> {
        if (TRY(session.change(queries::kDropApiKey, {id, user_id})) == 0)
            return fail(ErrorCode::NotFound, "there is no such API key");
        return record(
            session, clock_,
            {.actor_id = user_id, .action = "api_key.ended", .object_id = id, .address = ""});
    });
    forget();
    return done;
}

Result<api::Principal> ApiKeys::authenticate(std::string_view secret) {
    if (!secret.starts_with(kApiKeyPrefix) || secret.size() != kApiKeyPrefix.size() + kSecretLength)
        return refused();
    auto const hash = sha256_hex(secret);
    auto const now = clock_.now();
    {
        std::scoped_lock const lock(mutex_);
        auto const found = remembered_.find(hash);
        if (found != remembered_.end() && now >= found->second.at &&
            now - found->second.at < kLiveCache)
            return found->second.principal;
    }
    auto const row = TRY(database_.read(
        [&](db::Session& session) { return session.row(queries::kApiKeyByHash, {hash, now}); }));
    if (!row) return refused();
    api::Principal principal;
    principal.kind = api::PrincipalKind::ApiKey;
    principal.user_id = row->text("user_id");
    principal.key_id = row->text("id");
    principal.workspace_id = row->text("workspace_id");
    principal.scopes = parted(row->text("scopes"));
    if (now - row->maybe_integer("last_used_at_us").value_or(0) >= kMinute)
        (void)TRY(database_.write([&](db::Session& session) {
            return session.change(queries::kTouchApiKey, {row->text("id"), now});
        }));
    std::scoped_lock const lock(mutex_);
    if (remembered_.size() >= kMostRemembered) remembered_.clear();
    remembered_[hash] = {.at = now, .principal = principal};
    return principal;
}

void ApiKeys::forget() {
    std::scoped_lock const lock(mutex_);
    remembered_.clear();
}

}  // namespace aiditor::accounts
