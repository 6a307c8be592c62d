#include "engine/media/decoder.hpp"

#include "engine/media/allow.hpp"

#include <fmt/format.h>
#include <new>

namespace aiditor::media {

Result<Decoder> Decoder::open(AVStream const& stream, DecodeEffort effort) {
    auto const* codec = allowed_decoder(*stream.codecpar);
    if (!codec) return fail(ErrorCode::BadMedia, "uses a codec that is not accepted");
    Decoder decoder;
    decoder.context_.reset(avcodec_alloc_context3(codec));
    if (!decoder.context_) throw std::bad_alloc();
    auto& context = *decoder.context_;
    if (auto const error = avcodec_parameters_to_context(&context, stream.codecpar); error < 0)
        return av_fail(ErrorCode::BadMedia, "has stream parameters that make no sense", error);
    context.pkt_timebase = stream.time_base;
    context.max_pixels = kMaxPixels;
    // Enough to keep one encoder busy; the pictures do not depend on it.
    context.thread_count =
        effort == DecodeEffort::Full && codec->type == AVMEDIA_TYPE_VIDEO ? 2 : 1;
    if (effort == DecodeEffort::Sketch || effort == DecodeEffort::Needed)
        context.skip_loop_filter = AVDISCARD_ALL;
    if (effort == DecodeEffort::Needed) context.skip_frame = AVDISCARD_NONREF;
    if (auto const error = avcodec_open2(&context, codec, nullptr); error < 0)
        return av_fail(ErrorCode::BadMedia, fmt::format("cannot be decoded as {}", codec->name),
                       error);
    return decoder;
}

bool Decoder::send(AVPacket const* packet) {
    auto const error = avcodec_send_packet(context_.get(), packet);
    return error == 0 || error == AVERROR_EOF;
}

bool Decoder::receive(AVFrame& frame) {
    while (true) {
        auto const error = avcodec_receive_frame(context_.get(), &frame);
        if (error == 0) return true;
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF || error == AVERROR(ENOMEM))
            return false;  // any other error is one bad picture: the next may be whole
    }
}

void Decoder::reset() { avcodec_flush_buffers(context_.get()); }

bool Decoder::decode_alone(AVPacket const& packet, AVFrame& frame) {
    bool got = false;
    if (send(&packet)) {
        got = receive(frame);
        if (!got && send(nullptr)) got = receive(frame);
    }
    reset();
    return got;
}

}  // namespace aiditor::media
