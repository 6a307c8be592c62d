#pragma once
/// Who is signed in: a session is a family of refresh tokens of which one is the present one.
///
/// A refresh token is "sess_....GENERATION.KEYID.MAC" with MAC = HMAC-SHA256(key, session and
/// generation): every successor follows from the session alone, so that a repeat within
/// kRefreshGrace (a lost reply, two tabs) gets the identical answer, and any later repeat proves
/// that the token is in two hands and ends the family (RFC 9700, 4.14.2). The database holds the
/// SHA-256 of the present token.

#include "service/accounts/audit.hpp"
#include "service/accounts/keys.hpp"
#include "service/db/database.hpp"

#include <boost/describe.hpp>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace aiditor::accounts {

/// Where a request comes from, for lists that people read.
struct Client {
    std::string address;
    std::string name;  ///< User-Agent, cut to kMostClientName
};
inline constexpr std::size_t kMostClientName = 200;

struct SessionTokens {
    std::string user_id, session_id, refresh_token;
};

struct LiveSession {
    std::string user_id;
    bool second_factor = false, is_operator = false;
};

struct SessionInfo {
    std::string id, address, client;
    bool second_factor = false;
    UtcMicros created_at_us = 0, last_used_at_us = 0, expires_at_us = 0;
};
BOOST_DESCRIBE_STRUCT(SessionInfo, (),
                      (id, address, client, second_factor, created_at_us, last_used_at_us,
                       expires_at_us))

/// Thread-safe.
class Sessions {
public:
    Sessions(db::Database& database, Keys const& keys, Clock const& clock)
        : database_(database), keys_(keys), clock_(clock) {}

    /// Signs somebody in who has proven who he is.
    [[nodiscard]] Result<SessionTokens> begin(db::Session& session, std::string const& user_id,
                                              bool second_factor, Client const& client);
    /// The successor of a refresh token. Errors: NotSignedIn, with one message, for a token that is
    /// none, has ended or was used before.
    [[nodiscard]] Result<SessionTokens> rotate(std::string_view token, Client const& client);

    /// Whether requests of this session are still its user's; NotSignedIn when not. Remembered for
    /// kLiveCache, so a session that any node ends is over everywhere within that.
    [[nodiscard]] Result<LiveSession> live(std::string const& session_id);

    [[nodiscard]] Result<std::vector<SessionInfo>> list(std::string const& user_id);
    /// Errors: NotFound when the user has no such live session.
    [[nodiscard]] Result<> revoke(std::string const& session_id, std::string const& user_id);
    /// All of a user but `except` (may be empty), in the caller's transaction; call forget()
    /// after it.
    [[nodiscard]] Result<> revoke_all(db::Session& session, std::string const& user_id,
                                      std::string const& except);
    /// All of a user.
    [[nodiscard]] Result<> end_all(std::string const& user_id, std::string const& address);
    /// Forgets those that ended long ago, which the tables need no more.
    [[nodiscard]] Result<> drop_old();
    /// Asks the database again from now on.
    void forget();

    static constexpr std::size_t kMostRemembered = 100'000;

private:
    struct Remembered {
        UtcMicros at = 0;
        std::optional<LiveSession> live;
    };
    struct Token;
    [[nodiscard]] static std::optional<Token> read(std::string_view text);
    [[nodiscard]] std::string write(std::string const& session_id, std::int64_t generation,
                                    Key const& key) const;
    enum class Outcome : std::uint8_t { Successor = 1, Refused };
    [[nodiscard]] Result<Outcome> repeat(db::Session& session, Token const& token,
                                         Client const& client, std::string& user_id);

    db::Database& database_;
    Keys const& keys_;
    Clock const& clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, Remembered> remembered_;
};

}  // namespace aiditor::accounts
