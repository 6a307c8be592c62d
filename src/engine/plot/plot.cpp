#include "engine/plot/plot.hpp"

#include "base/printable.hpp"
#include "engine/plot/canvas.hpp"
#include "engine/plot/draw_lane.hpp"
#include "engine/plot/found.hpp"
#include "engine/plot/lanes.hpp"
#include "engine/plot/style.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <optional>

namespace aiditor::plot {

using timeline::Time;

namespace {

/// A lane and where it is drawn.
struct PlacedLane {
    Lane lane;
    Colour colour;
    double y, height;
    bool first_of_room;
};

/// The longest of what the parts say; never 0, so that it can be divided by.
Time length_of(Scene const& scene) { return std::max(scene.track.duration_s, Time{1}); }

std::string clock_label(Time t) {
    auto const s = t.flicks / Time::kPerSecond;
    if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
    return fmt::format("{}:{:02}", s / 60, s % 60);
}

/// The smallest step that leaves at least 80 pixels to a label.
Time tick_step(Time length) {
    constexpr std::array<int, 13> kSteps{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600};
    for (auto const s : kSteps)
        if (length.flicks / timeline::seconds(s).flicks <= 16) return timeline::seconds(s);
    return std::max(timeline::seconds(3600), length / 16);
}

std::vector<PlacedLane> place_lanes(timeline::CueTrack const& track, double& y) {
    std::vector<PlacedLane> placed;
    std::size_t rooms = 0;
    for (auto& lane : lanes_of(track)) {
        bool const first = placed.empty() || placed.back().lane.room != lane.room;
        if (first) {
            ++rooms;
            y += kRoomHeight;
        }
        auto const rows = lane.rows.size();
        auto const height = rows == 1 ? kLaneHeight : kFamilyRow * static_cast<double>(rows);
        placed.push_back({.lane = std::move(lane),
                          .colour = kRoomColours[(rooms - 1) % kRoomColours.size()],
                          .y = y,
                          .height = height,
                          .first_of_room = first});
        y += height + kLaneGap;
    }
    return placed;
}

void draw_title(Canvas& canvas, Scene const& scene) {
    auto const name = std::filesystem::path(scene.track.file).filename().string();
    canvas.text(kMargin, 38, printable(name), kTitleType, kWidth - 2 * kMargin);
    auto line = timeline::clock_text(scene.track.duration_s);
    if (scene.media) {
        auto const& video = scene.media->video;
        line += fmt::format(
            "   {} x {}, {:.4g} fps, {}", video.display_width, video.display_height,
            static_cast<double>(video.frame_rate.num) / static_cast<double>(video.frame_rate.den),
            printable(video.codec));
        line += scene.media->audio.empty() ? ", no sound" : "";
    }
    line += fmt::format("   {} cues", scene.track.cues.size());
    canvas.text(kMargin, 60, line, kSmallType, kWidth - 2 * kMargin);
}

void draw_strip(Canvas& canvas, Scene const& scene, double y) {
    canvas.fill({kLeft, y, kPlotWidth, kStripHeight}, kPanel);
    constexpr auto kSlots = static_cast<std::int64_t>(timeline::PictureStrip::kSlots);
    auto const length = length_of(scene);
    for (auto const& picture : scene.strip.pictures) {
        // Exact: pictures at the very start of a slot are usual. Long clips: 10 * 4 h is far from
        // overflow, and times in JSON are below 9e6 s.
        auto const slot =
            std::clamp<std::int64_t>((picture.at_s * kSlots).flicks / length.flicks, 0, kSlots - 1);
        auto const x = kLeft + static_cast<double>(slot) * timeline::StripPicture::kWidth;
        canvas.picture(x, y, timeline::StripPicture::kWidth, timeline::StripPicture::kHeight,
                       picture.rgb);
        canvas.fill({x, y, 1, kStripHeight}, kGround);
        auto type = kSmallType;
        type.size = 9.5;
        type.colour = kInk;
        auto const label = clock_label(picture.at_s);
        auto const width = canvas.text_width(label, type) + 8;
        canvas.fill_round({x + 4, y + kStripHeight - 17, width, 14}, 3, kGround.faint(0.7));
        canvas.text(x + 8, y + kStripHeight - 6, label, type, width);
    }
    if (scene.strip.pictures.empty())
        canvas.text(kLeft + 8, y + kStripHeight / 2 + 4, "no pictures", kSmallType, kPlotWidth);
}

void draw_axis(Canvas& canvas, Time length, double y, double bottom) {
    auto type = kSmallType;
    type.align = Align::Centre;
    for (Time t; t <= length; t += tick_step(length)) {
        auto const x = x_of(timeline::to_seconds(t) / timeline::to_seconds(length));
        canvas.fill({x - 0.5, y, 1, 5}, kQuiet);
        canvas.fill({x - 0.5, y + kAxisHeight, 1, bottom - y - kAxisHeight}, kQuiet.faint(0.13));
        canvas.text(x, y + 18, clock_label(t), type, 100);
    }
}

void draw_lanes(Canvas& canvas, Scene const& scene, std::vector<PlacedLane> const& lanes) {
    for (auto const& placed : lanes) {
        if (placed.first_of_room) {
            auto type = kSmallType;
            type.bold = true;
            type.colour = placed.colour;
            canvas.text(kMargin, placed.y - 8, placed.lane.room, type, kLeft - kMargin);
        }
        draw_lane(canvas, {.name = placed.lane.name,
                           .unit = placed.lane.unit,
                           .rows = placed.lane.rows,
                           .rate_hz = scene.track.rate_hz,
                           .duration_s = timeline::to_seconds(length_of(scene)),
                           .colour = placed.colour,
                           .y = placed.y,
                           .height = placed.height});
    }
}

}  // namespace

Result<std::string> draw_png(Scene const& scene) {
    auto const length = length_of(scene);
    std::optional<FoundPart> found;
    if (scene.found) {
        Canvas measure(1, 1, kGround);
        found.emplace(scene, length, measure);
    }
    auto const axis_y = kTitleHeight + kStripHeight;
    auto const found_y = axis_y + kAxisHeight;
    auto bottom = found_y + (found ? found->height() : 0);
    auto const lanes = place_lanes(scene.track, bottom);

    Canvas canvas(kWidth, static_cast<int>(bottom + kFooterHeight), kGround);
    draw_title(canvas, scene);
    draw_strip(canvas, scene, kTitleHeight);
    draw_lanes(canvas, scene, lanes);
    draw_axis(canvas, length, axis_y, bottom);
    if (found) found->draw(canvas, found_y, bottom);
    canvas.text(kMargin, bottom + 24,
                fmt::format("{}, {:.3g} values a second; each lane from its lowest to its highest "
                            "value (\u2264: 2 % lie below); blank: not measured",
                            printable(scene.track.analyser), scene.track.rate_hz),
                kSmallType, kWidth - 2 * kMargin);
    return canvas.png();
}

}  // namespace aiditor::plot
