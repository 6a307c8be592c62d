#pragma once
/// Loudness and true peak of a stereo stream at 48 kHz, through libebur128.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace aiditor::media {

/// Source: EBU R 128 and ITU-R BS.1770-4 (gated integrated loudness, 4x oversampled true peak).
class LoudnessMeter {
public:
    /// Peaks between samples cost several times what loudness costs.
    enum class Measure : std::uint8_t { Loudness = 1, LoudnessAndPeak };
    explicit LoudnessMeter(Measure measure);
    void add(std::span<float const> interleaved);
    /// LUFS of everything added; empty for silence or under 400 ms.
    [[nodiscard]] std::optional<double> integrated_lufs() const;
    /// dBTP; empty for digital silence, and when only loudness is measured.
    [[nodiscard]] std::optional<double> true_peak_dbtp() const;

private:
    struct Free {
        void operator()(void* state) const;
    };
    std::unique_ptr<void, Free> state_;  ///< libebur128's state, whose type has no name to declare
};

}  // namespace aiditor::media
