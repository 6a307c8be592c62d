#pragma once
/// Where every picture packet of a clip is and when it is shown, with the origin normalised.
///
/// Written by the demux pass, read when rendering. Seeking and time mapping use it, never the
/// container's own seek accuracy. Stored as little-endian binary (header + 32 bytes a packet):
/// four hours at 60 fps are 28 MB, so it is streamed to its file and never held while analysing.

#include "base/result.hpp"
#include "timeline/time.hpp"

#include <cstdint>
#include <vector>

namespace aiditor::media {

struct IndexEntry {
    static constexpr std::uint32_t kKey = 1;
    static constexpr std::uint32_t kHidden = 2;  ///< decoded but not shown (edit list, no time)
    std::int64_t pts = 0;                        ///< stream ticks as the container says them
    std::int64_t dts = 0;
    std::int64_t pos = -1;  ///< byte position, -1 when unknown
    std::uint32_t size = 0;
    std::uint32_t flags = 0;

    [[nodiscard]] bool key() const { return flags & kKey; }
};

struct FrameIndex {
    timeline::Rational time_base{1, 1};
    std::int64_t origin = 0;  ///< pts of the first picture that can be shown: clip time 0
    /// The container gives no display times (AVI): pictures are shown in dts order.
    bool counted = false;
    std::vector<IndexEntry> entries;  ///< in decode order
    std::vector<std::size_t> keys;    ///< positions of the key packets in `entries`

    [[nodiscard]] timeline::Time time_of(std::int64_t ticks) const;
    /// The last tick at or before `t`: where a tick is a whole frame (AVI), rounding up would show
    /// the next picture half a frame early.
    [[nodiscard]] std::int64_t ticks_of(timeline::Time t) const;
    /// Position in `entries` of the last key packet shown at or before `t`; the first key packet
    /// when there is none.
    [[nodiscard]] std::size_t key_before(timeline::Time t) const;
    /// How long a picture is shown on average; 0 for a single one.
    [[nodiscard]] timeline::Time mean_frame() const;
    /// Start of the last picture plus that.
    [[nodiscard]] timeline::Time end() const;

    /// Reads and range-checks an index. Errors: Internal when it is not what write() makes.
    [[nodiscard]] static Result<FrameIndex> load(int fd);

private:
    struct Extent {
        std::int64_t last;   ///< greatest display time
        std::int64_t later;  ///< pictures shown after the first
    };
    [[nodiscard]] Extent extent() const;
};

/// Streams an index to a file. Not copyable; one thread.
class FrameIndexWriter {
public:
    /// `fd` is borrowed; -1 drops everything.
    explicit FrameIndexWriter(int fd) : fd_(fd) {}
    [[nodiscard]] Result<> add(IndexEntry const& entry);
    /// Writes what is buffered and the header.
    [[nodiscard]] Result<> finish(timeline::Rational time_base, std::int64_t origin, bool counted);

private:
    [[nodiscard]] Result<> flush();
    int fd_;
    std::int64_t count_ = 0;
    std::vector<IndexEntry> buffer_;
};

}  // namespace aiditor::media
