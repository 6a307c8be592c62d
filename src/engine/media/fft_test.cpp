#include "engine/media/fft.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace aiditor::media {
namespace {

std::vector<float> power_of(int size, auto sample) {
    auto fft = RealFft::create(size);
    EXPECT_TRUE(fft);
    auto const in = fft->input();
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(sample(i));
    std::vector<float> out(in.size() / 2 + 1);
    fft->power_to(out);
    return out;
}

TEST(RealFft, PutsAToneInItsBin) {
    auto const power = power_of(2048, [](std::size_t i) {
        return std::sin(2 * std::numbers::pi * 100 * static_cast<double>(i) / 2048);
    });
    EXPECT_NEAR(power[100], 1024.0 * 1024.0, 10);  // (size/2)^2
    for (std::size_t k = 0; k < power.size(); ++k) {
        if (k == 100) continue;
        EXPECT_LT(power[k], 0.1) << k;
    }
}

TEST(RealFft, AgreesWithTheDefinitionOnNoise) {
    constexpr int kSize = 64;
    std::vector<double> noise(kSize);
    unsigned state = 1;
    for (auto& x : noise)
        x = static_cast<double>((state = state * 1664525U + 1013904223U) >> 16) / 65536 - 0.5;
    auto const power = power_of(kSize, [&](std::size_t i) { return noise[i]; });
    for (int k = 0; k <= kSize / 2; ++k) {
        double re = 0, im = 0;
        for (int i = 0; i < kSize; ++i) {
            auto const angle = 2 * std::numbers::pi * k * i / kSize;
            re += noise[static_cast<std::size_t>(i)] * std::cos(angle);
            im -= noise[static_cast<std::size_t>(i)] * std::sin(angle);
        }
        EXPECT_NEAR(power[static_cast<std::size_t>(k)], re * re + im * im, 1e-3) << k;
    }
}

TEST(RealFft, KeepsDirectCurrentAndTheHighestFrequency) {
    EXPECT_NEAR(power_of(64, [](std::size_t) { return 1; })[0], 64.0 * 64.0, 1e-2);
    EXPECT_NEAR(power_of(64, [](std::size_t i) { return i % 2 ? -1 : 1; })[32], 64.0 * 64.0, 1e-2);
}

}  // namespace
}  // namespace aiditor::media
