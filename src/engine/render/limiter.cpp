#include "engine/render/limiter.hpp"

#include <algorithm>
#include <cmath>

namespace aiditor::render {
namespace {
constexpr std::size_t kWindow = Limiter::kDelay / 2;
float const kRelease = 1.0F - std::exp(-1.0F / (0.08F * 48'000));
}  // namespace

Limiter::Limiter(double gain, double ceiling)
    : gain_(static_cast<float>(gain)),
      ceiling_(static_cast<float>(ceiling)),
      average_sum_(kWindow),
      delay_(kDelay * 2, 0.0F) {
    average_.fill(1.0F);
}

void Limiter::process(std::span<float> interleaved) {
    for (std::size_t i = 0; i + 1 < interleaved.size(); i += 2, ++now_) {
        auto const left = interleaved[i] * gain_, right = interleaved[i + 1] * gain_;
        auto const peak = std::max(std::abs(left), std::abs(right));
        auto const need = peak > ceiling_ ? ceiling_ / peak : 1.0F;

        // Least need of a window: while a peak is inside it the gain stays down. It is longer than
        // the moving average by the samples that the average needs to settle.
        while (!lowest_.empty() && lowest_.back().gain >= need) lowest_.pop_back();
        lowest_.push_back({now_, need});
        if (lowest_.front().at + kDelay < now_) lowest_.pop_front();
        released_ = std::min(lowest_.front().gain, released_ + (1.0F - released_) * kRelease);

        auto& oldest = average_[now_ % kWindow];
        average_sum_ += static_cast<double>(released_) - static_cast<double>(oldest);
        oldest = released_;
        auto const gain = static_cast<float>(average_sum_ / static_cast<double>(kWindow));

        auto* late = &delay_[(now_ % kDelay) * 2];
        // The cap only catches rounding: the gain is already low enough.
        interleaved[i] = std::clamp(late[0] * gain, -ceiling_, ceiling_);
        interleaved[i + 1] = std::clamp(late[1] * gain, -ceiling_, ceiling_);
        late[0] = left;
        late[1] = right;
    }
}

}  // namespace aiditor::render
