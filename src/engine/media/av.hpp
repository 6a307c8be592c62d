#pragma once
/// Owners for FFmpeg's handles. Only engine/media includes FFmpeg headers; other rooms see the
/// classes of this folder.

#include "base/result.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <string>
#include <string_view>

namespace aiditor::media {

template <auto Free>
struct AvDeleter {
    template <class T>
    void operator()(T* p) const noexcept {
        Free(&p);
    }
};
using FramePtr = std::unique_ptr<AVFrame, AvDeleter<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, AvDeleter<av_packet_free>>;
using CodecPtr = std::unique_ptr<AVCodecContext, AvDeleter<avcodec_free_context>>;
using GraphPtr = std::unique_ptr<AVFilterGraph, AvDeleter<avfilter_graph_free>>;
using SwrPtr = std::unique_ptr<SwrContext, AvDeleter<swr_free>>;

/// An empty frame or packet; running out of memory ends the process like operator new does.
[[nodiscard]] FramePtr make_frame();
[[nodiscard]] PacketPtr make_packet();
/// A second owner of the same picture (a reference, not a copy).
[[nodiscard]] FramePtr share(AVFrame const& frame);

/// FFmpeg's words for an error number.
[[nodiscard]] std::string av_text(int error);
/// An Error for a failed FFmpeg call: running out of memory or space keeps its own code, anything
/// else gets `code`.
[[nodiscard]] std::unexpected<Error> av_fail(ErrorCode code, std::string_view what, int error);

}  // namespace aiditor::media
