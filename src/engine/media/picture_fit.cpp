#include "engine/media/picture_fit.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <new>

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/opt.h>
}

namespace aiditor::media {
namespace {

constexpr double kMaxHeightLoss = 0.2;

int even(double x) { return std::max(2, static_cast<int>(std::lround(x / 2)) * 2); }

FramePtr new_picture(int width, int height) {
    auto frame = make_frame();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame.get(), 64) < 0) throw std::bad_alloc();
    return frame;
}

void tag_output(AVFrame& frame) {
    frame.color_primaries = AVCOL_PRI_BT709;
    frame.color_trc = AVCOL_TRC_BT709;
    frame.colorspace = AVCOL_SPC_BT709;
    frame.color_range = AVCOL_RANGE_MPEG;
    frame.sample_aspect_ratio = {1, 1};
    frame.pict_type = AV_PICTURE_TYPE_NONE;  // else the encoder would copy the source's GOP
    frame.key_frame = 0;
}

/// swscale knows 601 and 709 matrices; the rest goes through zimg.
char const* sws_matrix(AVColorSpace matrix) {
    switch (matrix) {
    case AVCOL_SPC_BT709: return "bt709";
    case AVCOL_SPC_FCC: return "fcc";
    case AVCOL_SPC_SMPTE240M: return "smpte240m";
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: return "bt2020";
    default: return "smpte170m";
    }
}

std::string turn(int rotation_deg) {
    switch (rotation_deg) {
    case 90: return "transpose=clock,";
    case 180: return "hflip,vflip,";
    case 270: return "transpose=cclock,";
    default: return "";
    }
}

std::string scale_and_convert(ColourTags const& tags, int width, int height) {
    if (tags.hdr() || tags.wide()) {
        // Scaled first: linear light in float is expensive, so it runs on as few pixels as needed.
        auto const size = fmt::format("zscale=w={}:h={}:filter=bicubic:", width, height);
        auto const in = fmt::format("pin={}:tin={}:min={}:rin={}", static_cast<int>(tags.primaries),
                                    static_cast<int>(tags.transfer), static_cast<int>(tags.matrix),
                                    tags.range == AVCOL_RANGE_JPEG ? "full" : "limited");
        auto const tone = tags.hdr() ? ":t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,"
                                       "tonemap=mobius:param=0.3:desat=0:peak=5"
                                     : "";
        return size + in + tone + ",zscale=p=bt709:t=bt709:m=bt709:r=limited:d=error_diffusion,";
    }
    return fmt::format(
        "scale={}:{}:flags=bicubic+accurate_rnd+full_chroma_int:in_color_matrix={}:"
        "in_range={}:out_color_matrix=bt709:out_range=limited,",
        width, height, sws_matrix(tags.matrix),
        tags.range == AVCOL_RANGE_JPEG ? "full" : "limited");
}

}  // namespace

Placement place(int w, int h, FitSpec const& spec) {
    Placement p{.crop_width = w, .crop_height = h, .width = spec.width, .height = spec.height};
    double const source = static_cast<double>(w) / h;
    double const target = static_cast<double>(spec.width) / spec.height;
    if (source >= target) {
        p.crop_width = std::min(w, even(h * target));
        p.crop_x = static_cast<int>(std::lround((w - p.crop_width) * spec.focus_x));
        return p;
    }
    auto const kept = w / target;
    if (kept >= h * (1 - kMaxHeightLoss)) {
        p.crop_height = std::min(h, even(kept));
        p.crop_y = static_cast<int>(std::lround((h - p.crop_height) * spec.focus_y));
        return p;
    }
    p.backdrop = true;
    p.width = std::min(spec.width, even(spec.height * source));
    return p;
}

Result<AVFrame const*> PictureFit::fit(AVFrame const& source) {
    SourceForm const form{source.width, source.height, source.format,
                          spec_.deinterlace || source.interlaced_frame != 0, tags_of(source)};
    if (form != form_) {
        fitted_.reset();
        TRY_VOID(rebuild(source, form));
        form_ = form;
    }
    if (fitted_ && source.pts == fitted_pts_) return fitted_.get();
    fitted_ = passthrough_ ? share(source) : TRY(run(source));
    tag_output(*fitted_);
    fitted_pts_ = source.pts;
    return fitted_.get();
}

