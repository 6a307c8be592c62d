#pragma once
/// Any source picture to the one output form: upright, square pixels, exact size, 8-bit 4:2:0,
/// BT.709 limited range.

#include "engine/media/colour.hpp"
#include "timeline/edit_plan.hpp"

namespace aiditor::media {

/// How a source relates to an output.
struct FitSpec {
    int width = 0, height = 0;  ///< of the output, even
    double focus_x = 0.5, focus_y = 0.5;
    int rotation_deg = 0;  ///< clockwise turn that makes the source upright
    timeline::Rational pixel_aspect{1, 1};
    bool deinterlace = false;
};

/// Where a source of display size `w` x `h` goes in an output.
///
/// A source wider than the output loses its sides (the action is in the middle); one that is taller
/// may lose a fifth of its height, beyond that it is shown whole over a blurred copy of itself.
struct Placement {
    int crop_x = 0, crop_y = 0, crop_width = 0, crop_height = 0;  ///< in display pixels
    int width = 0, height = 0;  ///< size after scaling; smaller than the output when shown whole
    bool backdrop = false;
};
[[nodiscard]] Placement place(int w, int h, FitSpec const& spec);

/// One output of one source; rebuilds its filter chain when the source changes size or format in
/// mid-stream. HDR is tone-mapped through linear light: 203 cd/m2 is SDR white (ITU-R BT.2408),
/// the dark 30 % stay as they are, highlights up to 1000 cd/m2 are compressed above (Mobius curve).
/// Wide SDR is converted.
class PictureFit {
public:
    explicit PictureFit(FitSpec spec) : spec_(spec) {}
    /// The fitted picture, owned by this object until the next call. The same source picture again
    /// costs nothing. Errors: BadMedia, LimitReached.
    [[nodiscard]] Result<AVFrame const*> fit(AVFrame const& source);

private:
    struct SourceForm {
        int width = 0, height = 0, format = -1;
        bool interlaced = false;
        ColourTags tags;
        friend bool operator==(SourceForm const&, SourceForm const&) = default;
    };
    [[nodiscard]] Result<> rebuild(AVFrame const& source, SourceForm const& form);
    [[nodiscard]] Result<FramePtr> run(AVFrame const& source);

    FitSpec spec_;
    SourceForm form_;
    GraphPtr graph_;
    AVFilterContext* in_ = nullptr;
    AVFilterContext* out_ = nullptr;
    bool passthrough_ = false;
    std::int64_t clock_ = 0;
    std::int64_t fitted_pts_ = AV_NOPTS_VALUE;
    FramePtr fitted_;
};

/// A black picture of the output form.
[[nodiscard]] FramePtr black_picture(int width, int height);
/// a + (b - a) * share / 256 for each sample; both of the output form and size; share 0..256.
[[nodiscard]] FramePtr blend(AVFrame const& a, AVFrame const& b, int share);

}  // namespace aiditor::media
