#include "engine/media/sound_encoder.hpp"

#include "engine/media/audio_reader.hpp"

#include <new>
#include <string>

namespace aiditor::media {
namespace {

constexpr AVRational kSoundBase{1, kSampleRate};
constexpr int kSoundBitRate = 192'000;

}  // namespace

Result<CodecPtr> new_encoder(char const* name) {
    auto const* codec = avcodec_find_encoder_by_name(name);
    if (!codec) return fail(ErrorCode::Internal, std::string("this FFmpeg has no encoder ") + name);
    CodecPtr context(avcodec_alloc_context3(codec));
    if (!context) throw std::bad_alloc();
    context->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER;
    return context;
}

Result<SoundEncoder> SoundEncoder::create() {
    SoundEncoder encoder;
    encoder.sound_.encoder = TRY(new_encoder("aac"));
    auto& context = *encoder.sound_.encoder;
    context.sample_fmt = AV_SAMPLE_FMT_FLTP;
    context.sample_rate = kSampleRate;
    context.time_base = kSoundBase;
    context.bit_rate = kSoundBitRate;
    context.thread_count = 1;
    context.ch_layout = AV_CHANNEL_LAYOUT_STEREO;
    if (auto const error = avcodec_open2(&context, nullptr, nullptr); error < 0)
        return av_fail(ErrorCode::Internal, "the AAC encoder does not start", error);
    return encoder;
}

Result<> SoundEncoder::add(std::span<float const> interleaved) {
    waiting_.insert(waiting_.end(), interleaved.begin(), interleaved.end());
    auto const frame = static_cast<std::size_t>(sound_.encoder->frame_size);
    while (waiting_.size() >= frame * 2) {
        TRY_VOID(encode(frame));
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(frame * 2));
    }
    return {};
}

Result<> SoundEncoder::encode(std::size_t samples) {
    auto frame = make_frame();
    frame->format = AV_SAMPLE_FMT_FLTP;
    frame->nb_samples = static_cast<int>(samples);
    frame->sample_rate = kSampleRate;
    frame->ch_layout = AV_CHANNEL_LAYOUT_STEREO;
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
    for (std::size_t side = 0; side < 2; ++side) {
        auto* out = reinterpret_cast<float*>(frame->data[side]);
        for (std::size_t i = 0; i < samples; ++i) out[i] = waiting_[2 * i + side];
    }
    frame->pts = next_pts_;
    next_pts_ += frame->nb_samples;
    if (auto const error = avcodec_send_frame(sound_.encoder.get(), frame.get()); error < 0)
        return av_fail(ErrorCode::Internal, "sound cannot be encoded", error);
    return drain();
}

Result<> SoundEncoder::drain() {
    while (true) {
        auto packet = make_packet();
        auto const error = avcodec_receive_packet(sound_.encoder.get(), packet.get());
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
        if (error < 0) return av_fail(ErrorCode::Internal, "sound cannot be encoded", error);
        sound_.packets.push_back(std::move(packet));
    }
}

Result<EncodedSound> SoundEncoder::finish() {
    if (!waiting_.empty()) TRY_VOID(encode(waiting_.size() / 2));
    avcodec_send_frame(sound_.encoder.get(), nullptr);
    TRY_VOID(drain());
    return std::move(sound_);
}

Result<> decode(EncodedSound const& sound,
                std::function<void(std::span<float const>)> const& on_block) {
    CodecPtr decoder(avcodec_alloc_context3(avcodec_find_decoder_by_name("aac")));
    auto par = std::unique_ptr<AVCodecParameters, AvDeleter<avcodec_parameters_free>>(
        avcodec_parameters_alloc());
    if (!decoder || !par || avcodec_parameters_from_context(par.get(), sound.encoder.get()) < 0 ||
        avcodec_parameters_to_context(decoder.get(), par.get()) < 0)
        throw std::bad_alloc();
    decoder->pkt_timebase = kSoundBase;
    if (auto const error = avcodec_open2(decoder.get(), nullptr, nullptr); error < 0)
        return av_fail(ErrorCode::Internal, "the AAC decoder does not start", error);
    auto frame = make_frame();
    std::vector<float> block;
    for (std::size_t i = 0; i <= sound.packets.size(); ++i) {
        auto const* packet = i < sound.packets.size() ? sound.packets[i].get() : nullptr;
        if (auto const error = avcodec_send_packet(decoder.get(), packet); error < 0)
            return av_fail(ErrorCode::Internal, "the encoded sound cannot be decoded", error);
        while (avcodec_receive_frame(decoder.get(), frame.get()) == 0) {
            auto const* left = reinterpret_cast<float const*>(frame->extended_data[0]);
            auto const* right = reinterpret_cast<float const*>(frame->extended_data[1]);
            block.clear();
            for (int n = 0; n < frame->nb_samples; ++n) {
                block.push_back(left[n]);
                block.push_back(right[n]);
            }
            on_block(block);
        }
    }
    return {};
}

}  // namespace aiditor::media
