#pragma once
/// One-time passwords by time (RFC 6238): SHA-1, steps of 30 s, six digits, as every authenticator
/// app does them.

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aiditor::accounts {

inline constexpr UtcMicros kTotpStep = 30 * kMicrosPerSecond;

/// 20 random bytes (RFC 4226, section 4, requirement 6).
[[nodiscard]] std::string new_totp_secret();

/// The code of a step: RFC 4226, section 5.3. `digits` is 6 to 8.
[[nodiscard]] std::string totp_code(std::string_view secret, std::int64_t step,
                                    unsigned digits = 6);

/// The step a code is right for: this one or its two neighbours, but only after `last_used`, so
/// that a code that was seen is good for nobody.
[[nodiscard]] std::optional<std::int64_t> totp_step(std::string_view secret, std::string_view code,
                                                    UtcMicros now, std::int64_t last_used);

/// "otpauth://totp/Aiditor:ann%40example.org?secret=...&issuer=Aiditor": what the picture holds
/// that an app reads.
[[nodiscard]] std::string totp_link(std::string_view secret, std::string_view account);

/// RFC 4648 section 6, upper case, without padding.
[[nodiscard]] std::string base32(std::string_view bytes);

/// Ten codes for when the telephone is gone: "xxxxx-xxxxx", 50 random bits each.
[[nodiscard]] std::vector<std::string> new_recovery_codes();
/// A recovery code as it was made, of what a person typed.
[[nodiscard]] std::string tidy_recovery_code(std::string_view typed);

}  // namespace aiditor::accounts
