#include "engine/media/resampler.hpp"

#include "engine/media/allow.hpp"

namespace aiditor::media {

SwrPtr stereo_resampler(AVFrame const& frame, AVSampleFormat format, int rate_hz) {
    if (!sane_rate(frame.sample_rate) || frame.ch_layout.nb_channels < 1 ||
        frame.ch_layout.nb_channels > kMaxChannels)
        return nullptr;
    AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
    AVChannelLayout in{};
    if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&in, frame.ch_layout.nb_channels);
    else av_channel_layout_copy(&in, &frame.ch_layout);
    SwrContext* raw = nullptr;
    auto const error = swr_alloc_set_opts2(&raw, &stereo, format, rate_hz, &in,
                                           static_cast<AVSampleFormat>(frame.format),
                                           frame.sample_rate, 0, nullptr);
    av_channel_layout_uninit(&in);
    SwrPtr resampler(raw);
    if (error < 0 || swr_init(raw) < 0) return nullptr;
    return resampler;
}

}  // namespace aiditor::media
