#include "engine/media/input.hpp"

#include "engine/media/allow.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fmt/format.h>
#include <new>
#include <unistd.h>

namespace aiditor::media {

class FdSource {
public:
    explicit FdSource(int fd, std::int64_t size) : fd_(fd), size_(size) {
        auto* buffer = static_cast<unsigned char*>(av_malloc(kBuffer));
        if (buffer) io_ = avio_alloc_context(buffer, kBuffer, 0, this, &read, nullptr, &seek);
        if (!io_) {
            av_free(buffer);
            throw std::bad_alloc();
        }
    }
    ~FdSource() {
        av_freep(&io_->buffer);
        avio_context_free(&io_);
    }
    FdSource(FdSource const&) = delete;
    FdSource& operator=(FdSource const&) = delete;

    AVIOContext* io() { return io_; }
    std::int64_t size() const { return size_; }
    std::int64_t position() const { return position_; }

private:
    // Large enough that a 12 Mb/s clip needs few calls, small beside the limits of the process.
    static constexpr int kBuffer = 1 << 18;

    static int read(void* self, std::uint8_t* out, int size) {
        auto& s = *static_cast<FdSource*>(self);
        ssize_t n = 0;
        do n = pread(s.fd_, out, static_cast<std::size_t>(size), s.position_);
        while (n < 0 && errno == EINTR);
        if (n < 0) return AVERROR(errno);
        if (n == 0) return AVERROR_EOF;
        s.position_ += n;
        return static_cast<int>(n);
    }
    static std::int64_t seek(void* self, std::int64_t offset, int whence) {
        auto& s = *static_cast<FdSource*>(self);
        whence &= ~AVSEEK_FORCE;
        if (whence == AVSEEK_SIZE) return s.size_;
        auto const base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? s.position_ : s.size_;
        std::int64_t target = 0;
        if (__builtin_add_overflow(base, offset, &target) || target < 0) return AVERROR(EINVAL);
        return s.position_ = target;
    }

    int fd_;
    std::int64_t size_;
    std::int64_t position_ = 0;
    AVIOContext* io_ = nullptr;
};

namespace {

/// Nothing but the clip itself may be opened, whatever a file asks for.
int refuse_open(AVFormatContext*, AVIOContext**, char const*, int, AVDictionary**) {
    return AVERROR(EPERM);
}

Result<Container> sniff_fd(int fd) {
    std::array<std::byte, kSniffBytes> head{};
    auto const n = pread(fd, head.data(), head.size(), 0);
    if (n < 0)
        return fail(ErrorCode::Unreadable, "cannot be read; check its permissions and the disk");
    return sniff(std::span(head).first(static_cast<std::size_t>(n)));
}

Result<> check_video(AVCodecParameters const& par) {
    if (par.width <= 0 || par.height <= 0)
        return fail(ErrorCode::BadMedia,
                    "has a picture stream without a size; the file is damaged or "
                    "its recording was cut off, record or copy it again");
    if (par.width > kMaxSide || par.height > kMaxSide ||
        static_cast<std::int64_t>(par.width) * par.height > kMaxPixels)
        return fail(
            ErrorCode::LimitReached,
            fmt::format("has {}x{} pictures; at most {} pixels a side and {} megapixels are "
                        "accepted, scale it down first",
                        par.width, par.height, kMaxSide, kMaxPixels / 1'000'000));
    return {};
}

/// Far beyond any recording; sums and differences of what is left do not overflow.
std::int64_t sane_ticks(std::int64_t ticks) {
    constexpr std::int64_t kMost = std::int64_t{1} << 60;
    return ticks > -kMost && ticks < kMost ? ticks : AV_NOPTS_VALUE;
}

void set_limits(AVFormatContext& context) {
    context.flags |= AVFMT_FLAG_CUSTOM_IO;
    context.io_open = &refuse_open;
    context.max_streams = kMaxStreams;
    context.probesize = 8 << 20;
    context.max_analyze_duration = 5 * AV_TIME_BASE;
    context.max_probe_packets = 2500;
    context.max_index_size = 256 << 20;
}

}  // namespace

Input::Input() = default;
Input::Input(Input&& other) noexcept
    : source_(std::move(other.source_)),
      context_(std::exchange(other.context_, nullptr)),
      container_(other.container_),
      kept_(std::move(other.kept_)),
      damaged_(other.damaged_) {}
Input& Input::operator=(Input&& other) noexcept {
    std::swap(source_, other.source_);
    std::swap(context_, other.context_);
    container_ = other.container_;
    kept_ = std::move(other.kept_);
    damaged_ = other.damaged_;
    return *this;
}
Input::~Input() { avformat_close_input(&context_); }

Result<Input> Input::open(int fd) {
    // Not fstat: glibc makes it a call that takes a path, which the sandbox denies.
    auto const size = lseek(fd, 0, SEEK_END);
    if (size < 0) return fail(ErrorCode::Unreadable, "is not a regular file; give a video file");
    if (size > kMaxFileBytes)
        return fail(ErrorCode::LimitReached, "is larger than 50 GB; split it first");
    Input input;
    input.container_ = TRY(sniff_fd(fd));
    input.source_ = std::make_unique<FdSource>(fd, size);
    input.context_ = avformat_alloc_context();
    if (!input.context_) throw std::bad_alloc();
    set_limits(*input.context_);
    input.context_->pb = input.source_->io();

    AVDictionary* options = nullptr;
    av_dict_set(&options, "codec_whitelist", decoder_whitelist().c_str(), 0);
    av_dict_set(&options, "format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi",
                0);
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    auto const* format = av_find_input_format(std::string(demuxer_name(input.container_)).c_str());
    auto error = avformat_open_input(&input.context_, nullptr, format, &options);
    av_dict_free(&options);
    constexpr auto kDamaged =
        "cannot be opened as a video; it is damaged or its recording was cut "
        "off, record or copy it again";
    if (error < 0) return av_fail(ErrorCode::BadMedia, kDamaged, error);
    // The size must be known to be sane before stream probing lets a decoder allocate for it.
    for (unsigned i = 0; i < input.context_->nb_streams; ++i) {
        auto const& par = *input.context_->streams[i]->codecpar;
        if (par.codec_type == AVMEDIA_TYPE_VIDEO && par.width > 0) TRY_VOID(check_video(par));
    }
    error = avformat_find_stream_info(input.context_, nullptr);
    if (error < 0) return av_fail(ErrorCode::BadMedia, kDamaged, error);
    return input;
}

std::int64_t Input::size_bytes() const { return source_->size(); }

double Input::position() const {
    if (source_->size() <= 0) return 1;
    return std::min(
        1.0, static_cast<double>(source_->position()) / static_cast<double>(source_->size()));
}

Result<AVStream*> Input::video() const {
    std::string refused;
    for (unsigned i = 0; i < context_->nb_streams; ++i) {
        auto* stream = context_->streams[i];
        if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
        if (stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS))
            continue;
        if (!allowed_decoder(*stream->codecpar)) {
            refused = avcodec_get_name(stream->codecpar->codec_id);
            continue;
        }
        TRY_VOID(check_video(*stream->codecpar));
        return stream;
    }
    if (!refused.empty())
        return fail(ErrorCode::BadMedia,
                    fmt::format("uses the video codec {}, which is not accepted; convert "
                                "it to H.264, HEVC, VP8, VP9, AV1 or MPEG-4",
                                refused));
    return fail(ErrorCode::BadMedia, "has no video stream; give a clip with moving pictures");
}

