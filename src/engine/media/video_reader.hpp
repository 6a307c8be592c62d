#pragma once
/// The picture that a clip shows at a given time.

#include "engine/media/decoder.hpp"
#include "engine/media/frame_index.hpp"
#include "engine/media/geometry.hpp"
#include "engine/media/input.hpp"
#include "engine/media/stretches.hpp"

#include <cstddef>
#include <functional>

namespace aiditor::media {

/// Pull reader over one clip. Times may go forward freely; going back seeks. One thread.
class VideoReader {
public:
    /// `fd` is borrowed. Errors: as Input::open and Decoder::open.
    [[nodiscard]] static Result<VideoReader> open(int fd, FrameIndex index,
                                                  DecodeEffort effort = DecodeEffort::Full);

    /// The last picture shown at or before `t` (the first one when `t` is before it, the last one
    /// after the end). Valid until the next call. `pts` of the frame identifies the picture.
    /// Errors: BadMedia when not a single picture can be decoded from there on.
    [[nodiscard]] Result<AVFrame const*> at(timeline::Time t);

    /// Gives the packets of a stretch to the decoder, no others, and each picture they make to
    /// `on_picture`. Returns how many packets that were: 0 when its beginning is not found again.
    [[nodiscard]] std::int64_t decode(Stretch const& stretch,
                                      std::function<void(AVFrame const&)> const& on_picture);

    [[nodiscard]] Geometry const& geometry() const { return geometry_; }
    /// How long a picture of the clip is shown on average.
    [[nodiscard]] timeline::Time mean_frame() const { return mean_frame_; }

private:
    VideoReader(int fd, Input input, AVStream* stream, Decoder decoder, FrameIndex index);
    [[nodiscard]] bool needs_seek(timeline::Time t) const;
    /// False when the key packet is nowhere: reading starts at the beginning then.
    bool seek_to(std::size_t key);
    [[nodiscard]] bool find_packet(std::size_t key);
    void reopen();
    /// Decodes one more picture into next_; false at the end.
    [[nodiscard]] bool advance();
    void stamp(AVFrame& frame);

    int fd_;
    Input input_;
    AVStream* stream_;
    Geometry geometry_;
    Decoder decoder_;
    FrameIndex index_;
    timeline::Time mean_frame_;
    PacketPtr packet_ = make_packet();
    bool packet_waiting_ = false;  ///< packet_ was read by a seek and not decoded yet
    bool input_ended_ = false;
    std::size_t sought_key_ = SIZE_MAX;  ///< where reading last started
    bool first_since_seek_ = false;      ///< current_ is the first picture that came from there
    std::size_t shown_ = 0;              ///< counted mode: entry whose time the next picture gets
    FramePtr current_, next_;
};

}  // namespace aiditor::media
