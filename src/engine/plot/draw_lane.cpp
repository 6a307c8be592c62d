#include "engine/plot/draw_lane.hpp"

#include "engine/plot/lanes.hpp"
#include "engine/plot/style.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace aiditor::plot {
namespace {

constexpr double kLine = 1.6;  ///< how thick a curve is at least

/// 0 at the low end of the scale, 1 at the high end; 0.5 for a lane that never changes.
double level(float value, Scale const& scale) {
    auto const span = double{scale.high} - double{scale.low};
    if (span <= 0) return 0.5;
    return std::clamp((double{value} - double{scale.low}) / span, 0.0, 1.0);
}

/// Short, and without the dust of binary fractions.
std::string number(float value) {
    auto const size = std::fabs(value);
    if (size >= 1e5F) return fmt::format("{:.2g}", value);
    if (size >= 100) return fmt::format("{:.0f}", value);
    if (size >= 10) return fmt::format("{:.1f}", value);
    if (size >= 1) return fmt::format("{:.2f}", value);
    return fmt::format("{:.2g}", value);
}

void draw_ground(Canvas& canvas, std::span<Column const> columns, double y, double height) {
    for (std::size_t x = 0; x < columns.size();) {
        auto end = x;
        while (end < columns.size() && columns[end].measured()) ++end;
        if (end > x)
            canvas.add_to_shape(
                {kLeft + static_cast<double>(x), y, static_cast<double>(end - x), height});
        x = std::max(end, x + 1);
    }
    canvas.fill_shape(kPanel);
}

void draw_curve(Canvas& canvas, LaneSpec const& lane, std::vector<Column> columns,
                Scale const& scale) {
    auto const y_of = [&](float v) {
        return lane.y + 2 + (1 - level(v, scale)) * (lane.height - 4);
    };
    // Neighbours touch, so that a curve is one line.
    auto const raw = columns;
    for (std::size_t x = 1; x < columns.size(); ++x) {
        if (!raw[x].measured() || !raw[x - 1].measured()) continue;
        columns[x].low = std::min(columns[x].low, raw[x - 1].high);
        columns[x].high = std::max(columns[x].high, raw[x - 1].low);
    }
    auto const left = [](std::size_t x) { return kLeft + static_cast<double>(x); };
    for (std::size_t x = 0; x < columns.size(); ++x) {
        if (!raw[x].measured()) continue;
        auto const top = y_of(raw[x].high);
        canvas.add_to_shape({left(x), top, 1, lane.y + lane.height - top});
    }
    canvas.fill_shape(lane.colour.faint(0.22));
    for (std::size_t x = 0; x < columns.size(); ++x) {
        if (!columns[x].measured()) continue;
        auto const top = y_of(columns[x].high), bottom = y_of(columns[x].low);
        auto const more = std::max(0.0, kLine - (bottom - top)) / 2;
        canvas.add_to_shape({left(x), top - more, 1, bottom - top + 2 * more});
    }
    canvas.fill_shape(lane.colour.faint(0.9));
}

/// Rows from the bottom up; each column shows its highest value.
void draw_map(Canvas& canvas, LaneSpec const& lane, Scale const& scale) {
    auto const row_height = lane.height / static_cast<double>(lane.rows.size());
    for (std::size_t row = 0; row < lane.rows.size(); ++row) {
        auto const columns = reduce(lane.rows[row], lane.rate_hz, lane.duration_s, kColumns);
        auto const y = lane.y + lane.height - static_cast<double>(row + 1) * row_height;
        for (std::size_t x = 0; x < columns.size(); ++x) {
            if (!columns[x].measured()) continue;
            auto const v = level(columns[x].high, scale);
            auto const colour = v < 0.7 ? mix(kPanel, lane.colour, v / 0.7)
                                        : mix(lane.colour, rgb(0xf6fbfa), (v - 0.7) / 0.3 * 0.8);
            canvas.fill({kLeft + static_cast<double>(x), y, 1, row_height}, colour);
        }
    }
}

}  // namespace

void draw_lane(Canvas& canvas, LaneSpec const& lane) {
    auto const middle = lane.y + std::min(lane.height, kLaneHeight) / 2;
    auto const room = kLeft - kMargin - 10;
    canvas.text(kMargin, middle - 2, lane.name, kNameType, room);
    canvas.text(kMargin, middle + 12, lane.unit, kSmallType, room);
    auto const scale = scale_of(lane.rows);
    if (!scale) {
        canvas.text(kLeft + 8, middle + 4, "not measured", kSmallType, kPlotWidth);
        return;
    }
    if (lane.rows.size() == 1) {
        auto columns = reduce(lane.rows.front(), lane.rate_hz, lane.duration_s, kColumns);
        draw_ground(canvas, columns, lane.y, lane.height);
        draw_curve(canvas, lane, std::move(columns), *scale);
    } else {
        draw_map(canvas, lane, *scale);
    }
    auto const side = kWidth - kPlotEnd - 20;
    canvas.text(kPlotEnd + 10, lane.y + 10, number(scale->high), kSmallType, side);
    canvas.text(kPlotEnd + 10, lane.y + lane.height - 2,
                (scale->cut ? "\u2264 " : "") + number(scale->low), kSmallType, side);
}

}  // namespace aiditor::plot
