#pragma once
/// Power spectrum of real samples, through libavutil's av_tx (SIMD, no allocation per call).

#include "base/result.hpp"

#include <memory>
#include <span>

namespace aiditor::media {

/// A transform of one size. Not shared between threads.
class RealFft {
public:
    /// `size`: a power of two from 64 to 65536. Errors: Internal when libavutil cannot make it.
    [[nodiscard]] static Result<RealFft> create(int size);
    RealFft(RealFft&&) noexcept;
    RealFft& operator=(RealFft&&) noexcept;
    ~RealFft();

    /// Where the `size` samples go; power_to() leaves them undefined.
    [[nodiscard]] std::span<float> input();
    /// Writes |X_k|^2 for k = 0 .. size/2, without scaling: `out` holds size/2 + 1 values.
    void power_to(std::span<float> out);

private:
    struct Plan;
    explicit RealFft(std::unique_ptr<Plan> plan);
    std::unique_ptr<Plan> plan_;
};

}  // namespace aiditor::media
