#include "engine/render/sound.hpp"

#include "engine/media/audio_reader.hpp"
#include "engine/media/loudness.hpp"
#include "engine/render/limiter.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <utility>

namespace aiditor::render {
namespace {

using media::kSampleRate;

constexpr double kTargetLufs = -14.0, kLoudnessTolerance = 0.2;
constexpr double kMaxTruePeak = -1.0;
constexpr double kFirstCeiling = -1.6;  ///< dBFS; leaves room for peaks between samples and AAC
constexpr double kNearSilentLufs = -50.0;
constexpr int kMaxLevelPasses = 10, kMaxEncodePasses = 6;
constexpr std::int64_t kCutFade = kSampleRate / 200;  // 5 ms: no click, no audible fade
constexpr std::int64_t kBlock = kSampleRate / 2;

double from_db(double db) { return std::pow(10.0, db / 20.0); }

/// Where one clip's sound goes, in output samples, and how it comes and goes.
struct Span {
    std::int64_t from, to;           ///< handles included
    std::int64_t fade_in, fade_out;  ///< samples
    bool cross_in, cross_out;        ///< equal power instead of linear

    [[nodiscard]] float gain(std::int64_t at) const {
        auto const shape = [](std::int64_t n, std::int64_t length, bool cross) {
            if (n >= length) return 1.0F;
            auto const x = (static_cast<float>(n) + 0.5F) / static_cast<float>(length);
            return cross ? std::sin(x * std::numbers::pi_v<float> / 2) : x;
        };
        return shape(at - from, fade_in, cross_in) * shape(to - 1 - at, fade_out, cross_out);
    }
};

Span span_of(timeline::EditPlan const& plan, std::size_t i) {
    auto const& clip = plan.clips[i];
    auto const sample = [&](std::int64_t frame) {
        return timeline::samples_before(frame, plan.frame_rate, kSampleRate);
    };
    auto const before = handle_before(plan, i), after = handle_after(plan, i);
    auto const end = clip.first_frame + clip.frames;
    Span s{.from = sample(clip.first_frame - before),
           .to = sample(end + after),
           .fade_in = kCutFade,
           .fade_out = kCutFade,
           .cross_in = before > 0,
           .cross_out = after > 0};
    if (s.cross_in) s.fade_in = sample(clip.first_frame + before) - s.from;
    if (s.cross_out) s.fade_out = s.to - sample(end - after);
    return s;
}

Result<bool> mix_clip(timeline::EditPlan const& plan, std::size_t i, Sources& sources,
                      Scratch& scratch) {
    auto const& clip = plan.clips[i];
    auto const span = span_of(plan, i);
    auto const start =
        clip.source_start_s - timeline::frame_start(handle_before(plan, i), plan.frame_rate);
    auto const* index = TRY(sources.index(clip.source));
    auto const track = plan.sources[static_cast<std::size_t>(clip.source)].audio_track;
    auto reader = media::AudioReader::open(sources.file(clip.source).fd, *index, track, start);
    if (!reader && reader.error().code != ErrorCode::BadMedia)
        return std::unexpected(
            std::move(reader).error().while_doing(sources.file(clip.source).name));
    if (!reader) return false;  // no sound, or none that can be decoded: the clip is silent
    std::vector<float> block;
    for (auto at = span.from; at < span.to; at += kBlock) {
        auto const count = std::min(kBlock, span.to - at);
        block.resize(static_cast<std::size_t>(count) * 2);
        reader->read(block);
        for (std::int64_t n = 0; n < count; ++n) {
            auto const gain = span.gain(at + n);
            block[static_cast<std::size_t>(2 * n)] *= gain;
            block[static_cast<std::size_t>(2 * n + 1)] *= gain;
        }
        TRY_VOID(scratch.mix(at, block));
    }
    return true;
}

/// Runs the mixed sound through gain and limiter and gives exactly `samples` of it on.
Result<> play(Scratch const& scratch, std::int64_t samples, double gain_db, double ceiling_db,
              std::function<Result<>(std::span<float const>)> const& on_block) {
    Limiter limiter(from_db(gain_db), from_db(ceiling_db));
    std::vector<float> block;
    auto skip = static_cast<std::int64_t>(Limiter::kDelay);  // the limiter answers late
    return scratch.read_all(samples + skip, [&](std::span<float const> in) -> Result<> {
        block.assign(in.begin(), in.end());
        limiter.process(block);
        auto const drop = std::min<std::int64_t>(skip, std::ssize(block) / 2);
        skip -= drop;
        return on_block(std::span(block).subspan(static_cast<std::size_t>(drop) * 2));
    });
}

Result<std::optional<double>> loudness(Scratch const& scratch, std::int64_t samples, double gain_db,
                                       double ceiling_db) {
    media::LoudnessMeter meter(media::LoudnessMeter::Measure::Loudness);
    TRY_VOID(
        play(scratch, samples, gain_db, ceiling_db, [&](std::span<float const> block) -> Result<> {
            meter.add(block);
            return {};
        }));
    return meter.integrated_lufs();
}

/// The gain that brings the limited sound to the target. Limiting takes loudness away, the more the
/// more gain there is, so it is found by the secant method on (gain, loudness).
Result<double> find_gain(Scratch const& scratch, std::int64_t samples, double lufs,
                         double ceiling_db) {
    double last_gain = 0, last_lufs = lufs, gain = kTargetLufs - lufs;
    for (int pass = 0; pass < kMaxLevelPasses; ++pass) {
        auto const reached = TRY(loudness(scratch, samples, gain, ceiling_db));
        if (!reached || std::abs(*reached - kTargetLufs) <= kLoudnessTolerance) break;
        auto const slope = (*reached - last_lufs) / (gain - last_gain);
        last_gain = std::exchange(
            gain, gain + std::clamp((kTargetLufs - *reached) / std::max(slope, 0.1), -12.0, 12.0));
        last_lufs = *reached;
        if (std::abs(gain - last_gain) < 0.01) break;
    }
    return gain;
}

Result<MontageSound> encode(Scratch const& scratch, std::int64_t samples, double gain_db,
                            double ceiling_db) {
    auto encoder = TRY(media::SoundEncoder::create());
    TRY_VOID(play(scratch, samples, gain_db, ceiling_db,
                  [&](std::span<float const> block) { return encoder.add(block); }));
    MontageSound sound{.encoded = TRY(encoder.finish()), .report = {}};
    media::LoudnessMeter meter(media::LoudnessMeter::Measure::LoudnessAndPeak);
    TRY_VOID(media::decode(sound.encoded, [&](std::span<float const> block) { meter.add(block); }));
    sound.report = {.loudness_lufs = meter.integrated_lufs(),
                    .true_peak_dbtp = meter.true_peak_dbtp(),
                    .gain_db = gain_db,
                    .near_silent = false,
                    .samples = samples};
    return sound;
}

}  // namespace

Result<MontageSound> make_sound(timeline::EditPlan const& plan, Sources& sources, Scratch& scratch,
                                std::function<void(double)> const& on_progress,
                                std::vector<std::string>& notes) {
    auto const samples = timeline::samples_before(plan.frames, plan.frame_rate, kSampleRate);
    std::size_t silent = 0;
    for (std::size_t i = 0; i < plan.clips.size(); ++i) {
        if (!TRY(mix_clip(plan, i, sources, scratch))) ++silent;
        on_progress(0.5 * static_cast<double>(i + 1) / static_cast<double>(plan.clips.size()));
    }
    if (silent > 0)
        notes.push_back(fmt::format("{} of {} clips have no sound", silent, plan.clips.size()));

    media::LoudnessMeter meter(media::LoudnessMeter::Measure::Loudness);
    TRY_VOID(scratch.read_all(samples, [&](std::span<float const> block) -> Result<> {
        meter.add(block);
        return {};
    }));
    auto const lufs = meter.integrated_lufs();
    bool const near_silent = !lufs || *lufs < kNearSilentLufs;
    if (near_silent) notes.push_back("the sound is (nearly) silent and was left as it is");
    on_progress(0.6);

    auto ceiling = kFirstCeiling;
    auto gain = near_silent ? 0.0 : TRY(find_gain(scratch, samples, *lufs, ceiling));
    for (int pass = 1;; ++pass) {
        auto sound = TRY(encode(scratch, samples, gain, ceiling));
        sound.report.near_silent = near_silent;
        on_progress(std::min(1.0, 0.7 + 0.1 * pass));
        auto const over = sound.report.true_peak_dbtp.value_or(kMaxTruePeak) - kMaxTruePeak;
        if (over <= 0 || pass == kMaxEncodePasses) {
            if (over > 0) notes.push_back("the sound peaks above -1 dBTP");
            if (!near_silent &&
                std::abs(sound.report.loudness_lufs.value_or(-99) - kTargetLufs) > 1)
                notes.push_back(
                    "the sound could not be brought to -14 LUFS without crushing its peaks");
            return sound;
        }
        ceiling -= over + 0.1;
        if (!near_silent) gain = TRY(find_gain(scratch, samples, *lufs, ceiling));
    }
}

}  // namespace aiditor::render
