#include "engine/analyse/picture_cues.hpp"

#include <algorithm>
#include <cstdlib>

namespace aiditor::analyse {
namespace {

using media::Thumbnail;
using timeline::Time;

constexpr Time kReach = timeline::seconds(20);
constexpr std::size_t kWidth = Thumbnail::kWidth;
constexpr std::size_t kMiddleWidth = kWidth / 3, kMiddleHeight = Thumbnail::kHeight / 3;
constexpr int kFlashLuma = 235;
constexpr int kRedCr = 170, kRedCb = 128;  ///< strong red: much Cr, no more than grey's Cb
constexpr float kDisplayStep = 8;          ///< of 255: a digit that changed
constexpr std::size_t kLeastPictures = 8;  ///< before a cell is known to be still
constexpr double kStillShare = 0.35;       ///< of all cells may be the display

using Plane = std::array<std::uint8_t, Thumbnail::kPixels>;

double mean_change(Plane const& a, Plane const& b) {
    int sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return static_cast<double>(sum) / static_cast<double>(a.size());
}

}  // namespace

PictureCues::Seen PictureCues::look_at(Time pts, Thumbnail const& picture) {
    Seen seen{pts, picture, {}, 0, 0, 0, 0};
    int sum = 0, bright = 0, red = 0, steps = 0;
    for (std::size_t i = 0; i < Thumbnail::kPixels; ++i) {
        sum += picture.y[i];
        bright += picture.y[i] >= kFlashLuma ? 1 : 0;
        red += picture.v[i] >= kRedCr && picture.u[i] <= kRedCb ? 1 : 0;
        if (i % Thumbnail::kWidth > 0) steps += std::abs(picture.y[i] - picture.y[i - 1]);
        // Colour is mostly near 128: bins of 32 around it tell more than even quarters.
        auto const quarter = [](int c) {
            return static_cast<std::size_t>(std::clamp((c - 64) / 32, 0, 3));
        };
        ++seen.histogram[std::size_t{16} * (picture.y[i] / 64U) + 4 * quarter(picture.u[i]) +
                         quarter(picture.v[i])];
    }
    seen.luma = static_cast<double>(sum) / Thumbnail::kPixels;
    seen.flash = static_cast<double>(bright) / Thumbnail::kPixels;
    seen.red = static_cast<double>(red) / Thumbnail::kPixels;
    seen.edges = static_cast<double>(steps) / Thumbnail::kPixels;
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
    write_display();
}

void PictureCues::write_still(Seen const& seen, Time until) {
    auto const to = std::min(until, seen.pts + kReach);
    grid_.fill(CueId::Luma, seen.pts, to, seen.luma);
    grid_.fill(CueId::Flash, seen.pts, to, seen.flash);
    grid_.fill(CueId::Red, seen.pts, to, seen.red);
    grid_.fill(CueId::Edges, seen.pts, to, seen.edges);
}

void PictureCues::write_change(Seen const& from, Seen const& to) {
    if (to.pts - from.pts > kReach) return;
    auto const chroma =
        (mean_change(from.picture.u, to.picture.u) + mean_change(from.picture.v, to.picture.v)) / 2;
    int common = 0;
    for (std::size_t i = 0; i < kBins; ++i) common += std::min(from.histogram[i], to.histogram[i]);
    auto const luma = mean_change(from.picture.y, to.picture.y);
    CellChange cells{from.pts, to.pts, {}};
    double centre = 0;
    for (std::size_t i = 0; i < Thumbnail::kPixels; ++i) {
        auto const x = i % kWidth, y = i / kWidth;
        auto const change = static_cast<float>(std::abs(from.picture.y[i] - to.picture.y[i]));
        cells.change[y / 4 * (kWidth / 4) + x / 4] += change / 16;
        if (x / kMiddleWidth == 1 && y / kMiddleHeight == 1) centre += static_cast<double>(change);
    }
    centre /= static_cast<double>(kMiddleWidth * kMiddleHeight);
    changes_.push_back(cells);
    grid_.fill(CueId::LumaChange, from.pts, to.pts, luma);
    grid_.fill(CueId::CentreChange, from.pts, to.pts, centre - luma);
    grid_.fill(CueId::ChromaChange, from.pts, to.pts, chroma);
    grid_.fill(CueId::Cut, from.pts, to.pts, 1 - static_cast<double>(common) / Thumbnail::kPixels);
}

/// A game's display lies where the picture hardly ever changes; when it does change there, a
/// number, an icon or a line of text did.
void PictureCues::write_display() {
    if (changes_.size() < kLeastPictures) return;
    std::array<float, kCells> usual{};
    std::vector<float> column(changes_.size());
    auto const middle = column.begin() + static_cast<std::ptrdiff_t>(column.size() / 2);
    for (std::size_t c = 0; c < kCells; ++c) {
        std::ranges::transform(changes_, column.begin(),
                               [&](CellChange const& change) { return change.change[c]; });
        std::ranges::nth_element(column, middle);
        usual[c] = *middle;
    }
    auto sorted = usual;
    std::ranges::sort(sorted);
    auto const limit =
        std::min(kDisplayStep / 2,
                 sorted[static_cast<std::size_t>(kStillShare * static_cast<double>(kCells))]);
    for (auto const& change : changes_) {
        int still = 0, changed = 0;
        for (std::size_t c = 0; c < kCells; ++c) {
            if (usual[c] > limit) continue;
            ++still;
            changed += change.change[c] >= kDisplayStep ? 1 : 0;
        }
        if (still > 0)
            grid_.fill(CueId::HudChange, change.from, change.to,
                       static_cast<double>(changed) / still);
    }
}

}  // namespace aiditor::analyse