Result<> PictureFit::rebuild(AVFrame const& source, SourceForm const& form) {
    // Nothing of the old chain may be used when the new one cannot be built.
    form_ = {};
    graph_.reset();
    in_ = out_ = nullptr;
    passthrough_ = false;
    auto const& par = spec_.pixel_aspect;
    bool const sideways = spec_.rotation_deg % 180 != 0;
    auto const wide = static_cast<int>(
        std::clamp<std::int64_t>(timeline::mul_div(source.width, par.num, par.den), 2, 4 * 8192));
    auto const display_w = sideways ? source.height : wide;
    auto const display_h = sideways ? wide : source.height;
    auto const placed = place(display_w, display_h, spec_);

    ColourTags const target{AVCOL_PRI_BT709, AVCOL_TRC_BT709, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG,
                            false};
    auto tags = form.tags;
    tags.assumed = false;
    passthrough_ = !form.interlaced && spec_.rotation_deg == 0 && par.num == par.den &&
                   source.format == AV_PIX_FMT_YUV420P && source.width == spec_.width &&
                   source.height == spec_.height && !placed.backdrop && tags == target;
    if (passthrough_) return {};

    int const upright_w = sideways ? source.height : source.width;
    int const upright_h = sideways ? source.width : source.height;
    double const sx = static_cast<double>(upright_w) / display_w;
    double const sy = static_cast<double>(upright_h) / display_h;
    // A picture of one row is a picture too: what is cropped never exceeds it.
    auto const part = [](int length, double scale, int whole) {
        return std::clamp(static_cast<int>(std::lround(length * scale)), 1, whole);
    };
    auto const crop = fmt::format("crop={}:{}:{}:{},", part(placed.crop_width, sx, upright_w),
                                  part(placed.crop_height, sy, upright_h),
                                  static_cast<int>(std::lround(placed.crop_x * sx)),
                                  static_cast<int>(std::lround(placed.crop_y * sy)));
    // One field, at full height again: unlike temporal filters it needs no picture of the future,
    // so one picture in is one picture out, also right after a seek.
    std::string chain = form.interlaced ? "field=top,scale=iw:ih*2:flags=bicubic," : "";
    chain += turn(spec_.rotation_deg);
    if (placed.crop_width != display_w || placed.crop_height != display_h) chain += crop;
    chain += scale_and_convert(tags, placed.width, placed.height) + "format=yuv420p,setsar=1";
    if (placed.backdrop) {
        // A blurred backdrop: shrunk to a few pixels, darkened, and blown up again; the last step
        // is the only one on full size, so it is the cheapest kind.
        chain += fmt::format(
            ",split[front][back];[back]scale=16:16:flags=area,lutyuv=y='16+(val-16)*0.5',"
            "scale=128:128:flags=bicubic,scale={}:{}:flags=bilinear,format=yuv420p,setsar=1[soft];"
            "[soft][front]overlay=(W-w)/2:(H-h)/2:format=yuv420",
            spec_.width, spec_.height);
    }
    auto const description = fmt::format(
        "buffer@in=video_size={}x{}:pix_fmt={}:time_base=1/1000000:pixel_aspect=1/1,{},"
        "format=yuv420p,buffersink@out",
        source.width, source.height, source.format, chain);
    graph_.reset(avfilter_graph_alloc());
    if (!graph_) throw std::bad_alloc();
    graph_->nb_threads = 1;  // the partition of work must not depend on the machine
    AVFilterInOut *inputs = nullptr, *outputs = nullptr;
    auto error = avfilter_graph_parse2(graph_.get(), description.c_str(), &inputs, &outputs);
    avfilter_inout_free(&inputs);
    avfilter_inout_free(&outputs);
    if (error >= 0) error = avfilter_graph_config(graph_.get(), nullptr);
    if (error < 0)
        return av_fail(ErrorCode::BadMedia, "has pictures that cannot be converted", error);
    in_ = avfilter_graph_get_filter(graph_.get(), "buffer@in");
    out_ = avfilter_graph_get_filter(graph_.get(), "buffersink@out");
    if (!in_ || !out_) return fail(ErrorCode::Internal, "the picture filters have no ends");
    return {};
}

Result<FramePtr> PictureFit::run(AVFrame const& source) {
    auto given = share(source);
    given->pts = clock_++;  // filters want rising times, whatever the source says
    given->sample_aspect_ratio = {1, 1};
    auto error = av_buffersrc_add_frame_flags(in_, given.get(), AV_BUFFERSRC_FLAG_KEEP_REF);
    auto result = make_frame();
    if (error >= 0) error = av_buffersink_get_frame(out_, result.get());
    if (error < 0)
        return av_fail(ErrorCode::BadMedia, "has a picture that cannot be converted", error);
    return result;
}

FramePtr black_picture(int width, int height) {
    auto frame = new_picture(width, height);
    for (int plane = 0; plane < 3; ++plane) {
        auto const rows = plane == 0 ? height : height / 2;
        for (int y = 0; y < rows; ++y)
            std::memset(frame->data[plane] + y * frame->linesize[plane], plane == 0 ? 16 : 128,
                        static_cast<std::size_t>(plane == 0 ? width : width / 2));
    }
    tag_output(*frame);
    return frame;
}

FramePtr blend(AVFrame const& a, AVFrame const& b, int share_256) {
    auto mixed = new_picture(a.width, a.height);
    for (int plane = 0; plane < 3; ++plane) {
        auto const rows = plane == 0 ? a.height : a.height / 2;
        auto const columns = plane == 0 ? a.width : a.width / 2;
        for (int y = 0; y < rows; ++y) {
            auto const* from = a.data[plane] + y * a.linesize[plane];
            auto const* to = b.data[plane] + y * b.linesize[plane];
            auto* out = mixed->data[plane] + y * mixed->linesize[plane];
            for (int x = 0; x < columns; ++x)
                out[x] = static_cast<std::uint8_t>(
                    (from[x] * (256 - share_256) + to[x] * share_256 + 128) >> 8);
        }
    }
    tag_output(*mixed);
    return mixed;
}

}  // namespace aiditor::media
