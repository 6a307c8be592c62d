#include "engine/render/scratch.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>
#include <vector>

namespace aiditor::render {
namespace {
constexpr std::int64_t kBlock = 48'000;
constexpr std::int64_t kSampleBytes = 2 * sizeof(float);
}  // namespace

Result<> Scratch::read(std::int64_t position, std::span<float> interleaved) const {
    std::ranges::fill(interleaved, 0.0F);
    auto* bytes = reinterpret_cast<char*>(interleaved.data());
    auto left = interleaved.size_bytes();
    auto offset = position * kSampleBytes;
    while (left > 0) {
        auto const n = pread(fd_, bytes, left, offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(ErrorCode::Internal, "the mixed sound cannot be read back");
        if (n == 0) break;
        bytes += n;
        offset += n;
        left -= static_cast<std::size_t>(n);
    }
    return {};
}

Result<> Scratch::mix(std::int64_t position, std::span<float const> interleaved) {
    std::vector<float> block(interleaved.begin(), interleaved.end());
    if (position < end_) {
        std::vector<float> there(block.size());
        TRY_VOID(read(position, there));
        std::ranges::transform(block, there, block.begin(), std::plus<>{});
    }
    auto const* bytes = reinterpret_cast<char const*>(block.data());
    auto left = block.size() * sizeof(float);
    auto offset = position * kSampleBytes;
    while (left > 0) {
        auto const n = pwrite(fd_, bytes, left, offset);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0)
            return fail(ErrorCode::DiskFull,
                        "no space left for the mixed sound; free some space or write elsewhere");
        bytes += n;
        offset += n;
        left -= static_cast<std::size_t>(n);
    }
    end_ = std::max(end_, position + static_cast<std::int64_t>(interleaved.size() / 2));
    return {};
}

Result<> Scratch::read_all(std::int64_t samples,
                           std::function<Result<>(std::span<float const>)> const& on_block) const {
    std::vector<float> block;
    for (std::int64_t at = 0; at < samples; at += kBlock) {
        block.resize(static_cast<std::size_t>(std::min(kBlock, samples - at)) * 2);
        TRY_VOID(read(at, block));
        TRY_VOID(on_block(block));
    }
    return {};
}

}  // namespace aiditor::render
