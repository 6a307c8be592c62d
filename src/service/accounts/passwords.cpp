#include "service/accounts/passwords.hpp"

#include "base/printable.hpp"
#include "base/random.hpp"
#include "service/accounts/common_passwords.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <sodium.h>

namespace aiditor::accounts {
namespace {

std::size_t code_points(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

Result<std::string> hash_now(std::string_view password, Passwords::Cost const& cost) {
    std::array<char, crypto_pwhash_STRBYTES> out{};
    if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.passes,
                              cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail(ErrorCode::Unavailable, "there is no memory for signing in; try again later");
    return std::string(out.data());
}

}  // namespace

Result<> check_password(std::string_view password, std::string_view email) {
    if (!is_utf8(password)) return fail(ErrorCode::BadRequest, "the password is not UTF-8 text");
    auto const length = code_points(password);
    if (length < kShortestPassword || length > kLongestPassword)
        return fail(ErrorCode::BadRequest,
                    fmt::format("the password has {} characters; choose one of {} to {}", length,
                                kShortestPassword, kLongestPassword));
    if (is_common_password(password, email))
        return fail(ErrorCode::BadRequest,
                    "this password is among the first that are guessed; choose another, for "
                    "example four words that have nothing to do with each other");
    return {};
}

Passwords::Passwords(Cost cost, unsigned at_once, std::chrono::milliseconds longest_wait)
    : cost_(cost), places_(static_cast<std::ptrdiff_t>(at_once)), longest_wait_(longest_wait) {
    if (sodium_init() < 0) std::abort();
    if (auto made = hash_now(random_secret(), cost_)) nobodys_ = std::move(*made);
}

Result<> Passwords::enter() {
    if (places_.try_acquire_for(longest_wait_)) return {};
    return fail(ErrorCode::Unavailable, "too many people are signing in just now; try again");
}

Result<std::string> Passwords::hash(std::string_view password) {
    TRY_VOID(enter());
    auto out = hash_now(password, cost_);
    places_.release();
    return out;
}

Result<bool> Passwords::verify(std::string_view password,
                               std::optional<std::string> const& stored) {
    TRY_VOID(enter());
    auto const& against = stored ? *stored : nobodys_;
    bool const same =
        crypto_pwhash_str_verify(against.c_str(), password.data(), password.size()) == 0;
    places_.release();
    return same && stored;
}

bool Passwords::needs_rehash(std::string const& stored) const {
    return crypto_pwhash_str_needs_rehash(stored.c_str(), cost_.passes, cost_.memory_bytes) != 0;
}

}  // namespace aiditor::accounts
