#include "engine/media/capabilities.hpp"

#include "engine/media/allow.hpp"
#include "engine/media/container.hpp"
#include "engine/media/mp4_writer.hpp"

#include <array>
#include <fmt/format.h>

namespace aiditor::media {
namespace {

std::string version(char const* name, unsigned v) {
    return fmt::format("{} {}.{}.{}", name, AV_VERSION_MAJOR(v), AV_VERSION_MINOR(v),
                       AV_VERSION_MICRO(v));
}

Ability try_decoder(std::string_view name) {
    Ability a{.name = std::string(name), .works = false, .detail = "not in this FFmpeg"};
    auto const* codec = avcodec_find_decoder_by_name(a.name.c_str());
    if (!codec) return a;
    CodecPtr context(avcodec_alloc_context3(codec));
    context->thread_count = 1;
    context->sample_rate = 48'000;  // PCM decoders refuse to open without a form
    context->ch_layout = AV_CHANNEL_LAYOUT_STEREO;
    auto const error = avcodec_open2(context.get(), codec, nullptr);
    // Some codecs open only with the headers of a stream; that they are there is what counts.
    a.works = error >= 0 || error == AVERROR_INVALIDDATA || error == AVERROR(EINVAL);
    a.detail = a.works ? "" : av_text(error);
    return a;
}

}  // namespace

std::string library_versions() {
    return fmt::format(
        "FFmpeg {} ({}, {}, {})", av_version_info(), version("libavformat", avformat_version()),
        version("libavcodec", avcodec_version()), version("libavfilter", avfilter_version()));
}

std::vector<Ability> containers() {
    std::vector<Ability> out;
    for (auto const c : {Container::Mov, Container::Matroska, Container::MpegTs, Container::Avi}) {
        auto const name = std::string(demuxer_name(c));
        bool const works = av_find_input_format(name.c_str()) != nullptr;
        out.push_back({.name = name, .works = works, .detail = works ? "" : "not in this FFmpeg"});
    }
    return out;
}

std::vector<Ability> decoders() {
    std::vector<Ability> out;
    for (auto const name : kVideoDecoders) out.push_back(try_decoder(name));
    for (auto const name : kAudioDecoders) out.push_back(try_decoder(name));
    return out;
}

std::vector<Ability> encoders() {
    std::vector<Ability> out;
    auto const problem = try_video_encoder("libx264");
    out.push_back({.name = "libx264", .works = problem.empty(), .detail = problem});
    auto const aac = SoundEncoder::create();
    out.push_back(
        {.name = "aac", .works = aac.has_value(), .detail = aac ? "" : aac.error().message});
    return out;
}

void be_quiet() { av_log_set_level(AV_LOG_QUIET); }

}  // namespace aiditor::media
