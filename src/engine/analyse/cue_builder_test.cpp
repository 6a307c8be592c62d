#include "engine/analyse/cue_builder.hpp"

#include "engine/analyse/cue_grid.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

namespace aiditor::analyse {
namespace {

using timeline::milliseconds;
using timeline::seconds;
using timeline::Time;

constexpr int kRate = 48000;
using Wave = std::function<double(double seconds)>;

double tone(double t) { return 0.1 * std::sin(2 * std::numbers::pi * 1000 * t); }  // -20 dBFS peak
double silence(double) { return 0; }

/// Feeds [from_s, to_s) of a wave in blocks of 1024, as AAC decodes.
void feed(CueBuilder& builder, double from_s, double to_s, Wave const& wave, int rate_hz = kRate) {
    auto const total = static_cast<std::int64_t>((to_s - from_s) * rate_hz);
    for (std::int64_t at = 0; at < total; at += 1024) {
        std::vector<float> block;
        for (auto i = at; i < std::min(at + 1024, total); ++i)
            block.push_back(static_cast<float>(wave(from_s + static_cast<double>(i) / rate_hz)));
        builder.sound(timeline::from_seconds(from_s) + timeline::from_ticks(at, {1, rate_hz}),
                      block, block, rate_hz);
    }
}

/// The columns by registry id.
class Columns {
public:
    explicit Columns(CueBuilder& builder, Time duration = seconds(4)) {
        auto cues = builder.finish(duration);
        EXPECT_TRUE(cues.has_value());
        if (cues) cues_ = std::move(*cues);
    }
    [[nodiscard]] std::vector<float> const& operator[](CueId id) const {
        return cues_.at(column(id)).values;
    }
    [[nodiscard]] double at(CueId id, std::size_t sample) const {
        return static_cast<double>((*this)[id].at(sample));
    }
    [[nodiscard]] bool missing(CueId id, std::size_t sample) const {
        return std::isnan((*this)[id].at(sample));
    }
    [[nodiscard]] std::vector<timeline::Cue> const& all() const { return cues_; }

private:
    std::vector<timeline::Cue> cues_{};
};

media::Thumbnail plain(int luma, int u = 128, int v = 128) {
    media::Thumbnail t;
    t.y.fill(static_cast<std::uint8_t>(luma));
    t.u.fill(static_cast<std::uint8_t>(u));
    t.v.fill(static_cast<std::uint8_t>(v));
    return t;
}

TEST(CueBuilder, MeasuresTheLoudnessOfATone) {
    CueBuilder builder;
    feed(builder, 0, 4, tone);
    Columns const c(builder);
    // EBU Tech 3341: a stereo 1 kHz sine of -23 dBFS peak is -23 LUFS.
    EXPECT_NEAR(c.at(CueId::Loudness, 10), -20, 0.1);
    EXPECT_NEAR(c.at(CueId::Peak, 10), -20, 0.1);
    EXPECT_NEAR(c.at(CueId::Crest, 10), 3.01, 0.1);
    EXPECT_NEAR(c.at(CueId::Band4, 10), -23.01, 0.2);  // 917 Hz to 1.8 kHz
    EXPECT_LT(c.at(CueId::Band0, 10), -80);
    EXPECT_NEAR(c.at(CueId::Centroid, 10), 0, 0.1);
    EXPECT_LT(c.at(CueId::Flux, 10), 0.5);
}

TEST(CueBuilder, CountsTheClicksOfATrain) {
    CueBuilder builder;
    // Five clicks of 2 ms a second, from 1 s on.
    feed(builder, 0, 4,
         [](double t) { return t >= 1 && std::fmod(t + 1e-9, 0.2) < 0.002 ? 0.5 : 0.0; });
    Columns const c(builder);
    EXPECT_EQ(c.at(CueId::Onsets, 2), 0);
    for (std::size_t i = 6; i < 19; ++i) EXPECT_NEAR(c.at(CueId::Onsets, i), 5, 0.01) << i;
    EXPECT_GT(c.at(CueId::Impulse, 10), 40);
    EXPECT_GT(c.at(CueId::Flux, 10), 2);
}

TEST(CueBuilder, SilenceIsMeasuredAndNotMissing) {
    CueBuilder builder;
    feed(builder, 0, 4, silence);
    Columns const c(builder);
    EXPECT_EQ(c.at(CueId::Loudness, 10), -70);
    EXPECT_EQ(c.at(CueId::Band3, 10), -100);
    EXPECT_EQ(c.at(CueId::Onsets, 10), 0);
    EXPECT_TRUE(c.missing(CueId::Centroid, 10));  // silence has no pitch
}

TEST(CueBuilder, ASteadyNoiseIsFullerThanATone) {
    unsigned state = 1;
    auto const noise = [&](double) {
        state = state * 1664525U + 1013904223U;
        return static_cast<double>(state >> 8) / (1U << 24) - 0.5;
    };
    CueBuilder full, thin;
    feed(full, 0, 4, noise);
    feed(thin, 0, 4, tone);
    EXPECT_GT(Columns(full).at(CueId::Fullness, 10), -20);
    EXPECT_LT(Columns(thin).at(CueId::Fullness, 10), -50);
}

TEST(CueBuilder, AGapIsMissingAndTheRestIsNot) {
    CueBuilder builder;
    feed(builder, 0, 1, tone);
    feed(builder, 3, 4, tone);
    Columns const c(builder);
    EXPECT_FALSE(c.missing(CueId::Loudness, 4));
    for (std::size_t i = 5; i < 15; ++i) EXPECT_TRUE(c.missing(CueId::Loudness, i)) << i;
    EXPECT_FALSE(c.missing(CueId::Loudness, 15));
    EXPECT_NEAR(c.at(CueId::Loudness, 18), -20, 0.1);
}

TEST(CueBuilder, NothingFedIsAllMissing) {
    CueBuilder builder;
    Columns const c(builder, milliseconds(2100));
    ASSERT_EQ(c.all().size(), kCueCount);
    for (auto const& cue : c.all()) {
        EXPECT_EQ(cue.values.size(), 11U) << cue.name;  // the last sample may be a part
        for (auto const x : cue.values) EXPECT_TRUE(std::isnan(x)) << cue.name;
    }
}

TEST(CueBuilder, ANewRateMidwayKeepsTheLevels) {
    CueBuilder builder;
    feed(builder, 0, 2, tone, 48000);
    feed(builder, 2, 4, tone, 22050);
    Columns const c(builder);
    EXPECT_NEAR(c.at(CueId::Loudness, 17), c.at(CueId::Loudness, 5), 0.2);
    EXPECT_NEAR(c.at(CueId::Band4, 17), c.at(CueId::Band4, 5), 0.3);
}

TEST(CueBuilder, BandsAboveHalfTheRateAreMissing) {
    CueBuilder builder;
    feed(builder, 0, 4, tone, 8000);
    Columns const c(builder);
    EXPECT_FALSE(c.missing(CueId::Band6, 10));
    EXPECT_TRUE(c.missing(CueId::Band7, 10));
    EXPECT_TRUE(c.missing(CueId::Tilt, 10));
}

TEST(CueBuilder, JitterOfAMillisecondIsNoGap) {
    CueBuilder steady, shaken;
    feed(steady, 0, 4, tone);
    for (int i = 0; i < 4 * 47; ++i) {
        std::vector<float> block;
        for (int k = 0; k < 1024; ++k)
            block.push_back(static_cast<float>(tone((i * 1024.0 + k) / kRate)));
        shaken.sound(timeline::from_ticks(i * 1024, {1, kRate}) + milliseconds(i % 3 - 1), block,
                     block, kRate);
    }
    auto const a = Columns(steady), b = Columns(shaken);
    EXPECT_EQ(a[CueId::Flux][10], b[CueId::Flux][10]);
    EXPECT_EQ(a[CueId::Loudness][15], b[CueId::Loudness][15]);
}

TEST(CueBuilder, ABlockGivenTwiceCountsOnce) {
    CueBuilder once, twice;
    feed(once, 0, 4, tone);
    feed(twice, 0, 2, tone);
    feed(twice, 1, 4, tone);
    auto const a = Columns(once), b = Columns(twice);
    EXPECT_NEAR(a.at(CueId::Loudness, 8), b.at(CueId::Loudness, 8), 1e-4);
    EXPECT_NEAR(a.at(CueId::Loudness, 19), b.at(CueId::Loudness, 19), 0.1);
}

TEST(CueBuilder, APacketBurstStandsOutOfItsMinute) {
    CueBuilder builder;
    for (int i = 0; i < 30 * 20; ++i) {
        bool const key = i % 60 == 0, busy = i >= 300 && i < 330;
        builder.packet(milliseconds(i * 1000 / 30), key ? 50'000 : busy ? 8000 : 1000, key);
    }
    Columns const c(builder, seconds(20));
    EXPECT_NEAR(c.at(CueId::PacketSize, 10), std::log2(1000.0), 0.01);
    EXPECT_NEAR(c.at(CueId::PacketRise, 10), 0, 0.01);
    EXPECT_NEAR(c.at(CueId::PacketRise, 52), 3, 0.01);
    EXPECT_EQ(c.at(CueId::KeyEarly, 10), 0);
}

TEST(CueBuilder, AKeyPictureBeforeItsTimeTellsOfACut) {
    CueBuilder builder;
    for (int const s : {0, 4, 8, 9, 13, 17})
        builder.packet(seconds(s), s == 9 ? 80'000 : 20'000, true);
    for (int i = 1; i < 200; ++i) builder.packet(milliseconds(100 * i), 500, false);
    Columns const c(builder, seconds(20));
    EXPECT_NEAR(c.at(CueId::KeyEarly, 45), 0.75, 0.01);
    EXPECT_EQ(c.at(CueId::KeyEarly, 40), 0);
    EXPECT_NEAR(c.at(CueId::KeyJump, 45), 2, 0.01);
    EXPECT_NEAR(c.at(CueId::KeyJump, 60), 2, 0.01);  // held until the next key picture
}

TEST(CueBuilder, KeyPicturesAloneStillHaveSizes) {
    CueBuilder builder;
    for (int i = 0; i < 120; ++i) builder.packet(milliseconds(i * 1000 / 30), 4096, true);
    EXPECT_NEAR(Columns(builder).at(CueId::PacketSize, 7), 12, 0.01);
}

TEST(CueBuilder, AFlashAndACutShowInThePictures) {
    CueBuilder builder;
    builder.key_picture(seconds(0), plain(100));
    builder.key_picture(seconds(4), plain(250));
    builder.key_picture(seconds(8), plain(250, 200, 60));
    Columns const c(builder, seconds(12));
    EXPECT_EQ(c.at(CueId::Luma, 5), 100);
    EXPECT_EQ(c.at(CueId::Flash, 5), 0);
    EXPECT_EQ(c.at(CueId::Flash, 25), 1);
    EXPECT_EQ(c.at(CueId::LumaChange, 5), 150);
    EXPECT_EQ(c.at(CueId::LumaChange, 25), 0);
    EXPECT_EQ(c.at(CueId::ChromaChange, 25), 70);
    EXPECT_EQ(c.at(CueId::Cut, 5), 1);
    EXPECT_TRUE(c.missing(CueId::LumaChange, 45));  // nothing to compare with yet
    EXPECT_EQ(c.at(CueId::Luma, 45), 250);
}

TEST(CueBuilder, AVoiceIsVoicedAndNoiseIsFlat) {
    CueBuilder voice, hiss;
    feed(voice, 0, 4, [](double t) {
        double sum = 0;
        for (int k = 1; k <= 12; ++k) sum += std::sin(2 * std::numbers::pi * 200 * k * t) / k;
        return 0.1 * sum;
    });
    unsigned state = 1;
    feed(hiss, 0, 4, [&](double) {
        state = state * 1664525U + 1013904223U;
        return static_cast<double>(state >> 8) / (1U << 24) - 0.5;
    });
    Columns const a(voice), b(hiss);
    EXPECT_GT(a.at(CueId::Voiced, 10), 0.9);
    EXPECT_NEAR(a.at(CueId::Pitch, 10), 1, 0.05);  // 200 Hz
    EXPECT_LT(a.at(CueId::PitchSpread, 10), 0.05);
    EXPECT_LT(b.at(CueId::Voiced, 10), 0.6);
    EXPECT_GT(b.at(CueId::PitchSpread, 10), 0.2);
    EXPECT_GT(b.at(CueId::Flatness, 10), -5);
    EXPECT_LT(a.at(CueId::Flatness, 10), -15);
}

TEST(CueBuilder, WhatDiffersBetweenTheChannelsIsToTheSide) {
    auto const side_of = [](float right) {
        CueBuilder builder;
        std::vector<float> l, r;
        for (int i = 0; i < 4 * kRate; ++i) {
            l.push_back(static_cast<float>(tone(static_cast<double>(i) / kRate)));
            r.push_back(right * l.back());
        }
        builder.sound(Time{}, l, r, kRate);
        return Columns(builder).at(CueId::Side, 10);
    };
    EXPECT_LT(side_of(1), -50);
    EXPECT_GT(side_of(-1), 50);
    EXPECT_NEAR(side_of(0), 0, 0.1);  // one channel alone: as much to the side as in the middle
}

TEST(CueBuilder, TheOneOddSoundOfAMinuteIsRare) {
    CueBuilder builder;
    feed(builder, 0, 60, [](double t) {
        auto const odd = t >= 30 && t < 31;
        auto const hz = odd ? 3000.0 : std::fmod(t, 4) < 2 ? 300.0 : 500.0;
        return 0.1 * std::sin(2 * std::numbers::pi * hz * t);
    });
    Columns const c(builder, seconds(60));
    for (std::size_t i = 0; i < 300; ++i) {
        if (i >= 148 && i <= 157) continue;
        EXPECT_LT(c.at(CueId::Rarity, i), c.at(CueId::Rarity, 152) / 2) << i;
        EXPECT_LT(c.at(CueId::RarityShape, i), c.at(CueId::RarityShape, 152) / 2) << i;
    }
}

TEST(CueBuilder, InAShortClipNothingIsKnownToBeRare) {
    CueBuilder builder;
    feed(builder, 0, 15, tone);
    EXPECT_TRUE(Columns(builder, seconds(15)).missing(CueId::Rarity, 40));
}

TEST(CueBuilder, OneLargePictureIsASpike) {
    CueBuilder builder;
    for (int i = 0; i < 120; ++i)
        builder.packet(milliseconds(i * 1000 / 30), i == 61 ? 8000 : 1000, i % 60 == 0);
    Columns const c(builder);
    EXPECT_GT(c.at(CueId::PacketSpike, 10), 2.5);
    EXPECT_NEAR(c.at(CueId::PacketSpike, 4), 0, 0.01);
    EXPECT_LT(c.at(CueId::PacketSpike, 12), 0);  // near it, but not it
}

TEST(CueBuilder, ADigitThatChangesOnAStillDisplayIsSeen) {
    CueBuilder builder;
    for (int i = 0; i < 20; ++i) {
        auto picture = plain(i % 2 ? 90 : 150);  // the scene moves all the time
        for (int y = 0; y < 12; ++y)             // the display does not
            for (int x = 0; x < 64; ++x) picture.y[static_cast<std::size_t>(64 * y + x)] = 60;
        if (i >= 11)
            for (int x = 0; x < 4; ++x) picture.y[static_cast<std::size_t>(64 + x)] = 250;
        builder.key_picture(seconds(4 * i), picture);
    }
    Columns const c(builder, seconds(80));
    EXPECT_EQ(c.at(CueId::HudChange, 5 * 38), 0);
    EXPECT_NEAR(c.at(CueId::HudChange, 5 * 42), 1.0 / 48, 1e-4);
    EXPECT_EQ(c.at(CueId::HudChange, 5 * 46), 0);
}

TEST(CueBuilder, RedAndEdgesAndTheCentreAreMeasured) {
    CueBuilder builder;
    auto striped = plain(100);
    for (std::size_t i = 0; i < striped.y.size(); i += 2) striped.y[i] = 140;
    auto centre = plain(100);
    for (int y = 12; y < 24; ++y)
        for (int x = 21; x < 42; ++x) centre.y[static_cast<std::size_t>(64 * y + x)] = 200;
    builder.key_picture(seconds(0), plain(100, 90, 220));
    builder.key_picture(seconds(4), striped);
    builder.key_picture(seconds(8), plain(100));
    builder.key_picture(seconds(12), centre);
    Columns const c(builder, seconds(16));
    EXPECT_EQ(c.at(CueId::Red, 5), 1);
    EXPECT_EQ(c.at(CueId::Red, 25), 0);
    EXPECT_NEAR(c.at(CueId::Edges, 25), 40, 1);
    EXPECT_EQ(c.at(CueId::Edges, 5), 0);
    EXPECT_NEAR(c.at(CueId::CentreChange, 25), 0, 1);
    EXPECT_GT(c.at(CueId::CentreChange, 45), 80);
}

TEST(CueBuilder, APictureSaysNothingAboutALongTimeAfter) {
    CueBuilder builder;
    builder.key_picture(seconds(0), plain(100));
    builder.key_picture(seconds(60), plain(200));
    Columns const c(builder, seconds(61));
    EXPECT_EQ(c.at(CueId::Luma, 99), 100);
    EXPECT_TRUE(c.missing(CueId::Luma, 101));
    EXPECT_TRUE(c.missing(CueId::LumaChange, 10));
}

TEST(CueBuilder, SamplesThatAreNoNumbersCountAsSilence) {
    CueBuilder builder;
    feed(builder, 0, 4, [](double t) {
        return t < 2 ? std::numeric_limits<double>::quiet_NaN()
                     : std::numeric_limits<double>::infinity();
    });
    Columns const c(builder);
    EXPECT_EQ(c.at(CueId::Loudness, 5), -70);
    EXPECT_EQ(c.at(CueId::Peak, 15), -100);
}

TEST(CueBuilder, EveryValueLiesInItsRegisteredRange) {
    CueBuilder builder;
    feed(builder, 0, 4, [](double t) { return std::fmod(t, 0.3) < 0.1 ? 1e30 : -1e-30; });
    builder.packet(seconds(1), std::numeric_limits<std::uint32_t>::max(), false);
    builder.packet(seconds(2), 0, true);
    Columns const c(builder);
    for (auto const& info : kCues)
        for (auto const x : c[info.id])
            EXPECT_TRUE(std::isnan(x) || (x >= info.low && x <= info.high))
                << info.name << " " << x;
}

TEST(CueBuilder, TimesOutsideTheLimitsTakeNoMemoryAndDoNoHarm) {
    CueBuilder builder;
    std::vector<float> const block(1024, 0.5F);
    for (auto const t : {Time{std::numeric_limits<std::int64_t>::min()}, seconds(-5), kMaxDuration,
                         Time{std::numeric_limits<std::int64_t>::max()}}) {
        builder.sound(t, block, block, kRate);
        builder.packet(t, 1000, false);
        builder.key_picture(t, plain(10));
    }
    builder.packet(kMaxDuration - milliseconds(1), 1000, false);  // far beyond the duration below
    Columns const c(builder);
    for (auto const& cue : c.all()) {
        EXPECT_EQ(cue.values.size(), 20U);
        for (auto const x : cue.values) EXPECT_TRUE(std::isnan(x)) << cue.name;
    }
}

TEST(CueBuilder, SoundThatBeginsBeforeThePictureIsCutThere) {
    CueBuilder early, exact;
    feed(early, -1.5, 4, tone);
    feed(exact, 0, 4, tone);
    EXPECT_NEAR(Columns(early).at(CueId::Loudness, 10), Columns(exact).at(CueId::Loudness, 10),
                0.01);
}

TEST(CueBuilder, RatesOutOfRangeAndEndlessChangesAreIgnored) {
    CueBuilder builder;
    std::vector<float> const block(4096, 0.1F);
    builder.sound(seconds(0), block, block, 0);
    builder.sound(seconds(0), block, block, -48000);
    builder.sound(seconds(0), block, block, std::numeric_limits<int>::max());
    for (int i = 0; i < 1000; ++i) builder.sound(milliseconds(3 * i), block, block, 8000 + i);
    EXPECT_EQ(Columns(builder).all().size(), kCueCount);
}

TEST(CueBuilder, BlocksOfUnequalChannelsUseWhatBothHave) {
    CueBuilder builder;
    std::vector<float> const longer(96000, 0.1F), shorter(48000, 0.1F);
    builder.sound(seconds(0), longer, shorter, kRate);
    Columns const c(builder);
    EXPECT_FALSE(c.missing(CueId::Peak, 3));
    EXPECT_TRUE(c.missing(CueId::Peak, 6));
}

TEST(CueBuilder, RefusesADurationOfNothingAndOneBeyondTheLimit) {
    EXPECT_EQ(CueBuilder().finish(Time{}).error().code, ErrorCode::BadMedia);
    EXPECT_EQ(CueBuilder().finish(seconds(-1)).error().code, ErrorCode::BadMedia);
    EXPECT_EQ(CueBuilder().finish(kMaxDuration + Time{1}).error().code, ErrorCode::LimitReached);
    EXPECT_TRUE(CueBuilder().finish(kMaxDuration));
}

TEST(CueBuilder, TheSameInputGivesTheSameNumbers) {
    auto const measure = [] {
        CueBuilder builder;
        feed(builder, 0, 4, [](double t) { return tone(t) * std::fmod(t, 0.7); });
        return std::move(*builder.finish(seconds(4)));
    };
    EXPECT_EQ(measure(), measure());
}

/// One further track: [from_s, to_s) at an amplitude, as 960-sample blocks.
void speak(CueBuilder& builder, int track, double from_s, double to_s, float amplitude) {
    std::vector<float> const block(960, amplitude);
    for (double at = from_s; at < to_s - 1e-9; at += 0.02)
        builder.voice(track, timeline::from_seconds(at), block, block, kRate);
}

TEST(CueBuilder, FurtherTracksAreMeasuredApartFromTheFirst) {
    CueBuilder builder;
    feed(builder, 0, 4, tone);
    speak(builder, 1, 0, 4, 0.01F);  // -40 dBFS
    speak(builder, 2, 2, 3, 0.5F);   // -6 dBFS
    Columns columns(builder);
    EXPECT_NEAR(columns.at(CueId::Voice, 5), -40, 0.1);
    EXPECT_NEAR(columns.at(CueId::Voice, 12), -6, 0.1) << "the loudest of them";
    CueBuilder alone;
    feed(alone, 0, 4, tone);
    Columns without(alone);
    EXPECT_TRUE(without.missing(CueId::Voice, 5));
    EXPECT_EQ(columns.at(CueId::Loudness, 12), without.at(CueId::Loudness, 12));
}

TEST(CueBuilder, VoicesOfNoTrackOrRateAreIgnored) {
    CueBuilder builder;
    std::vector<float> const block(960, 0.5F);
    builder.voice(0, {}, block, block, kRate);
    builder.voice(4, {}, block, block, kRate);
    builder.voice(1, {}, block, block, 0);
    builder.voice(1, seconds(-1), block, block, kRate);
    std::vector<float> const broken(9600, std::numeric_limits<float>::quiet_NaN());
    builder.voice(2, seconds(1), broken, broken, kRate);
    Columns columns(builder);
    EXPECT_TRUE(columns.missing(CueId::Voice, 0));
    EXPECT_EQ(columns.at(CueId::Voice, 5), -100) << "what is not finite is silence";
}

}  // namespace
}  // namespace aiditor::analyse
