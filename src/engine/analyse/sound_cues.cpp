#include "engine/analyse/sound_cues.hpp"

#include <ebur128.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <ranges>

namespace aiditor::analyse {
namespace {

using timeline::Time;

constexpr int kFramesPerSecond = 50;
constexpr int kMinRate = 4000, kMaxRate = 768'000;
/// Each change of rate costs a new set of tables; no honest file changes more often.
constexpr int kMaxSetUps = 64;
constexpr Time kTolerance = timeline::milliseconds(20);  ///< jitter that is neither gap nor overlap
constexpr std::size_t kChunk = 4096;
constexpr double kLowestEdgeHz = 60, kHighestEdgeHz = 14000;
constexpr double kSilence = 1e-10;  ///< mean square that reads as -100 dBFS
constexpr float kFluxFloorDb = -80;
constexpr double kOnsetRiseDb = 6, kOnsetLevelDb = -60;
constexpr int kOnsetPause = 3;  ///< frames until the next onset counts
constexpr int kMinFrames = 3;   ///< in a sample of the grid
constexpr double kFlatFromHz = 100, kFlatToHz = 8000;
constexpr std::size_t kFullnessReach = 12;  ///< samples to each side: 5 s in all

double decibels(double mean_square) { return 10 * std::log10(mean_square + kSilence); }

/// Hostile files decode to anything; 8 is 18 dB over full scale.
float sane(float x) { return std::isfinite(x) ? std::clamp(x, -8.0F, 8.0F) : 0.0F; }

}  // namespace

/// Momentary loudness of a stretch of stereo sound.
struct SoundCues::Meter {
    explicit Meter(int rate_hz)
        : state(ebur128_init(2, static_cast<unsigned long>(rate_hz), EBUR128_MODE_M)) {}
    Meter(Meter const&) = delete;
    Meter& operator=(Meter const&) = delete;
    ~Meter() {
        if (state) ebur128_destroy(&state);
    }
    ebur128_state* state;
};

SoundCues::SoundCues(CueGrid& grid) : grid_(grid) {}
SoundCues::~SoundCues() = default;

bool SoundCues::set_up(int rate_hz) {
    if (setup_ && setup_->rate_hz == rate_hz) return true;
    if (error_ || set_ups_ == kMaxSetUps) return false;
    ++set_ups_;
    write_sample();
    open_ = false;
    setup_.reset();
    auto const size = std::bit_ceil(static_cast<unsigned>(rate_hz) / 25U);
    auto fft = media::RealFft::create(static_cast<int>(size));
    if (!fft) {
        error_ = std::move(fft).error();
        return false;
    }
    auto pitch = PitchMeter::create(rate_hz, static_cast<int>(size));
    if (!pitch) {
        error_ = std::move(pitch).error();
        return false;
    }
    Setup s{rate_hz, std::move(*fft), std::move(*pitch), {}, {}, {}, 0, {}, 0, 0, 0};
    double energy = 0;
    for (unsigned i = 0; i < size; ++i) {
        s.window.push_back(static_cast<float>(
            0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / (static_cast<double>(size) - 1))));
        energy += static_cast<double>(s.window.back()) * static_cast<double>(s.window.back());
    }
    s.scale = static_cast<float>(2 / (energy * size));  // Parseval, one side of the spectrum
    s.power.resize(size / 2 + 1);
    auto const bin_hz = static_cast<double>(rate_hz) / size;
    for (std::size_t k = 0; k < s.power.size(); ++k)
        s.octaves.push_back(
            static_cast<float>(std::log2(std::max(static_cast<double>(k) * bin_hz, 20.0) / 1000)));
    for (std::size_t b = 0; b <= kFineBands; ++b) {
        auto const edge_hz = kLowestEdgeHz * std::pow(kHighestEdgeHz / kLowestEdgeHz,
                                                      static_cast<double>(b) / kFineBands);
        s.edges[b] =
            std::min(s.power.size(), static_cast<std::size_t>(std::ceil(edge_hz / bin_hz)));
        if (b % 3 == 0 && b < kFineBands && edge_hz < rate_hz / 2.0) s.bands = b / 3 + 1;
    }
    auto const bin = [&](double hz) {
        return std::min(s.power.size(), static_cast<std::size_t>(std::ceil(hz / bin_hz)));
    };
    s.flat_from = bin(kFlatFromHz);
    s.flat_to = bin(kFlatToHz);
    setup_ = std::move(s);
    return true;
}

