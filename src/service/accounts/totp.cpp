#include "service/accounts/totp.hpp"

#include "base/hmac.hpp"
#include "base/random.hpp"

#include <array>
#include <cassert>
#include <fmt/format.h>

namespace aiditor::accounts {
namespace {

constexpr std::size_t kSecretBytes = 20, kRecoveryCodes = 10, kRecoveryLetters = 10;
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kRecoveryAlphabet = "abcdefghjkmnpqrstuvwxyz234567890";

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (char const c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

}  // namespace

std::string new_totp_secret() { return random_bytes(kSecretBytes); }

std::string totp_code(std::string_view secret, std::int64_t step, unsigned digits) {
    assert(digits >= 6 && digits <= 8);
    std::string counter(8, '\0');
    for (int i = 7; i >= 0; --i, step >>= 8)
        counter[static_cast<std::size_t>(i)] = static_cast<char>(step & 0xFF);
    auto const code = hmac(MacHash::Sha1, secret, counter);
    auto const byte = [&](std::size_t i) {
        return std::uint32_t{static_cast<unsigned char>(code[i])};
    };
    auto const at = byte(code.size() - 1) & 0xF;
    auto number =
        ((byte(at) & 0x7F) << 24) | (byte(at + 1) << 16) | (byte(at + 2) << 8) | byte(at + 3);
    static constexpr std::array<std::uint32_t, 3> kPowers{1'000'000, 10'000'000, 100'000'000};
    number %= kPowers.at(digits - 6);
    return fmt::format("{:0{}}", number, digits);
}

std::optional<std::int64_t> totp_step(std::string_view secret, std::string_view code, UtcMicros now,
                                      std::int64_t last_used) {
    auto const present = now / kTotpStep;
    std::optional<std::int64_t> found;
    for (auto step = present - 1; step <= present + 1; ++step)
        if (equal_secrets(totp_code(secret, step), code) && step > last_used && !found)
            found = step;
    return found;
}

std::string totp_link(std::string_view secret, std::string_view account) {
    return fmt::format("otpauth://totp/Aiditor:{}?secret={}&issuer=Aiditor",
                       percent_encoded(account), base32(secret));
}

std::string base32(std::string_view bytes) {
    std::string out;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (char const c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (count += 8; count >= 5; count -= 5) out += kBase32[bits >> (count - 5) & 31];
    }
    if (count > 0) out += kBase32[bits << (5 - count) & 31];
    return out;
}

std::vector<std::string> new_recovery_codes() {
    static_assert(kRecoveryAlphabet.size() == 32);
    std::vector<std::string> out(kRecoveryCodes);
    for (auto& code : out)
        for (char const c : random_bytes(kRecoveryLetters)) {
            if (code.size() == kRecoveryLetters / 2) code += '-';
            code += kRecoveryAlphabet[static_cast<unsigned char>(c) & 31];
        }
    return out;
}

std::string tidy_recovery_code(std::string_view typed) {
    std::string out;
    for (char const c : typed.substr(0, 4 * kRecoveryLetters)) {
        if (c == ' ' || c == '-') continue;
        if (out.size() == kRecoveryLetters / 2) out += '-';
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

}  // namespace aiditor::accounts
