#pragma once
/// One H.264 + AAC file: encoders and muxer over an already-open descriptor.

#include "engine/media/sound_encoder.hpp"
#include "timeline/edit_plan.hpp"

#include <memory>
#include <string>

namespace aiditor::media {

struct VideoSettings {
    int width = 0, height = 0;
    timeline::Rational frame_rate{30, 1};
    std::string preset = "veryfast";
    int crf = 20;
};

/// Writes a complete MP4 with the index in front (faststart), bit-exact and without metadata.
/// Errors: DiskFull, Unwritable, Internal. One thread.
class Mp4Writer {
public:
    /// `fd` is borrowed: empty, readable and writable. `sound` is borrowed until finish().
    [[nodiscard]] static Result<std::unique_ptr<Mp4Writer>> create(int fd,
                                                                   VideoSettings const& settings,
                                                                   EncodedSound const& sound);
    ~Mp4Writer();
    Mp4Writer(Mp4Writer const&) = delete;
    Mp4Writer& operator=(Mp4Writer const&) = delete;

    /// The next frame, of the output form and size.
    [[nodiscard]] Result<> add(AVFrame const& picture);
    [[nodiscard]] Result<> finish();

private:
    struct Sink;
    Mp4Writer(int fd, EncodedSound const& sound);
    [[nodiscard]] Result<> open_video(VideoSettings const& settings);
    [[nodiscard]] Result<> open_file();
    [[nodiscard]] Result<> drain();
    /// Muxes the sound up to the time of a video packet, so that the two lie side by side.
    [[nodiscard]] Result<> add_sound_until(std::int64_t video_dts);
    [[nodiscard]] Result<> mux(AVPacket& packet, AVRational from, AVStream& stream);

    std::unique_ptr<Sink> sink_;
    EncodedSound const& sound_;
    std::size_t sound_done_ = 0;
    AVFormatContext* file_ = nullptr;
    CodecPtr video_;
    std::int64_t next_frame_ = 0;
    PacketPtr packet_ = make_packet();
};

/// Encodes a few frames with a named encoder, for real. Empty when it works, else why not.
[[nodiscard]] std::string try_video_encoder(std::string const& name);

}  // namespace aiditor::media