void SoundCues::add(Time start, std::span<float const> left, std::span<float const> right,
                    int rate_hz) {
    // Beyond the limits on both sides nothing is kept; leaving early also keeps sums from overflow.
    if (start >= kMaxDuration || start < -kMaxDuration) return;
    auto n = static_cast<std::int64_t>(std::min(left.size(), right.size()));
    if (n == 0 || rate_hz < kMinRate || rate_hz > kMaxRate || !set_up(rate_hz)) return;

    timeline::Rational const tick{1, rate_hz};
    auto const expected = anchor_ + timeline::from_ticks(received_, tick);
    std::int64_t skip = 0;
    if (open_ && start < expected - kTolerance) {
        skip = timeline::to_ticks(expected - start, tick);  // heard before
    } else if (!open_ || start > expected + kTolerance) {
        if (start < Time{}) {
            skip = timeline::to_ticks(-start, tick);
            start = Time{};
        }
        if (skip < n) begin_stretch(start);
    }
    if (skip >= n) return;
    for (auto from = static_cast<std::size_t>(skip); from < static_cast<std::size_t>(n);
         from += kChunk) {
        auto const count = std::min(kChunk, static_cast<std::size_t>(n) - from);
        append(left.subspan(from, count), right.subspan(from, count));
    }
}

void SoundCues::begin_stretch(Time start) {
    write_sample();
    open_ = true;
    anchor_ = start;
    received_ = frames_ = 0;
    left_.clear();
    right_.clear();
    last_bands_.fill(kFluxFloorDb);
    last_levels_.fill(0);
    last_level_db_ = decibels(0);
    since_onset_ = 0;
    meter_ = std::make_unique<Meter>(setup_->rate_hz);
    if (!meter_->state)
        error_ = Error{ErrorCode::Internal, "The loudness meter could not be set up."};
}

void SoundCues::append(std::span<float const> left, std::span<float const> right) {
    if (error_) return;
    std::ranges::transform(left, std::back_inserter(left_), sane);
    std::ranges::transform(right, std::back_inserter(right_), sane);
    received_ += static_cast<std::int64_t>(left.size());
    while (left_.size() >= setup_->window.size()) frame();
}

void SoundCues::frame() {
    auto const at = [&](std::int64_t frame) { return frame * setup_->rate_hz / kFramesPerSecond; };
    auto const hop = static_cast<std::size_t>(at(frames_ + 1) - at(frames_));
    auto const time = anchor_ + timeline::seconds(frames_) / kFramesPerSecond;
    if (auto const sample = sample_at(time); sample != sample_) {
        write_sample();
        sample_ = sample;
    }
    spectrum();
    level(hop);
    ++sums_.frames;
    ++frames_;
    left_.erase(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(hop));
    right_.erase(right_.begin(), right_.begin() + static_cast<std::ptrdiff_t>(hop));
}

void SoundCues::spectrum() {
    auto& s = *setup_;
    auto const in = s.fft.input();
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = (left_[i] + right_[i]) * 0.5F * s.window[i];
    s.fft.power_to(s.power);

    double flux = 0;
    for (std::size_t b = 0; b < kBands; ++b) {
        double coarse = 0;
        for (std::size_t f = 3 * b; f < 3 * b + 3; ++f) {
            float fine = 0;
            for (auto k = s.edges[f]; k < s.edges[f + 1]; ++k) fine += s.power[k];
            fine *= s.scale;
            coarse += static_cast<double>(fine);
            auto const db =
                std::max(kFluxFloorDb, static_cast<float>(decibels(static_cast<double>(fine))));
            sums_.fine[f] += static_cast<double>(db);
            if (frames_ > 0) flux += static_cast<double>(std::max(0.0F, db - last_bands_[f]));
            last_bands_[f] = db;
        }
        sums_.band[b] += decibels(coarse);
    }
    sums_.flux += flux / kFineBands;

    float total = 0, weighted = 0;
    for (std::size_t k = 0; k < s.power.size(); ++k) {
        total += s.power[k];
        weighted += s.power[k] * s.octaves[k];
    }
    if (static_cast<double>(total * s.scale) > kSilence) {
        sums_.octaves += static_cast<double>(weighted / total);
        ++sums_.centred;
        timbre();
    }
}

void SoundCues::timbre() {
    auto& s = *setup_;
    // Geometric above arithmetic mean: 0 dB is noise, far below it a few tones.
    double logs = 0, sum = 0;
    for (auto k = s.flat_from; k < s.flat_to; ++k) {
        auto const p = static_cast<double>(s.power[k] * s.scale) + kSilence * 1e-3;
        logs += std::log10(p);
        sum += p;
    }
    auto const n = static_cast<double>(std::max<std::size_t>(1, s.flat_to - s.flat_from));
    sums_.flatness += sum > 0 ? 10 * (logs / n - std::log10(sum / n)) : 0;
    auto const pitch = s.pitch.measure(s.power);
    sums_.voiced += pitch.voiced;
    sums_.pitch += pitch.octaves;
    sums_.pitch_square += pitch.octaves * pitch.octaves;
}

