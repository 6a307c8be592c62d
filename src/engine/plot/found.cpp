#include "engine/plot/found.hpp"

#include "base/printable.hpp"
#include "engine/plot/draw_lane.hpp"
#include "engine/plot/style.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>
#include <numeric>

namespace aiditor::plot {

using timeline::Time;

namespace {

constexpr double kGap = 10, kPad = 6, kWidestLabel = 260;
constexpr Type kHeadline{.size = 11, .colour = kGold, .bold = true};

double share_of(Time t, Time duration) {
    return duration > Time{} ? timeline::to_seconds(t) / timeline::to_seconds(duration) : 0;
}

}  // namespace

std::vector<Label> place_labels(timeline::ClipHighlights const& found, Time duration,
                                std::vector<double> const& widths) {
    assert(widths.size() == found.highlights.size());
    std::vector<std::size_t> order(widths.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [&](std::size_t i) { return found.highlights[i].score; });
    std::vector<Label> labels;
    std::array<std::vector<Label>, kMostRows> rows;
    for (std::size_t k = 0; k < order.size(); ++k) {
        auto const i = order[k];
        auto const start = x_of(share_of(found.highlights[i].start_s, duration));
        Label label{.highlight = i,
                    .rank = k + 1,
                    .row = 0,
                    .x = std::min(start, kPlotEnd - widths[i]),
                    .width = widths[i]};
        auto const fits = [&](Label const& other) {
            return label.x + label.width + kGap <= other.x ||
                   other.x + other.width + kGap <= label.x;
        };
        while (label.row < kMostRows && !std::ranges::all_of(rows[label.row], fits)) ++label.row;
        if (label.row == kMostRows) continue;
        rows[label.row].push_back(label);
        labels.push_back(label);
    }
    return labels;
}

FoundPart::FoundPart(Scene const& scene, Time duration, Canvas& measure)
    : found_(*scene.found), duration_(duration) {
    std::vector<double> widths;
    for (std::size_t i = 0; i < found_.highlights.size(); ++i) {
        auto const& highlight = found_.highlights[i];
        words_.push_back(
            {.headline = fmt::format("{}  {:.2f}  {}", timeline::clock_text(highlight.peak_s),
                                     highlight.score, printable(highlight.kind)),
             .reasons = i < scene.reasons.size() ? printable(scene.reasons[i]) : ""});
        auto const& words = words_.back();
        widths.push_back(std::min(
            kWidestLabel, 2 * kPad + std::max(measure.text_width(words.headline, kHeadline),
                                              measure.text_width(words.reasons, kSmallType))));
    }
    labels_ = place_labels(found_, duration_, widths);
    for (auto const& label : labels_) rows_ = std::max(rows_, label.row + 1);
}

double FoundPart::share(Time t) const { return share_of(t, duration_); }

double FoundPart::height() const {
    return kScoreHeight + kBlockHeight + kLaneGap + static_cast<double>(rows_) * kLabelHeight;
}

void FoundPart::draw(Canvas& canvas, double y, double bottom) const {
    std::vector<float> curve(found_.curve.values.begin(), found_.curve.values.end());
    std::span<float const> const rows[] = {curve};
    LaneSpec const lane{.name = "score",
                        .unit = "highlights stand out",
                        .rows = rows,
                        .rate_hz = found_.curve.rate_hz,
                        .duration_s = timeline::to_seconds(duration_),
                        .colour = kScore,
                        .y = y,
                        .height = kScoreHeight};
    draw_lane(canvas, lane);
    draw_blocks(canvas, y, bottom);
    draw_labels(canvas, y + kScoreHeight + kBlockHeight + kLaneGap);
}

void FoundPart::draw_blocks(Canvas& canvas, double y, double bottom) const {
    auto const blocks = y + kScoreHeight + 3;
    canvas.text(kMargin, blocks + kBlockHeight - 3, "highlights", kNameType, kLeft - kMargin);
    auto count = kSmallType;
    count.align = Align::Left;
    canvas.text(kPlotEnd + 10, blocks + kBlockHeight - 3,
                fmt::format("{}", found_.highlights.size()), count, kWidth - kPlotEnd - 20);
    for (auto const& highlight : found_.highlights) {
        auto const from = x_of(share(highlight.start_s)), to = x_of(share(highlight.end_s));
        auto const peak = x_of(share(highlight.peak_s));
        auto const width = std::max(2.0, to - from);
        canvas.fill({from, y, width, bottom - y}, kGold.faint(0.08));
        canvas.fill_round({from, blocks, width, kBlockHeight - 3}, 3, kGold.faint(0.85));
        canvas.fill({peak - 0.5, y, 1, bottom - y}, kGold.faint(0.3));
    }
}

void FoundPart::draw_labels(Canvas& canvas, double y) const {
    for (auto const& label : labels_) {
        auto const top = y + static_cast<double>(label.row) * kLabelHeight;
        auto const x = std::max(label.x, x_of(share(found_.highlights[label.highlight].start_s)));
        canvas.fill({std::min(x, kPlotEnd - 1), y - kLaneGap, 1, top - y + kLaneGap},
                    kGold.faint(0.3));
    }
    for (auto const& label : labels_) {
        auto const top = y + static_cast<double>(label.row) * kLabelHeight;
        auto const& words = words_[label.highlight];
        canvas.fill_round({label.x, top, label.width, kLabelHeight - 3}, 3, rgb(0x262a2c));
        canvas.text(label.x + kPad, top + 12, words.headline, kHeadline, label.width - 2 * kPad);
        canvas.text(label.x + kPad, top + 24, words.reasons, kSmallType, label.width - 2 * kPad);
    }
}

}  // namespace aiditor::plot
