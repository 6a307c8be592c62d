#include "engine/ingest/frame_rate.hpp"

#include <array>
#include <cmath>

namespace aiditor::ingest {
namespace {

using timeline::Rational;

constexpr std::size_t kReorderDepth = 32;  // H.264 and HEVC reorder at most 16 pictures
constexpr std::size_t kMaxDistances = 4096;
constexpr std::int64_t kMaxDistance = std::int64_t{1} << 40;  // ticks; sums of them fit
constexpr std::array kStandard{
    Rational{10, 1},       Rational{12, 1},        Rational{15, 1},  Rational{20, 1},
    Rational{24000, 1001}, Rational{24, 1},        Rational{25, 1},  Rational{30000, 1001},
    Rational{30, 1},       Rational{48, 1},        Rational{50, 1},  Rational{60000, 1001},
    Rational{60, 1},       Rational{72, 1},        Rational{75, 1},  Rational{90, 1},
    Rational{100, 1},      Rational{120000, 1001}, Rational{120, 1}, Rational{144, 1},
    Rational{165, 1},      Rational{180, 1},       Rational{240, 1}};

double hertz(Rational r) { return static_cast<double>(r.num) / static_cast<double>(r.den); }

Rational nearest_standard(double hz, double tolerance) {
    Rational best{std::max<std::int64_t>(1, std::llround(hz * 1000)), 1000};
    double best_error = tolerance;
    for (auto const rate : kStandard) {
        auto const error = std::abs(hertz(rate) / hz - 1);
        if (error < best_error) {
            best_error = error;
            best = rate;
        }
    }
    return best;
}

Rational standard_at_or_above(double hz) {
    for (auto const rate : kStandard)
        if (hertz(rate) >= hz * 0.995) return rate;
    return kStandard.back();
}

}  // namespace

void FrameRateMeter::add(std::int64_t pts) {
    window_.push(pts);
    if (window_.size() > kReorderDepth) take_one();
}

void FrameRateMeter::take_one() {
    auto const pts = window_.top();
    window_.pop();
    if (previous_ != INT64_MIN && pts > previous_) {
        auto const distance = pts - previous_;
        bool const kept = distances_.size() < kMaxDistances || distances_.contains(distance);
        if (kept && distance < kMaxDistance) ++distances_[distance];
    }
    previous_ = std::max(previous_, pts);
}

FrameRateMeter::Answer FrameRateMeter::finish() {
    while (!window_.empty()) take_one();
    Answer answer;
    answer.last_pts = previous_;
    std::int64_t count = 0, seen = 0;
    for (auto const& [distance, n] : distances_) count += n;
    auto const tick = hertz(time_base_);
    if (count == 0) {  // a single picture: any rate shows it
        answer.frame_ticks = std::max<std::int64_t>(1, std::llround(1.0 / 30 / tick));
        return answer;
    }
    std::int64_t median = 0;
    for (auto const& [distance, n] : distances_) {
        seen += n;
        if (2 * seen >= count) {
            median = distance;
            break;
        }
    }
    answer.frame_ticks = median;
    // Containers round times (Matroska to 1 ms): a tick either way is jitter, unless a tick is most
    // of a frame (AVI counts in frames).
    auto const slack = median < 4 ? 0 : std::max<std::int64_t>(1, median / 10);
    std::int64_t regular = 0, regular_total = 0;
    for (auto const& [distance, n] : distances_)
        if (std::abs(distance - median) <= slack) {
            regular += n;
            regular_total += distance * n;
        }
    answer.variable = static_cast<double>(regular) < 0.95 * static_cast<double>(count);
    auto const mean = static_cast<double>(regular_total) / static_cast<double>(regular) * tick;
    answer.rate = answer.variable ? standard_at_or_above(1 / (static_cast<double>(median) * tick))
                                  : nearest_standard(1 / mean, 0.005);
    return answer;
}

}  // namespace aiditor::ingest
