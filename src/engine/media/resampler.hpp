#pragma once
/// Any decoded sound to stereo.

#include "engine/media/av.hpp"

namespace aiditor::media {

/// A converter from the form of `frame` to stereo at `rate_hz`; mono goes to both sides, more
/// channels are mixed down by their layout (ITU-R BS.775 weights, as libswresample has them).
/// Null when the form makes no sense.
[[nodiscard]] SwrPtr stereo_resampler(AVFrame const& frame, AVSampleFormat format, int rate_hz);

}  // namespace aiditor::media
