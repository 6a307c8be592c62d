#pragma once
/// Exact time. No double takes part in any calculation of a position or a length.

#include "base/json.hpp"

#include <compare>
#include <cstdint>
#include <string>

namespace aiditor::timeline {

/// A positive ratio, e.g. a frame rate (60/1) or a time base (1/90000).
struct Rational {
    std::int64_t num = 0;
    std::int64_t den = 1;

    [[nodiscard]] Result<> validate(std::string const& pointer) const;
    friend bool operator==(Rational const&, Rational const&) = default;
};
BOOST_DESCRIBE_STRUCT(Rational, (), (num, den))

/// a < b as ratios; terms below 2^31.
[[nodiscard]] inline bool less(Rational a, Rational b) { return a.num * b.den < b.num * a.den; }

/// A point or span of time in flicks, 1/705 600 000 s: the common frame and sample rates divide it.
/// Source: Facebook's "flicks" (github.com/OculusVR/Flicks). Range: about +-414 years.
struct Time {
    static constexpr std::int64_t kPerSecond = 705'600'000;
    std::int64_t flicks = 0;

    friend auto operator<=>(Time, Time) = default;
    friend constexpr Time operator+(Time a, Time b) { return {a.flicks + b.flicks}; }
    friend constexpr Time operator-(Time a, Time b) { return {a.flicks - b.flicks}; }
    friend constexpr Time operator*(Time a, std::int64_t n) { return {a.flicks * n}; }
    friend constexpr Time operator/(Time a, std::int64_t n) { return {a.flicks / n}; }
    constexpr Time& operator+=(Time b) { return flicks += b.flicks, *this; }
    constexpr Time& operator-=(Time b) { return flicks -= b.flicks, *this; }
    constexpr Time operator-() const { return {-flicks}; }
};

constexpr Time seconds(std::int64_t n) { return {n * Time::kPerSecond}; }
constexpr Time milliseconds(std::int64_t n) { return {n * (Time::kPerSecond / 1000)}; }

/// round(a * b / c), halves away from zero, without overflow in between; c > 0. Results beyond
/// +-2^61 are held there, so that the sum of two hostile time stamps does not overflow.
[[nodiscard]] std::int64_t mul_div(std::int64_t a, std::int64_t b, std::int64_t c);

/// `ticks` of `base` seconds each, to the nearest flick.
[[nodiscard]] Time from_ticks(std::int64_t ticks, Rational base);
/// The nearest tick of `base` seconds.
[[nodiscard]] std::int64_t to_ticks(Time t, Rational base);
/// Start of frame `n` at `rate` frames a second.
[[nodiscard]] Time frame_start(std::int64_t n, Rational rate);
/// round(t * rate): how many frames fill t.
[[nodiscard]] std::int64_t frames_in(Time t, Rational rate);
/// Sound samples before frame `n`: round(n * sample_rate / rate), cumulative, so it never drifts.
[[nodiscard]] std::int64_t samples_before(std::int64_t frame, Rational rate, int sample_rate_hz);

/// For display, statistics and feature vectors; never for positions.
[[nodiscard]] double to_seconds(Time t);
/// Reads a decimal number of seconds, e.g. a command-line value; nearest nanosecond, then flick.
[[nodiscard]] Time from_seconds(double s);
/// "1:02:03.4" for people.
[[nodiscard]] std::string clock_text(Time t);

}  // namespace aiditor::timeline

/// Decimal seconds with nine digits; every flick has its own nine-digit decimal (1 ns < 1 flick),
/// so a value survives the round trip. Range on reading: +-9e6 s, where a double still holds 1 ns.
template <>
struct aiditor::json::Codec<aiditor::timeline::Time> {
    static Value write(timeline::Time t);
    static Result<timeline::Time> read(Value const& v, std::string const& pointer);
};
