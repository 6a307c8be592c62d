#include "engine/media/allow.hpp"

#include "engine/media/av.hpp"

namespace aiditor::media {

AVCodec const* allowed_decoder(AVCodecParameters const& stream) {
    auto const first_allowed = [&](auto const& names) -> AVCodec const* {
        for (auto const name : names) {
            auto const* decoder = avcodec_find_decoder_by_name(std::string(name).c_str());
            if (decoder && decoder->id == stream.codec_id) return decoder;
        }
        return nullptr;
    };
    if (stream.codec_type == AVMEDIA_TYPE_VIDEO) return first_allowed(kVideoDecoders);
    if (stream.codec_type == AVMEDIA_TYPE_AUDIO) return first_allowed(kAudioDecoders);
    return nullptr;
}

std::string const& decoder_whitelist() {
    static std::string const list = [] {
        std::string all;
        for (auto const name : kVideoDecoders) all.append(all.empty() ? "" : ",").append(name);
        for (auto const name : kAudioDecoders) all.append(",").append(name);
        return all;
    }();
    return list;
}

}  // namespace aiditor::media
