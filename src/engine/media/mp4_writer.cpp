#include "engine/media/mp4_writer.hpp"

#include "engine/media/audio_reader.hpp"
#include "engine/media/picture_fit.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <unistd.h>

extern "C" {
#include <libavutil/opt.h>
}

namespace aiditor::media {
namespace {

constexpr AVRational kSoundBase{1, kSampleRate};
/// Part of the output, like the settings: the bytes must not depend on the machine's cores.
constexpr int kEncoderThreads = 4;
constexpr int kIoBuffer = 1 << 20;

AVRational av(timeline::Rational r) { return {static_cast<int>(r.num), static_cast<int>(r.den)}; }

}  // namespace

/// Writes with pwrite; the muxer's second, reading handle (faststart moves the media data) uses
/// the same descriptor.
struct Mp4Writer::Sink {
    int fd;
    std::int64_t position = 0, size = 0;
    int error = 0;  ///< the first errno: the muxer's own result often hides it

    static int write(void* self, std::uint8_t* data, int count) {
        auto& s = *static_cast<Sink*>(self);
        int done = 0;
        while (done < count) {
            auto const n =
                pwrite(s.fd, data + done, static_cast<std::size_t>(count - done), s.position);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) {
                s.error = errno;
                return AVERROR(errno);
            }
            done += static_cast<int>(n);
            s.position += n;
        }
        s.size = std::max(s.size, s.position);
        return count;
    }
    static int read(void* self, std::uint8_t* data, int count) {
        auto& s = *static_cast<Sink*>(self);
        auto const n = pread(s.fd, data, static_cast<std::size_t>(count), s.position);
        if (n < 0) return AVERROR(errno);
        if (n == 0) return AVERROR_EOF;
        s.position += n;
        return static_cast<int>(n);
    }
    static std::int64_t seek(void* self, std::int64_t offset, int whence) {
        auto& s = *static_cast<Sink*>(self);
        if (whence == AVSEEK_SIZE) return s.size;
        return s.position = (whence == SEEK_CUR   ? s.position
                             : whence == SEEK_END ? s.size
                                                  : 0) +
                            offset;
    }
    AVIOContext* handle(bool writing) {
        auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBuffer));
        auto* io = buffer
                       ? avio_alloc_context(buffer, kIoBuffer, writing, this, &read, &write, &seek)
                       : nullptr;
        if (!io) throw std::bad_alloc();
        return io;
    }
    static void close(AVIOContext* io) {
        av_freep(&io->buffer);
        avio_context_free(&io);
    }
};

namespace {
/// The reading handle keeps its own position, so it gets its own Sink on the same descriptor.
template <class Sink>
int open_second(AVFormatContext* file, AVIOContext** io, char const*, int flags, AVDictionary**) {
    if (flags & AVIO_FLAG_WRITE) return AVERROR(EPERM);
    auto const& first = *static_cast<Sink*>(file->opaque);
    auto* second = new Sink{first.fd, 0, first.size, 0};
    *io = second->handle(false);
    return 0;
}
template <class Sink>
int close_second(AVFormatContext*, AVIOContext* io) {
    delete static_cast<Sink*>(io->opaque);
    Sink::close(io);
    return 0;
}
}  // namespace

Mp4Writer::Mp4Writer(int fd, EncodedSound const& sound)
    : sink_(std::make_unique<Sink>(Sink{fd, 0, 0, 0})), sound_(sound) {}

Mp4Writer::~Mp4Writer() {
    if (!file_) return;
    if (file_->pb) Sink::close(file_->pb);
    file_->pb = nullptr;
    avformat_free_context(file_);
}

Result<std::unique_ptr<Mp4Writer>> Mp4Writer::create(int fd, VideoSettings const& settings,
                                                     EncodedSound const& sound) {
    std::unique_ptr<Mp4Writer> writer(new Mp4Writer(fd, sound));
    TRY_VOID(writer->open_video(settings));
    TRY_VOID(writer->open_file());
    return writer;
}

Result<> Mp4Writer::open_video(VideoSettings const& settings) {
    video_ = TRY(new_encoder("libx264"));
    video_->width = settings.width;
    video_->height = settings.height;
    video_->pix_fmt = AV_PIX_FMT_YUV420P;
    video_->time_base = av({settings.frame_rate.den, settings.frame_rate.num});
    video_->framerate = av(settings.frame_rate);
    video_->sample_aspect_ratio = {1, 1};
    video_->color_primaries = AVCOL_PRI_BT709;
    video_->color_trc = AVCOL_TRC_BT709;
    video_->colorspace = AVCOL_SPC_BT709;
    video_->color_range = AVCOL_RANGE_MPEG;
    video_->thread_count = kEncoderThreads;
    // A key frame every 2 s lets players seek; platforms ask for it.
    video_->gop_size = static_cast<int>(2 * settings.frame_rate.num / settings.frame_rate.den);
    av_opt_set(video_->priv_data, "preset", settings.preset.c_str(), 0);
    av_opt_set_int(video_->priv_data, "crf", settings.crf, 0);
    av_opt_set(video_->priv_data, "profile", "high", 0);
    if (auto const error = avcodec_open2(video_.get(), nullptr, nullptr); error < 0)
        return av_fail(ErrorCode::Internal, "the H.264 encoder does not start", error);
    return {};
}

