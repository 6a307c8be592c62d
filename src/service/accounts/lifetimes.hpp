#pragma once
/// How long what proves who somebody is stays good.

#include "base/clock.hpp"

namespace aiditor::accounts {

inline constexpr UtcMicros kMinute = 60 * kMicrosPerSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

inline constexpr UtcMicros kAccessLifetime = 10 * kMinute;
inline constexpr UtcMicros kRefreshGrace = 10 * kMicrosPerSecond;  ///< a repeat gets the same reply
inline constexpr UtcMicros kSessionIdle = 30 * kDay;
inline constexpr UtcMicros kSessionLongest = 90 * kDay;
inline constexpr UtcMicros kLiveCache = kMicrosPerSecond;  ///< a revoked session ends within this
inline constexpr UtcMicros kResetLifetime = kHour, kVerifyLifetime = kHour, kSetupLifetime = kHour;
inline constexpr UtcMicros kInviteLifetime = 7 * kDay;
inline constexpr UtcMicros kDeviceLifetime = 365 * kDay;
inline constexpr UtcMicros kDeletionGrace = 7 * kDay;

}  // namespace aiditor::accounts
