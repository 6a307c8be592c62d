#include "engine/media/frame_index.hpp"

#include "engine/media/allow.hpp"
#include "engine/media/av.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <type_traits>
#include <unistd.h>

namespace aiditor::media {
namespace {

static_assert(std::endian::native == std::endian::little);
static_assert(sizeof(IndexEntry) == 32 && std::is_trivially_copyable_v<IndexEntry>);
constexpr std::size_t kBuffered = 4096;

struct Header {
    std::array<char, 8> magic{'A', 'I', 'D', 'I', 'N', 'D', 'X', '1'};
    std::int64_t count = 0;
    std::int64_t base_num = 1, base_den = 1;
    std::int64_t origin = 0;
    std::int64_t counted = 0;
};

Result<> write_at(int fd, void const* data, std::size_t size, std::int64_t offset) {
    auto const* bytes = static_cast<char const*>(data);
    while (size > 0) {
        auto const n = pwrite(fd, bytes, size, offset);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0)
            return av_fail(ErrorCode::Unwritable, "cannot write the frame index", AVERROR(errno));
        bytes += n;
        offset += n;
        size -= static_cast<std::size_t>(n);
    }
    return {};
}

bool read_at(int fd, void* data, std::size_t size, std::int64_t offset) {
    auto* bytes = static_cast<char*>(data);
    while (size > 0) {
        auto const n = pread(fd, bytes, size, offset);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes += n;
        offset += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

}  // namespace

timeline::Time FrameIndex::time_of(std::int64_t ticks) const {
    return timeline::from_ticks(ticks - origin, time_base);
}
std::int64_t FrameIndex::ticks_of(timeline::Time t) const {
    auto const nearest = timeline::to_ticks(t, time_base);
    return origin + (t < timeline::from_ticks(nearest, time_base) ? nearest - 1 : nearest);
}

std::size_t FrameIndex::key_before(timeline::Time t) const {
    auto const pts = [&](std::size_t i) { return entries[i].pts; };
    auto const after = std::ranges::upper_bound(keys, ticks_of(t), {}, pts);
    if (after != keys.begin()) return *std::prev(after);
    return keys.empty() ? 0 : keys.front();
}

FrameIndex::Extent FrameIndex::extent() const {
    Extent e{.last = origin, .later = 0};
    for (auto const& entry : entries) {
        if ((entry.flags & IndexEntry::kHidden) != 0 || entry.pts <= origin) continue;
        ++e.later;
        e.last = std::max(e.last, entry.pts);
    }
    return e;
}

timeline::Time FrameIndex::mean_frame() const {
    auto const e = extent();
    return e.later == 0 ? timeline::Time{} : time_of(e.last) / e.later;
}

timeline::Time FrameIndex::end() const { return time_of(extent().last) + mean_frame(); }

Result<FrameIndex> FrameIndex::load(int fd) {
    auto const bad = [] {
        return fail(ErrorCode::Internal, "the frame index is damaged; run again with --no-cache");
    };
    Header header, want;
    auto const size = lseek(fd, 0, SEEK_END);
    if (!read_at(fd, &header, sizeof header, 0)) return bad();
    FrameIndex index;
    if (header.magic != want.magic || header.count < 1 || header.count > kMaxPackets ||
        header.base_num < 1 || header.base_den < 1 || header.base_num > INT32_MAX ||
        header.base_den > INT32_MAX ||
        size != static_cast<std::int64_t>(sizeof header) + header.count * 32)
        return bad();
    index.time_base = {header.base_num, header.base_den};
    index.origin = header.origin;
    index.counted = header.counted != 0;
    index.entries.resize(static_cast<std::size_t>(header.count));
    if (!read_at(fd, index.entries.data(), index.entries.size() * 32, sizeof header)) return bad();
    for (std::size_t i = 0; i < index.entries.size(); ++i)
        if (index.entries[i].key()) index.keys.push_back(i);
    return index;
}

Result<> FrameIndexWriter::add(IndexEntry const& entry) {
    if (++count_ > kMaxPackets)
        return fail(ErrorCode::LimitReached,
                    "has more pictures than 4 hours at 240 frames a second hold; "
                    "split it first");
    if (fd_ < 0) return {};
    buffer_.push_back(entry);
    return buffer_.size() < kBuffered ? Result<>{} : flush();
}

Result<> FrameIndexWriter::flush() {
    auto const done = count_ - static_cast<std::int64_t>(buffer_.size());
    auto const offset = static_cast<std::int64_t>(sizeof(Header)) + done * 32;
    TRY_VOID(write_at(fd_, buffer_.data(), buffer_.size() * sizeof(IndexEntry), offset));
    buffer_.clear();
    return {};
}

Result<> FrameIndexWriter::finish(timeline::Rational time_base, std::int64_t origin, bool counted) {
    if (fd_ < 0) return {};
    TRY_VOID(flush());
    Header header;
    header.count = count_;
    header.base_num = time_base.num;
    header.base_den = time_base.den;
    header.origin = origin;
    header.counted = counted ? 1 : 0;
    return write_at(fd_, &header, sizeof header, 0);
}

}  // namespace aiditor::media
