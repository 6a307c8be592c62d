#pragma once
/// Sizes and colours of a plot, in pixels.

#include "engine/plot/canvas.hpp"
#include "engine/plot/plot.hpp"

#include <array>

namespace aiditor::plot {

inline constexpr double kMargin = 28, kLeft = 196, kPlotWidth = 1280, kPlotEnd = kLeft + kPlotWidth;
inline constexpr int kColumns = 1280;
static_assert(kColumns == kPlotWidth);
static_assert(kPlotWidth ==
              double{timeline::StripPicture::kWidth} * timeline::PictureStrip::kSlots);

inline constexpr double kTitleHeight = 80, kStripHeight = timeline::StripPicture::kHeight;
inline constexpr double kAxisHeight = 30, kRoomHeight = 26, kFooterHeight = 40;
inline constexpr double kLaneHeight = 38, kFamilyRow = 7, kLaneGap = 7;
inline constexpr double kScoreHeight = 90, kBlockHeight = 14, kLabelHeight = 31;

inline constexpr Colour kGround = rgb(0x12151b), kPanel = rgb(0x1b2029), kInk = rgb(0xdfe4ec),
                        kQuiet = rgb(0x8d97a8), kGold = rgb(0xf2c14e), kScore = rgb(0xe9edf5);
/// One a room, in the order in which the rooms come.
inline constexpr std::array kRoomColours{rgb(0x4fc1b0), rgb(0xe39b54), rgb(0x8aa4f8),
                                         rgb(0xd987b4), rgb(0x9cc66b), rgb(0xb99af0)};

inline constexpr Type kTitleType{.size = 19, .colour = kInk, .bold = true};
inline constexpr Type kNameType{.size = 12, .colour = kInk};
inline constexpr Type kSmallType{.size = 10.5, .colour = kQuiet};

/// Where a share 0..1 of the clip lies.
[[nodiscard]] inline double x_of(double share) {
    return kLeft + kPlotWidth * (share < 0 ? 0 : share > 1 ? 1 : share);
}

}  // namespace aiditor::plot