std::vector<AVStream*> Input::audio() const {
    std::vector<AVStream*> found;
    for (unsigned i = 0; i < context_->nb_streams; ++i) {
        auto* stream = context_->streams[i];
        auto const& par = *stream->codecpar;
        if (par.codec_type != AVMEDIA_TYPE_AUDIO || !allowed_decoder(par)) continue;
        // 0 is "not known yet": in a transport stream the sound may begin after the headers were
        // read. What the decoder then finds is checked by those who use it.
        if (par.ch_layout.nb_channels < 0 || par.ch_layout.nb_channels > kMaxChannels) continue;
        if (par.sample_rate != 0 && !sane_rate(par.sample_rate)) continue;
        found.push_back(stream);
    }
    return found;
}

std::vector<timeline::Chapter> Input::chapters() const {
    std::vector<timeline::Chapter> found;
    auto const most =
        std::min<std::size_t>(context_->nb_chapters, timeline::MediaInfo::kMostChapters);
    for (std::size_t i = 0; i < most; ++i) {
        auto const& chapter = *context_->chapters[i];
        auto const base = rational(chapter.time_base);
        auto const start = sane_ticks(chapter.start), end = sane_ticks(chapter.end);
        if (base.num <= 0 || base.den <= 0 || start == AV_NOPTS_VALUE) continue;
        auto const* title = av_dict_get(chapter.metadata, "title", nullptr, 0);
        found.push_back({.start_s = timeline::from_ticks(start, base),
                         .end_s = timeline::from_ticks(std::max(start, end), base),
                         .title = title ? title->value : ""});
    }
    return found;
}

void Input::keep_only(std::vector<AVStream*> const& streams) {
    for (unsigned i = 0; i < context_->nb_streams; ++i)
        context_->streams[i]->discard = AVDISCARD_ALL;
    kept_.clear();
    for (auto* stream : streams) {
        stream->discard = AVDISCARD_DEFAULT;
        kept_.push_back(stream->index);  // streams that appear later in the file are not asked for
    }
}

bool Input::next(AVPacket& packet) {
    // Damaged stretches answer with an error a packet; give up when nothing follows for long.
    constexpr int kMaxErrorsInARow = 1000;
    for (int errors = 0; errors < kMaxErrorsInARow; ++errors) {
        auto const error = av_read_frame(context_, &packet);
        if (error == 0) {
            if (std::ranges::find(kept_, packet.stream_index) != kept_.end()) {
                packet.pts = sane_ticks(packet.pts);
                packet.dts = sane_ticks(packet.dts);
                return true;
            }
            av_packet_unref(&packet);
            errors = -1;
            continue;
        }
        if (error == AVERROR_EOF) return false;
        damaged_ = true;
        if (error == AVERROR(EIO) || error == AVERROR(ENOMEM)) return false;
    }
    return false;
}

bool Input::seek(AVStream const& stream, std::int64_t ticks, std::int64_t byte_hint) {
    if (container_ == Container::MpegTs && byte_hint >= 0)
        return avformat_seek_file(context_, -1, INT64_MIN, byte_hint, byte_hint,
                                  AVSEEK_FLAG_BYTE) >= 0;
    return avformat_seek_file(context_, stream.index, INT64_MIN, ticks, ticks, 0) >= 0;
}

}  // namespace aiditor::media
