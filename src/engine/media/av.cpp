#include "engine/media/av.hpp"

#include <array>
#include <fmt/format.h>
#include <new>

namespace aiditor::media {

FramePtr make_frame() {
    FramePtr frame(av_frame_alloc());
    if (!frame) throw std::bad_alloc();
    return frame;
}

PacketPtr make_packet() {
    PacketPtr packet(av_packet_alloc());
    if (!packet) throw std::bad_alloc();
    return packet;
}

FramePtr share(AVFrame const& frame) {
    FramePtr copy(av_frame_clone(&frame));
    if (!copy) throw std::bad_alloc();
    return copy;
}

std::string av_text(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(error, text.data(), text.size());
    return text.data();
}

std::unexpected<Error> av_fail(ErrorCode code, std::string_view what, int error) {
    if (error == AVERROR(ENOMEM))
        return fail(ErrorCode::LimitReached,
                    fmt::format("{}: needs more memory than a clip may use", what));
    if (error == AVERROR(EFBIG))
        return fail(ErrorCode::LimitReached,
                    fmt::format("{}: it grew past its size limit; make it shorter", what));
    if (error == AVERROR(ENOSPC) || error == AVERROR(EDQUOT))
        return fail(ErrorCode::DiskFull,
                    fmt::format("{}: no space left on the device; free some space "
                                "or write elsewhere",
                                what));
    return fail(code, fmt::format("{} ({})", what, av_text(error)));
}

}  // namespace aiditor::media
