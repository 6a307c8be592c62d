#pragma once
/// Highlights as blocks with labels, and where each label has room.

#include "engine/plot/canvas.hpp"
#include "engine/plot/plot.hpp"

#include <optional>
#include <vector>

namespace aiditor::plot {

struct Label {
    std::size_t highlight;  ///< position in found->highlights
    std::size_t rank;       ///< 1 is the best
    std::size_t row;
    double x, width;
};

/// Best first, each in the first row where nothing lies in its way; with more than kMostRows rows
/// in use the rest stay without a label. `widths` has one entry a highlight, at most kPlotWidth.
inline constexpr std::size_t kMostRows = 8;
[[nodiscard]] std::vector<Label> place_labels(timeline::ClipHighlights const& found,
                                              timeline::Time duration,
                                              std::vector<double> const& widths);

/// The part of the plot between the time axis and the cues: score, blocks, labels.
class FoundPart {
public:
    FoundPart(Scene const& scene, timeline::Time duration, Canvas& measure);
    [[nodiscard]] double height() const;
    /// Draws with the top at `y`; `bottom` is where the shade of each highlight ends.
    void draw(Canvas& canvas, double y, double bottom) const;

private:
    struct Words {
        std::string headline, reasons;
    };
    void draw_blocks(Canvas& canvas, double y, double bottom) const;
    void draw_labels(Canvas& canvas, double y) const;
    [[nodiscard]] double share(timeline::Time t) const;

    timeline::ClipHighlights const& found_;
    timeline::Time duration_;
    std::vector<Words> words_;
    std::vector<Label> labels_;
    std::size_t rows_ = 0;
};

}  // namespace aiditor::plot
