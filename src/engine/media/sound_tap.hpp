#pragma once
/// Decodes one sound track as its packets come by, for measuring.

#include "engine/media/decoder.hpp"
#include "engine/media/input.hpp"

#include <functional>
#include <span>
#include <vector>

namespace aiditor::media {

/// Gives blocks at the track's own rate, placed by their time stamps, as float left and right
/// (`right` equals `left` for mono; more channels are mixed down). One thread.
class SoundTap {
public:
    /// `start` is relative to stream time 0.
    using OnSound = std::function<void(timeline::Time start, std::span<float const> left,
                                       std::span<float const> right, int rate_hz)>;
    [[nodiscard]] static Result<SoundTap> open(AVStream const& stream, OnSound on_sound);
    /// Null at the end of the file.
    void add(AVPacket const* packet);
    /// As last decoded; 0 before the first block.
    [[nodiscard]] int rate_hz() const { return rate_hz_; }
    [[nodiscard]] int channels() const { return channels_; }

private:
    SoundTap(Decoder decoder, timeline::Rational base, OnSound on_sound);
    void give(AVFrame const& frame);
    [[nodiscard]] bool mix_down(AVFrame const& frame);

    Decoder decoder_;
    timeline::Rational base_;
    OnSound on_sound_;
    timeline::Time next_{};
    int rate_hz_ = 0, channels_ = 0;
    SwrPtr mixer_;
    int mixer_rate_ = 0, mixer_channels_ = 0, mixer_format_ = -1;
    std::vector<float> left_, right_;
    FramePtr frame_ = make_frame();
};

}  // namespace aiditor::media