Result<> Mp4Writer::open_file() {
    if (avformat_alloc_output_context2(&file_, nullptr, "mp4", nullptr) < 0) throw std::bad_alloc();
    file_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    file_->opaque = sink_.get();
    file_->io_open = &open_second<Sink>;
    file_->io_close2 = &close_second<Sink>;
    file_->pb = sink_->handle(true);
    for (auto const* encoder : {video_.get(), sound_.encoder.get()}) {
        auto* stream = avformat_new_stream(file_, nullptr);
        if (!stream || avcodec_parameters_from_context(stream->codecpar, encoder) < 0)
            throw std::bad_alloc();
        stream->time_base = encoder->time_base;
        if (encoder->codec_type == AVMEDIA_TYPE_VIDEO) stream->avg_frame_rate = encoder->framerate;
    }
    AVDictionary* options = nullptr;
    av_dict_set(&options, "movflags", "+faststart", 0);
    auto const error = avformat_write_header(file_, &options);
    av_dict_free(&options);
    if (error < 0) return av_fail(ErrorCode::Unwritable, "the output cannot be written", error);
    return {};
}

Result<> Mp4Writer::add(AVFrame const& picture) {
    auto frame = share(picture);
    frame->pts = next_frame_++;
    auto const error = avcodec_send_frame(video_.get(), frame.get());
    if (error == AVERROR_EXTERNAL)  // how x264 says that it got no memory
        return fail(ErrorCode::LimitReached,
                    "the encoder needs more memory than a render may use; ask for "
                    "a lower --resolution, a faster --preset or fewer formats");
    if (error < 0) return av_fail(ErrorCode::Internal, "a frame cannot be encoded", error);
    return drain();
}

Result<> Mp4Writer::drain() {
    while (true) {
        auto const error = avcodec_receive_packet(video_.get(), packet_.get());
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
        if (error < 0) return av_fail(ErrorCode::Internal, "a frame cannot be encoded", error);
        TRY_VOID(add_sound_until(packet_->dts));
        packet_->duration = 1;
        TRY_VOID(mux(*packet_, video_->time_base, *file_->streams[0]));
    }
}

Result<> Mp4Writer::add_sound_until(std::int64_t video_dts) {
    for (; sound_done_ < sound_.packets.size(); ++sound_done_) {
        auto const& next = *sound_.packets[sound_done_];
        if (av_compare_ts(next.dts, kSoundBase, video_dts, video_->time_base) > 0) break;
        PacketPtr copy(av_packet_clone(&next));
        if (!copy) throw std::bad_alloc();
        TRY_VOID(mux(*copy, kSoundBase, *file_->streams[1]));
    }
    return {};
}

Result<> Mp4Writer::mux(AVPacket& packet, AVRational from, AVStream& stream) {
    packet.stream_index = stream.index;
    av_packet_rescale_ts(&packet, from, stream.time_base);
    auto const error = av_write_frame(file_, &packet);
    av_packet_unref(&packet);
    if (error < 0)
        return av_fail(ErrorCode::Unwritable, "the output cannot be written",
                       sink_->error ? AVERROR(sink_->error) : error);
    return {};
}

Result<> Mp4Writer::finish() {
    avcodec_send_frame(video_.get(), nullptr);
    TRY_VOID(drain());
    TRY_VOID(add_sound_until(INT64_MAX));
    auto error = av_write_trailer(file_);
    avio_flush(file_->pb);
    if (error >= 0) error = file_->pb->error;
    if (sink_->error) error = AVERROR(sink_->error);
    if (error < 0) return av_fail(ErrorCode::Unwritable, "the output cannot be written", error);
    return {};
}

std::string try_video_encoder(std::string const& name) {
    auto context = new_encoder(name.c_str());
    if (!context) return "not in this FFmpeg";
    auto& encoder = **context;
    encoder.width = 320;
    encoder.height = 180;
    encoder.pix_fmt = AV_PIX_FMT_YUV420P;
    encoder.time_base = {1, 30};
    encoder.thread_count = 1;
    if (auto const error = avcodec_open2(&encoder, nullptr, nullptr); error < 0)
        return av_text(error);
    auto picture = black_picture(encoder.width, encoder.height);
    for (int i = 0; i < 5; ++i) {
        picture->pts = i;
        if (auto const error = avcodec_send_frame(&encoder, picture.get()); error < 0)
            return av_text(error);
    }
    avcodec_send_frame(&encoder, nullptr);
    auto packet = make_packet();
    auto const error = avcodec_receive_packet(&encoder, packet.get());
    return error < 0 ? av_text(error) : "";
}

}  // namespace aiditor::media
