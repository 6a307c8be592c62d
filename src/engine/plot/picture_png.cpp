#include "engine/plot/picture_png.hpp"

#include "engine/plot/canvas.hpp"

namespace aiditor::plot {

Result<std::string> picture_png(timeline::PictureStrip const& strip) {
    using timeline::StripPicture;
    Canvas canvas(StripPicture::kWidth, StripPicture::kHeight, rgb(0));
    if (!strip.pictures.empty())
        canvas.picture(0, 0, StripPicture::kWidth, StripPicture::kHeight,
                       strip.pictures[strip.pictures.size() / 2].rgb);
    return canvas.png();
}

}  // namespace aiditor::plot