void SoundCues::level(std::size_t hop) {
    interleaved_.resize(2 * hop);
    float square = 0, side = 0;
    for (std::size_t i = 0; i < hop; ++i) {
        auto const l = left_[i], r = right_[i];
        interleaved_[2 * i] = l;
        interleaved_[2 * i + 1] = r;
        square += l * l + r * r;
        side += (l - r) * (l - r);
        sums_.peak = std::max({sums_.peak, std::abs(l), std::abs(r)});
    }
    ebur128_add_frames_float(meter_->state, interleaved_.data(), hop);

    auto const mean = static_cast<double>(square) / (2 * static_cast<double>(hop));
    auto const db = decibels(mean);
    sums_.mean_square += mean;
    sums_.side_square += static_cast<double>(side) / (2 * static_cast<double>(hop));
    if (frames_ > 0)
        sums_.impulse = std::max(sums_.impulse, static_cast<float>(db - last_level_db_));
    auto const before = std::accumulate(last_levels_.begin(), last_levels_.end(), 0.0) /
                        static_cast<double>(last_levels_.size());
    ++since_onset_;
    if (frames_ > 0 && db > kOnsetLevelDb && db - decibels(before) >= kOnsetRiseDb &&
        since_onset_ >= kOnsetPause) {
        ++sums_.onsets;
        since_onset_ = 0;
    }
    last_levels_[static_cast<std::size_t>(frames_) % last_levels_.size()] = mean;
    last_level_db_ = db;
}

void SoundCues::write_sample() {
    auto const sums = std::exchange(sums_, {});
    if (!sample_ || sums.frames < kMinFrames) return;
    auto const i = *sample_;
    auto const n = static_cast<double>(sums.frames);
    double lufs = 0;
    if (ebur128_loudness_momentary(meter_->state, &lufs) == EBUR128_SUCCESS)
        grid_.set(CueId::Loudness, i, std::isfinite(lufs) ? lufs : -70.0);
    auto const peak_db = 20 * std::log10(static_cast<double>(sums.peak) + 1e-5);
    grid_.set(CueId::Peak, i, peak_db);
    grid_.set(CueId::Crest, i, peak_db - decibels(sums.mean_square / n));
    for (std::size_t b = 0; b < setup_->bands; ++b) grid_.set(band(b), i, sums.band[b] / n);
    grid_.set(CueId::Flux, i, sums.flux / n);
    grid_.set(CueId::Onsets, i, sums.onsets * kFramesPerSecond / n);
    grid_.set(CueId::Impulse, i, static_cast<double>(sums.impulse));
    // (l - r)^2 / 2 is the part of the energy that differs between the channels.
    auto const side = std::min(sums.side_square / 2, sums.mean_square) / n;
    grid_.set(CueId::Side, i, decibels(side) - decibels(sums.mean_square / n - side));
    rarity_.add(i, [&] {
        auto fine = sums.fine;
        for (auto& db : fine) db /= n;
        return fine;
    }());
    if (sums.centred > 0) {
        auto const c = static_cast<double>(sums.centred);
        auto const pitch = sums.pitch / c;
        grid_.set(CueId::Centroid, i, sums.octaves / c);
        grid_.set(CueId::Flatness, i, sums.flatness / c);
        grid_.set(CueId::Voiced, i, sums.voiced / c);
        grid_.set(CueId::Pitch, i, pitch);
        grid_.set(CueId::PitchSpread, i,
                  std::sqrt(std::max(0.0, sums.pitch_square / c - pitch * pitch)));
    }
    if (setup_->bands == kBands)
        grid_.set(CueId::Tilt, i,
                  (sums.band[5] + sums.band[6] + sums.band[7] - sums.band[0] - sums.band[1] -
                   sums.band[2]) /
                      (3 * n));
    end_ = std::max(end_, i + 1);
}

Result<> SoundCues::finish() {
    if (error_) return std::unexpected(*error_);
    write_sample();
    open_ = false;
    sample_.reset();
    write_fullness();
    rarity_.finish(grid_);
    return {};
}

void SoundCues::write_fullness() {
    struct Level {
        double sum = 0;
        float highest = -200;
        int count = 0;
    };
    std::vector<Level> levels(end_);
    for (std::size_t i = 0; i < end_; ++i)
        for (std::size_t b = 0; b < kBands; ++b)
            if (auto const db = grid_.at(band(b), i); !std::isnan(db)) {
                levels[i].sum += static_cast<double>(db);
                levels[i].highest = std::max(levels[i].highest, db);
                ++levels[i].count;
            }
    for (std::size_t i = 0; i < end_; ++i) {
        if (levels[i].count == 0) continue;
        Level around;
        for (auto j = i - std::min(i, kFullnessReach); j < std::min(end_, i + kFullnessReach + 1);
             ++j) {
            around.sum += levels[j].sum;
            around.count += levels[j].count;
            around.highest = std::max(around.highest, levels[j].highest);
        }
        grid_.set(CueId::Fullness, i,
                  around.sum / around.count - static_cast<double>(around.highest));
    }
}

}  // namespace aiditor::analyse
