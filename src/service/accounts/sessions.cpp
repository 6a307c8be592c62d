#include "service/accounts/sessions.hpp"

#include "base/base64.hpp"
#include "base/hmac.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "base/sha256.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/queries.hpp"

#include <charconv>
#include <cstdlib>
#include <fmt/format.h>

namespace aiditor::accounts {

struct Sessions::Token {
    std::string session_id;
    std::int64_t generation = 0;
    std::string key_id, mac;
};

namespace {

constexpr std::size_t kMostRefreshBytes = 256;

std::string mac_of(std::string const& session_id, std::int64_t generation, Key const& key) {
    return hmac(MacHash::Sha256, key.bytes(),
                fmt::format("refresh\n{}\n{}", session_id, generation));
}

std::string client_name(Client const& client) {
    return printable(std::string_view(client.name).substr(0, kMostClientName));
}

std::unexpected<Error> refused() {
    return fail(ErrorCode::NotSignedIn, "the session has ended; sign in again");
}

}  // namespace

std::optional<Sessions::Token> Sessions::read(std::string_view text) {
    if (text.size() > kMostRefreshBytes) return std::nullopt;
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; parts.size() < 5;) {
        auto const dot = text.find('.', at);
        parts.push_back(text.substr(at, dot - at));
        if (dot == std::string_view::npos) break;
        at = dot + 1;
    }
    if (parts.size() != 4 || !is_id(parts[0], "sess")) return std::nullopt;
    Token token{.session_id = std::string(parts[0]),
                .generation = 0,
                .key_id = std::string(parts[2]),
                .mac = ""};
    auto const number = parts[1];
    auto const [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), token.generation);
    auto const mac = from_base64url(parts[3]);
    if (error != std::errc() || end != number.data() + number.size() || number.front() == '0' ||
        token.generation < 1 || !mac)
        return std::nullopt;
    token.mac = *mac;
    return token;
}

std::string Sessions::write(std::string const& session_id, std::int64_t generation,
                            Key const& key) const {
    return fmt::format("{}.{}.{}.{}", session_id, generation, key.id,
                       base64url(mac_of(session_id, generation, key)));
}

Result<SessionTokens> Sessions::begin(db::Session& session, std::string const& user_id,
                                      bool second_factor, Client const& client) {
    auto const now = clock_.now();
    auto const ring = keys_.ring();
    SessionTokens out{
        .user_id = user_id, .session_id = new_id("sess", clock_), .refresh_token = ""};
    out.refresh_token = write(out.session_id, 1, ring->for_refresh(now));
    (void)TRY(session.change(
        queries::kAddSession,
        {out.session_id, user_id, sha256_hex(out.refresh_token), second_factor, client.address,
         client_name(client), now, now + kSessionIdle, now + kSessionLongest}));
    TRY_VOID(record(session, clock_,
                    {.actor_id = user_id,
                     .action = "session.begun",
                     .object_id = out.session_id,
                     .address = client.address}));
    return out;
}

Result<SessionTokens> Sessions::rotate(std::string_view text, Client const& client) {
    auto const token = read(text);
    if (!token) return refused();
    auto const ring = keys_.ring();
    auto const* const key = KeyRing::find(ring->refresh, token->key_id);
    if (!key || !equal_secrets(token->mac, mac_of(token->session_id, token->generation, *key)))
        return refused();

    SessionTokens out{.user_id = "",
                      .session_id = token->session_id,
                      .refresh_token = write(token->session_id, token->generation + 1, *key)};
    // An error would undo the end of a family, so what must be committed is an outcome.
    auto const outcome = database_.write([&](db::Session& session) -> Result<Outcome> {
        auto const now = clock_.now();
        auto const row = TRY(
            session.row(queries::kRotateSession,
                        {token->session_id, token->generation, sha256_hex(text),
                         sha256_hex(out.refresh_token), now, now + kSessionIdle, client.address}));
        if (!row) return repeat(session, *token, client, out.user_id);
        out.user_id = row->text("user_id");
        return Outcome::Successor;
    });
    if (TRY(outcome) == Outcome::Successor) return out;
    forget();
    return refused();
}

