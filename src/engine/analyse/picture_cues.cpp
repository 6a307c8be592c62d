#include "engine/analyse/picture_cues.hpp"

#include <algorithm>
#include <cstdlib>

namespace aiditor::analyse {
namespace {

using media::Thumbnail;
using timeline::Time;

constexpr Time kReach = timeline::seconds(20);
constexpr int kFlashLuma = 235;

using Plane = std::array<std::uint8_t, Thumbnail::kPixels>;

double mean_change(Plane const& a, Plane const& b) {
    int sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return static_cast<double>(sum) / static_cast<double>(a.size());
}

}  // namespace

PictureCues::Seen PictureCues::look_at(Time pts, Thumbnail const& picture) {
    Seen seen{pts, picture, {}, 0, 0};
    int sum = 0, bright = 0;
    for (std::size_t i = 0; i < Thumbnail::kPixels; ++i) {
        sum += picture.y[i];
        bright += picture.y[i] >= kFlashLuma ? 1 : 0;
        // Colour is mostly near 128: bins of 32 around it tell more than even quarters.
        auto const quarter = [](int c) {
            return static_cast<std::size_t>(std::clamp((c - 64) / 32, 0, 3));
        };
        ++seen.histogram[std::size_t{16} * (picture.y[i] / 64U) + 4 * quarter(picture.u[i]) +
                         quarter(picture.v[i])];
    }
    seen.luma = static_cast<double>(sum) / Thumbnail::kPixels;
    seen.flash = static_cast<double>(bright) / Thumbnail::kPixels;
    return seen;
}

void PictureCues::add(Time pts, Thumbnail const& picture) {
    if (!sample_at(pts) || (last_ && pts <= last_->pts)) return;
    auto const seen = look_at(pts, picture);
    if (last_) {
        write_still(*last_, pts);
        write_change(*last_, seen);
    }
    last_ = seen;
}

void PictureCues::finish(Time duration) {
    if (last_) write_still(*last_, duration);
    last_.reset();
}

void PictureCues::write_still(Seen const& seen, Time until) {
    auto const to = std::min(until, seen.pts + kReach);
    grid_.fill(CueId::Luma, seen.pts, to, seen.luma);
    grid_.fill(CueId::Flash, seen.pts, to, seen.flash);
}

void PictureCues::write_change(Seen const& from, Seen const& to) {
    if (to.pts - from.pts > kReach) return;
    auto const chroma =
        (mean_change(from.picture.u, to.picture.u) + mean_change(from.picture.v, to.picture.v)) / 2;
    int common = 0;
    for (std::size_t i = 0; i < kBins; ++i) common += std::min(from.histogram[i], to.histogram[i]);
    grid_.fill(CueId::LumaChange, from.pts, to.pts, mean_change(from.picture.y, to.picture.y));
    grid_.fill(CueId::ChromaChange, from.pts, to.pts, chroma);
    grid_.fill(CueId::Cut, from.pts, to.pts, 1 - static_cast<double>(common) / Thumbnail::kPixels);
}

}  // namespace aiditor::analyse
