#pragma once
/// The secrets of this installation, in one file beside its data (never in the database, so that a
/// copy of the database alone opens nothing).

#include "base/clock.hpp"
#include "base/result.hpp"

#include <boost/describe.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace aiditor::accounts {

struct Key {
    std::string id;  ///< 8 characters of [a-z0-9]
    std::int64_t made_at_us = 0;
    std::string secret;  ///< 32 random bytes in base64url

    /// The 32 bytes.
    [[nodiscard]] std::string bytes() const;
};

/// Immutable. Of each kind the newest is last.
struct KeyRing {
    static constexpr std::string_view kSchema = "aiditor.keys/1";
    std::vector<Key> signing;     ///< access tokens
    std::vector<Key> refresh;     ///< refresh tokens and the cookies of known devices
    std::vector<Key> encryption;  ///< what must be read again: TOTP secrets, tokens of others

    [[nodiscard]] Result<> validate(std::string const& pointer) const;

    /// The newest that every node has had time to read (kKeySpread), else the oldest.
    [[nodiscard]] Key const& for_signing(UtcMicros now) const;
    [[nodiscard]] Key const& for_refresh(UtcMicros now) const;
    /// Null for an unknown id.
    [[nodiscard]] static Key const* find(std::vector<Key> const& keys, std::string_view id);

    /// XChaCha20-Poly1305: "KEYID.base64url(nonce, ciphertext)". `context` says what the text is
    /// and whose, e.g. "totp/user_..."; it is not stored and must be the same for open().
    [[nodiscard]] std::string seal(std::string_view plain, std::string_view context,
                                   UtcMicros now) const;
    /// Errors: Internal for another context, a changed text or a key that is gone.
    [[nodiscard]] Result<std::string> open(std::string_view sealed, std::string_view context) const;
};
BOOST_DESCRIBE_STRUCT(Key, (), (id, made_at_us, secret))
BOOST_DESCRIBE_STRUCT(KeyRing, (), (signing, refresh, encryption))

/// A new key is not used for this long, so that every node reads it before it meets its work.
inline constexpr UtcMicros kKeySpread = 2 * 60 * kMicrosPerSecond;

/// The file with its secrets. Thread-safe.
class Keys {
public:
    /// Reads the file, or makes it (mode 0600) with new secrets where there is none; two programs
    /// that start at once end up with one file. Errors: Usage for a file that others may read, that
    /// is not whole or holds a weak secret, each named; Unwritable, Unreadable.
    [[nodiscard]] static Result<std::unique_ptr<Keys>> open(std::string path, Clock const& clock);

    [[nodiscard]] std::shared_ptr<KeyRing const> ring() const;
    /// Reads the file again: after SIGHUP, and once a minute where several nodes share it. The
    /// present secrets stay when that fails. Errors: as open.
    [[nodiscard]] Result<> reload();

    /// Adds a new key of each kind and drops those that nothing valid can need any more: signing
    /// keys whose successor is an hour old, refresh keys whose successor is as old as a session
    /// can grow. Encryption keys stay. Errors: as open.
    [[nodiscard]] Result<> rotate();

private:
    Keys(std::string path, Clock const& clock) : path_(std::move(path)), clock_(clock) {}

    std::string path_;
    Clock const& clock_;
    mutable std::mutex mutex_;
    std::shared_ptr<KeyRing const> ring_;
};

}  // namespace aiditor::accounts
