#pragma once
/// Stereo float samples kept in a file, so that the montage's sound is mixed once and read often.

#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace aiditor::render {

/// Interleaved stereo at 48 kHz behind a borrowed descriptor. Positions and lengths in samples per
/// channel. One thread.
class Scratch {
public:
    explicit Scratch(int fd) : fd_(fd) {}
    /// Adds to what is there; beyond the end there is silence. Errors: DiskFull.
    [[nodiscard]] Result<> mix(std::int64_t position, std::span<float const> interleaved);
    /// Calls `on_block` with all samples from 0 to `samples` in order; missing ones are silent.
    [[nodiscard]] Result<> read_all(
        std::int64_t samples,
        std::function<Result<>(std::span<float const>)> const& on_block) const;

private:
    [[nodiscard]] Result<> read(std::int64_t position, std::span<float> interleaved) const;
    int fd_;
    std::int64_t end_ = 0;
};

}  // namespace aiditor::render