Result<Sessions::Outcome> Sessions::repeat(db::Session& session, Token const& token,
                                           Client const& client, std::string& user_id) {
    auto const row = TRY(session.row(queries::kSessionState, {token.session_id}));
    auto const now = clock_.now();
    if (!row || !row->is_null("revoked_at_us") || row->integer("expires_at_us") <= now ||
        row->integer("idle_until_us") <= now || row->integer("generation") <= token.generation)
        return Outcome::Refused;
    user_id = row->text("user_id");
    // By amount: a clock that was set back must not make the grace longer.
    auto const age = std::llabs(now - row->integer("rotated_at_us"));
    if (row->integer("generation") == token.generation + 1 && age <= kRefreshGrace)
        return Outcome::Successor;
    (void)TRY(session.change(queries::kRevokeSession, {token.session_id, user_id, now}));
    TRY_VOID(record(session, clock_,
                    {.actor_id = user_id,
                     .action = "session.reused",
                     .object_id = token.session_id,
                     .address = client.address,
                     .details = {{"generation", token.generation}}}));
    return Outcome::Refused;
}

Result<LiveSession> Sessions::live(std::string const& session_id) {
    auto const now = clock_.now();
    {
        std::scoped_lock const lock(mutex_);
        auto const found = remembered_.find(session_id);
        if (found != remembered_.end() && now >= found->second.at &&
            now - found->second.at < kLiveCache) {
            if (!found->second.live) return refused();
            return *found->second.live;
        }
    }
    auto const row = TRY(database_.read([&](db::Session& session) {
        return session.row(queries::kLiveSession, {session_id, now});
    }));
    Remembered entry{.at = now, .live = std::nullopt};
    if (row)
        entry.live = LiveSession{.user_id = row->text("user_id"),
                                 .second_factor = row->flag("second_factor"),
                                 .is_operator = row->flag("is_operator")};
    {
        std::scoped_lock const lock(mutex_);
        if (remembered_.size() >= kMostRemembered) remembered_.clear();
        remembered_[session_id] = entry;
    }
    if (!entry.live) return refused();
    return *entry.live;
}

Result<std::vector<SessionInfo>> Sessions::list(std::string const& user_id) {
    auto const rows = TRY(database_.read([&](db::Session& session) {
        return session.rows(queries::kSessionsOfUser, {user_id, clock_.now()});
    }));
    std::vector<SessionInfo> out;
    for (auto const& row : rows)
        out.push_back({.id = row.text("id"),
                       .address = row.text("address"),
                       .client = row.text("client"),
                       .second_factor = row.flag("second_factor"),
                       .created_at_us = row.integer("created_at_us"),
                       .last_used_at_us = row.integer("rotated_at_us"),
                       .expires_at_us = row.integer("expires_at_us")});
    return out;
}

Result<> Sessions::revoke(std::string const& session_id, std::string const& user_id) {
    auto const done = database_.write([&](db::Session& session) -> Result<> {
        auto const n =
            TRY(session.change(queries::kRevokeSession, {session_id, user_id, clock_.now()}));
        if (n == 0) return fail(ErrorCode::NotFound, "there is no such session");
        return record(session, clock_,
                      {.actor_id = user_id,
                       .action = "session.ended",
                       .object_id = session_id,
                       .address = ""});
    });
    forget();
    return done;
}

Result<> Sessions::revoke_all(db::Session& session, std::string const& user_id,
                              std::string const& except) {
    (void)TRY(session.change(queries::kRevokeSessions, {user_id, except, clock_.now()}));
    return {};
}

Result<> Sessions::end_all(std::string const& user_id, std::string const& address) {
    auto const done = database_.write([&](db::Session& session) -> Result<> {
        TRY_VOID(revoke_all(session, user_id, ""));
        return record(session, clock_,
                      {.actor_id = user_id,
                       .action = "sessions.ended",
                       .object_id = user_id,
                       .address = address});
    });
    forget();
    return done;
}

Result<> Sessions::drop_old() {
    TRY_VOID(database_.write([&](db::Session& session) {
        return session.change(queries::kDropOldSessions, {clock_.now() - kSessionIdle});
    }));
    return {};
}

void Sessions::forget() {
    std::scoped_lock const lock(mutex_);
    remembered_.clear();
}

}  // namespace aiditor::accounts
