#pragma once
/// A clip opened for demuxing, over a descriptor, within the allow-lists and limits.

#include "engine/media/av.hpp"
#include "engine/media/container.hpp"
#include "timeline/media_info.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aiditor::media {

/// Where FFmpeg reads from: pread on a borrowed descriptor, so several readers can share it.
class FdSource;

/// Not copyable, one thread. Reads only through its descriptor: playlists, external references and
/// nested protocols cannot open anything.
class Input {
public:
    /// Opens and reads the headers. `fd` is borrowed and must outlive the Input.
    /// Errors: BadMedia, LimitReached; messages are about the file but do not name it.
    [[nodiscard]] static Result<Input> open(int fd);
    Input(Input&&) noexcept;
    Input& operator=(Input&&) noexcept;
    ~Input();

    [[nodiscard]] Container container() const { return container_; }
    [[nodiscard]] std::int64_t size_bytes() const;
    /// Bytes read so far relative to the file, 0..1, for progress.
    [[nodiscard]] double position() const;

    /// The first real picture stream with an allowed decoder (cover art is not one).
    [[nodiscard]] Result<AVStream*> video() const;
    /// Sound streams with an allowed decoder and sane parameters, in file order.
    [[nodiscard]] std::vector<AVStream*> audio() const;
    /// At most MediaInfo::kMostChapters, in file order, on the clock of the container; the titles
    /// are the file's own bytes.
    [[nodiscard]] std::vector<timeline::Chapter> chapters() const;
    [[nodiscard]] AVFormatContext& context() { return *context_; }

    /// Only packets of `streams` are returned from now on.
    void keep_only(std::vector<AVStream*> const& streams);
    /// The next packet, or false at the end. A read error in the middle of a damaged file ends it
    /// like its end does; `damaged()` then says so.
    [[nodiscard]] bool next(AVPacket& packet);
    [[nodiscard]] bool damaged() const { return damaged_; }

    /// Tries to get to a place before `ticks` of `stream`; the caller checks what it then reads.
    /// `byte_hint` is a packet position at or before the target where seeking by time is not exact
    /// (MPEG-TS), or -1.
    [[nodiscard]] bool seek(AVStream const& stream, std::int64_t ticks, std::int64_t byte_hint);

private:
    Input();
    std::unique_ptr<FdSource> source_;
    AVFormatContext* context_ = nullptr;
    Container container_ = Container::Mov;
    std::vector<int> kept_;  ///< indexes of the streams that next() gives
    bool damaged_ = false;
};

[[nodiscard]] inline timeline::Rational rational(AVRational r) { return {r.num, r.den}; }

}  // namespace aiditor::media
