#pragma once
/// How tonal a short piece of sound is, and how high.

#include "base/result.hpp"
#include "engine/media/fft.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace aiditor::analyse {

struct Pitch {
    double voiced = 0;   ///< 0 (noise) to 1 (one periodic sound)
    double octaves = 0;  ///< log2(f0 / 100 Hz), -0.33 to 2; of the strongest period, voiced or not
};

/// Autocorrelation of the part of the spectrum in which voices lie (65 Hz to 4.3 kHz), as the
/// transform of the power spectrum (Wiener-Khinchin). Not shared between threads.
class PitchMeter {
public:
    /// `window`: the size of the transform whose power will be given. Errors: as RealFft::create.
    [[nodiscard]] static Result<PitchMeter> create(int rate_hz, int window);
    /// `power`: |X_k|^2 for k = 0 .. window/2. Empty sound gives {0, 0}.
    [[nodiscard]] Pitch measure(std::span<float const> power);

private:
    PitchMeter(int rate_hz, int window, media::RealFft fft);

    media::RealFft fft_;
    std::vector<float> correlation_;  ///< squared, by lag
    std::size_t low_bin_, high_bin_, shortest_lag_, longest_lag_;
    double rate_hz_;
};

}  // namespace aiditor::analyse
