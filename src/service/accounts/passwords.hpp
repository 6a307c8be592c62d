#pragma once
/// Passwords: which are accepted, and how they are kept (argon2id, RFC 9106, by libsodium).

#include "base/result.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>

namespace aiditor::accounts {

inline constexpr std::size_t kShortestPassword = 8, kLongestPassword = 128;  // code points

/// 8 to 128 code points of UTF-8 and none of the passwords that everybody guesses first, also with
/// digits or signs around them, or made of one's own e-mail address; nothing else is asked (NIST
/// SP 800-63B, 5.1.1.2). Errors: BadRequest with what to do instead.
[[nodiscard]] Result<> check_password(std::string_view password, std::string_view email);

/// Thread-safe. Every hash in the making takes `memory_bytes`, so at most `at_once` are made at one
/// time: signing in is never a way to exhaust the memory.
class Passwords {
public:
    struct Cost {
        unsigned long long passes = 2;
        std::size_t memory_bytes = 64U << 20;
    };
    Passwords(Cost cost, unsigned at_once,
              std::chrono::milliseconds longest_wait = std::chrono::seconds(2));

    /// A PHC string: "$argon2id$v=19$m=65536,t=2,p=1$salt$hash". Errors: Unavailable when no place
    /// became free in `longest_wait`, or no memory.
    [[nodiscard]] Result<std::string> hash(std::string_view password);
    /// Without a stored hash (nobody of that name, or no password set) it takes the same time and
    /// says no. Errors: as hash.
    [[nodiscard]] Result<bool> verify(std::string_view password,
                                      std::optional<std::string> const& stored);
    /// True for a hash of another cost: hash again now, while the password is here.
    [[nodiscard]] bool needs_rehash(std::string const& stored) const;

private:
    [[nodiscard]] Result<> enter();

    Cost cost_;
    std::counting_semaphore<> places_;
    std::chrono::milliseconds longest_wait_;
    std::string nobodys_;  ///< hash of a random password
};

}  // namespace aiditor::accounts
