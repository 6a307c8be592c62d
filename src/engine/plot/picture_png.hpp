#pragma once
/// One picture that stands for a clip.

#include "base/result.hpp"
#include "timeline/picture_strip.hpp"

#include <string>

namespace aiditor::plot {

/// PNG of the middle one of the clip's pictures; black for a clip without any. Errors: Internal
/// when cairo cannot draw it.
[[nodiscard]] Result<std::string> picture_png(timeline::PictureStrip const& strip);

}  // namespace aiditor::plot
