#include "timeline/time.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace aiditor::timeline {

Result<> Rational::validate(std::string const& pointer) const {
    constexpr std::int64_t kMaxTerm = 1 << 30;
    if (num < 1 || den < 1 || num > kMaxTerm || den > kMaxTerm)
        return json::bad(pointer, "num and den must be from 1 to 1073741824");
    return {};
}

std::int64_t mul_div(std::int64_t a, std::int64_t b, std::int64_t c) {
    __extension__ using Wide = __int128;
    Wide const product = static_cast<Wide>(a) * b;
    Wide const half = product < 0 ? -(c / 2) : c / 2;
    Wide const quotient = (product + half) / c;
    constexpr Wide kLow = std::numeric_limits<std::int64_t>::min() / 4, kHigh = -kLow;
    return static_cast<std::int64_t>(std::clamp(quotient, kLow, kHigh));
}

Time from_ticks(std::int64_t ticks, Rational base) {
    return {mul_div(ticks, base.num * Time::kPerSecond, base.den)};
}
std::int64_t to_ticks(Time t, Rational base) {
    return mul_div(t.flicks, base.den, base.num * Time::kPerSecond);
}
Time frame_start(std::int64_t n, Rational rate) { return from_ticks(n, {rate.den, rate.num}); }
std::int64_t frames_in(Time t, Rational rate) { return to_ticks(t, {rate.den, rate.num}); }
std::int64_t samples_before(std::int64_t frame, Rational rate, int sample_rate_hz) {
    return mul_div(frame, rate.den * sample_rate_hz, rate.num);
}

double to_seconds(Time t) {
    return static_cast<double>(t.flicks) / static_cast<double>(Time::kPerSecond);
}
Time from_seconds(double s) { return from_ticks(std::llround(s * 1e9), {1, 1'000'000'000}); }

std::string clock_text(Time t) {
    auto const tenths = mul_div(t.flicks, 10, Time::kPerSecond);
    auto const s = tenths / 10;
    if (s >= 3600)
        return fmt::format("{}:{:02}:{:02}.{}", s / 3600, s / 60 % 60, s % 60, tenths % 10);
    return fmt::format("{}:{:02}.{}", s / 60, s % 60, tenths % 10);
}

}  // namespace aiditor::timeline

namespace aiditor::json {

Value Codec<timeline::Time>::write(timeline::Time t) {
    auto const ns = timeline::to_ticks(t, {1, 1'000'000'000});
    return static_cast<double>(ns) / 1e9;
}

Result<timeline::Time> Codec<timeline::Time>::read(Value const& v, std::string const& pointer) {
    auto const s = TRY(Codec<double>::read(v, pointer));
    if (std::abs(s) > 9e6) return bad(pointer, "must be below 9000000 seconds");
    return timeline::from_seconds(s);
}

}  // namespace aiditor::json
