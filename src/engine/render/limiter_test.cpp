#include "engine/render/limiter.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace aiditor::render {
namespace {

TEST(Limiter, NeverLetsASampleAboveTheCeiling) {
    std::mt19937 random(1);
    std::normal_distribution<float> noise(0, 0.4F);
    std::vector<float> sound(96'000);
    for (auto& x : sound) x = noise(random);
    Limiter limiter(3.0, 0.5);
    limiter.process(sound);
    EXPECT_LE(*std::ranges::max_element(sound), 0.5F);
    EXPECT_GE(*std::ranges::min_element(sound), -0.5F);
}

TEST(Limiter, QuietSoundIsOnlyDelayed) {
    std::vector<float> sound(4000);
    for (std::size_t i = 0; i < sound.size(); ++i) sound[i] = static_cast<float>(i) / 10'000;
    auto const before = sound;
    Limiter limiter(1.0, 0.9);
    limiter.process(sound);
    for (std::size_t i = 0; i < Limiter::kDelay * 2; ++i) EXPECT_EQ(sound[i], 0);
    for (std::size_t i = Limiter::kDelay * 2; i < sound.size(); ++i)
        EXPECT_NEAR(sound[i], before[i - Limiter::kDelay * 2], 1e-6);
}

TEST(Limiter, TurnsDownBeforeThePeakInsteadOfClippingIt) {
    std::vector<float> sound(48'000, 0.25F);
    sound[24'000] = sound[24'001] = 2.0F;
    Limiter limiter(1.0, 0.5);
    limiter.process(sound);
    // With the peak four times over, its neighbours just before are turned down as well.
    auto const peak = 24'000 + Limiter::kDelay * 2;
    EXPECT_NEAR(sound[peak], 0.5F, 0.01F);
    EXPECT_LT(sound[peak - 10], 0.1F);
}

TEST(Limiter, BlockSizesDoNotMatter) {
    std::mt19937 random(2);
    std::normal_distribution<float> noise(0, 0.5F);
    std::vector<float> whole(20'000);
    for (auto& x : whole) x = noise(random);
    auto pieces = whole;
    Limiter a(2.0, 0.7), b(2.0, 0.7);
    a.process(whole);
    for (std::size_t at = 0; at < pieces.size(); at += 778)
        b.process(std::span(pieces).subspan(at, std::min<std::size_t>(778, pieces.size() - at)));
    EXPECT_EQ(whole, pieces);
}

}  // namespace
}  // namespace aiditor::render
