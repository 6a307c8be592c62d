#include "engine/media/sound_tap.hpp"

#include "engine/media/allow.hpp"
#include "engine/media/resampler.hpp"

#include <array>

namespace aiditor::media {

SoundTap::SoundTap(Decoder decoder, timeline::Rational base, OnSound on_sound)
    : decoder_(std::move(decoder)), base_(base), on_sound_(std::move(on_sound)) {}

Result<SoundTap> SoundTap::open(AVStream const& stream, OnSound on_sound) {
    auto decoder = TRY(Decoder::open(stream, DecodeEffort::Full));
    return SoundTap(std::move(decoder), rational(stream.time_base), std::move(on_sound));
}

void SoundTap::add(AVPacket const* packet) {
    (void)decoder_.send(packet);
    while (decoder_.receive(*frame_)) {
        give(*frame_);
        av_frame_unref(frame_.get());
    }
}

void SoundTap::give(AVFrame const& frame) {
    if (frame.nb_samples <= 0 || !sane_rate(frame.sample_rate)) return;
    rate_hz_ = frame.sample_rate;
    channels_ = frame.ch_layout.nb_channels;
    auto const start = frame.best_effort_timestamp != AV_NOPTS_VALUE
                           ? timeline::from_ticks(frame.best_effort_timestamp, base_)
                           : next_;
    next_ = start + timeline::from_ticks(frame.nb_samples, {1, frame.sample_rate});
    auto const count = static_cast<std::size_t>(frame.nb_samples);
    if (frame.format == AV_SAMPLE_FMT_FLTP && frame.ch_layout.nb_channels <= 2) {
        auto const* left = reinterpret_cast<float const*>(frame.extended_data[0]);
        auto const* right = frame.ch_layout.nb_channels == 2
                                ? reinterpret_cast<float const*>(frame.extended_data[1])
                                : left;
        on_sound_(start, {left, count}, {right, count}, frame.sample_rate);
    } else if (mix_down(frame)) {
        on_sound_(start, left_, right_, frame.sample_rate);
    }
}

bool SoundTap::mix_down(AVFrame const& frame) {
    if (!mixer_ || frame.sample_rate != mixer_rate_ || frame.format != mixer_format_ ||
        frame.ch_layout.nb_channels != mixer_channels_) {
        mixer_ = stereo_resampler(frame, AV_SAMPLE_FMT_FLTP, frame.sample_rate);
        if (!mixer_) return false;
        mixer_rate_ = frame.sample_rate;
        mixer_format_ = frame.format;
        mixer_channels_ = frame.ch_layout.nb_channels;
    }
    left_.resize(static_cast<std::size_t>(frame.nb_samples));
    right_.resize(left_.size());
    std::array planes{reinterpret_cast<std::uint8_t*>(left_.data()),
                      reinterpret_cast<std::uint8_t*>(right_.data())};
    auto const got =
        swr_convert(mixer_.get(), planes.data(), frame.nb_samples,
                    const_cast<std::uint8_t const**>(frame.extended_data), frame.nb_samples);
    if (got <= 0) return false;
    left_.resize(static_cast<std::size_t>(got));
    right_.resize(left_.size());
    return true;
}

}  // namespace aiditor::media
