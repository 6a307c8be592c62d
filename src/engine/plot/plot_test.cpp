#include "engine/plot/plot.hpp"

#include "engine/plot/style.hpp"

#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <limits>
#include <numbers>

namespace aiditor::plot {
namespace {

using timeline::CueTrack;
using timeline::Highlight;
using timeline::PictureStrip;
using timeline::seconds;
using timeline::StripPicture;
using timeline::Time;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

/// A finished plot, read back.
class Drawn {
public:
    explicit Drawn(Scene const& scene) {
        auto const png = draw_png(scene);
        EXPECT_TRUE(png) << png.error().message;
        if (!png) return;
        bytes_ = *png;
        std::string_view left = bytes_;
        surface_ = cairo_image_surface_create_from_png_stream(
            [](void* from, unsigned char* to, unsigned size) {
                auto& rest = *static_cast<std::string_view*>(from);
                if (rest.size() < size) return CAIRO_STATUS_READ_ERROR;
                std::memcpy(to, rest.data(), size);
                rest.remove_prefix(size);
                return CAIRO_STATUS_SUCCESS;
            },
            &left);
        EXPECT_EQ(cairo_surface_status(surface_), CAIRO_STATUS_SUCCESS);
    }
    ~Drawn() { cairo_surface_destroy(surface_); }
    Drawn(Drawn const&) = delete;
    Drawn& operator=(Drawn const&) = delete;

    [[nodiscard]] std::string const& bytes() const { return bytes_; }
    [[nodiscard]] int width() const { return cairo_image_surface_get_width(surface_); }
    [[nodiscard]] int height() const { return cairo_image_surface_get_height(surface_); }
    [[nodiscard]] std::uint32_t pixel(int x, int y) const {
        std::uint32_t value = 0;
        std::memcpy(&value,
                    cairo_image_surface_get_data(surface_) +
                        static_cast<std::ptrdiff_t>(y) * cairo_image_surface_get_stride(surface_) +
                        static_cast<std::ptrdiff_t>(x) * 4,
                    sizeof value);
        return value & 0xFFFFFFU;
    }
    /// How many pixels of [from, to) of the plot's width, below the axis, are clearly bright.
    [[nodiscard]] int bright(double from, double to) const {
        int count = 0;
        for (int y = static_cast<int>(kTitleHeight + kStripHeight + kAxisHeight);
             y < height() - static_cast<int>(kFooterHeight); ++y)
            for (int x = static_cast<int>(x_of(from)); x < static_cast<int>(x_of(to)); ++x) {
                auto const p = pixel(x, y);
                if ((p >> 16) + (p >> 8 & 255) + (p & 255) > 300) ++count;
            }
        return count;
    }

private:
    std::string bytes_;
    cairo_surface_t* surface_ = nullptr;
};

/// `cues` waves over `samples` at 5 Hz.
CueTrack track_of(int cues, std::int64_t samples) {
    CueTrack track{.file = "folder/match.mp4",
                   .sha256 = {},
                   .analyser = "cues/1",
                   .duration_s = seconds(1) * samples / 5,
                   .rate_hz = 5,
                   .samples = samples,
                   .cues = {}};
    for (int c = 0; c < cues; ++c) {
        timeline::Cue cue{.name = fmt::format("room{}.wave{}_db@1", c / 10,
                                              std::string(static_cast<std::size_t>(c + 1), 'x')),
                          .values = {}};
        for (std::int64_t i = 0; i < samples; ++i)
            cue.values.push_back(static_cast<float>(
                std::sin(2 * std::numbers::pi * static_cast<double>(i) * (c + 1) / 600)));
        track.cues.push_back(std::move(cue));
    }
    return track;
}

TEST(Plot, is_a_png_with_a_lane_for_every_cue) {
    auto const two = track_of(2, 600), three = track_of(3, 600);
    Drawn const a({.track = two, .strip = {}}), b({.track = three, .strip = {}});
    EXPECT_EQ(a.bytes().substr(0, 8), "\x89PNG\r\n\x1a\n");
    EXPECT_EQ(a.width(), kWidth);
    EXPECT_EQ(b.height() - a.height(), static_cast<int>(kLaneHeight + kLaneGap));
    EXPECT_GT(b.bright(0, 1), a.bright(0, 1));
}

TEST(Plot, the_same_values_give_the_same_bytes) {
    auto const track = track_of(3, 600);
    EXPECT_EQ(draw_png({.track = track, .strip = {}}).value(),
              draw_png({.track = track, .strip = {}}).value());
}

TEST(Plot, what_was_not_measured_is_left_blank) {
    auto track = track_of(1, 600);
    std::fill_n(track.cues[0].values.begin(), 300, kMissing);
    Drawn const half({.track = track, .strip = {}});
    EXPECT_EQ(half.bright(0, 0.49), 0);
    EXPECT_GT(half.bright(0.51, 1), 500);
    std::ranges::fill(track.cues[0].values, kMissing);
    EXPECT_EQ(Drawn({.track = track, .strip = {}}).bright(0.3, 1), 0) << "but for words";
    std::ranges::fill(track.cues[0].values, 0.0F);
    EXPECT_GT(Drawn({.track = track, .strip = {}}).bright(0.3, 1), 500) << "0 is a value";
}

TEST(Plot, empty_and_odd_tracks_are_drawn) {
    for (auto track : {track_of(0, 0), track_of(2, 0), track_of(2, 1)}) {
        for (auto const length : {Time{}, -seconds(5), seconds(1), seconds(9'000'000)}) {
            track.duration_s = length;
            EXPECT_EQ(Drawn({.track = track, .strip = {}}).width(), kWidth);
        }
    }
    auto wild = track_of(3, 600);
    for (auto& cue : wild.cues) cue.name = "";
    wild.cues[0].values[5] = std::numeric_limits<float>::max();
    wild.cues[0].values[6] = std::numeric_limits<float>::lowest();
    wild.cues[1].values[5] = std::numeric_limits<float>::infinity();
    EXPECT_EQ(Drawn({.track = wild, .strip = {}}).width(), kWidth);
}

TEST(Plot, text_from_files_cannot_break_it) {
    auto track = track_of(3, 60);
    track.file = "a/\xFF\x1b[31m" + std::string(5000, 'W') + ".mp4";
    track.analyser = std::string(3000, '\xC3');
    track.cues[0].name = std::string("\0.\n_\xE2\x80\xAE@", 8);
    track.cues[1].name = std::string(4000, '_');
    EXPECT_EQ(Drawn({.track = track, .strip = {}}).width(), kWidth);
}

TEST(Plot, four_hours_are_no_larger_than_four_minutes_and_a_single_sample_is_seen) {
    auto const shorter = track_of(40, 4 * 60 * 5);
    auto longer = track_of(40, 4 * 3600 * 5);
    Drawn const a({.track = shorter, .strip = {}}), b({.track = longer, .strip = {}});
    EXPECT_EQ(a.height(), b.height());
    longer.cues.resize(1);
    std::ranges::fill(longer.cues[0].values, 0.0F);
    Drawn const flat({.track = longer, .strip = {}});
    longer.cues[0].values[40'000] = 1;
    Drawn const spike({.track = longer, .strip = {}});
    auto const at = 40'000.0 / (4 * 3600 * 5);
    EXPECT_GT(spike.bright(at - 0.002, at + 0.002), flat.bright(at - 0.002, at + 0.002) + 10);
}

TEST(Plot, pictures_lie_in_the_slot_of_their_time) {
    auto const track = track_of(1, 500);  // 100 s
    std::string red;
    for (std::size_t i = 0; i < StripPicture::kBytes / 3; ++i) red += std::string("\xFF\0\0", 3);
    PictureStrip const strip{
        .pictures = {{.at_s = seconds(30), .rgb = red}, {.at_s = seconds(9'000'000), .rgb = red}}};
    Drawn const drawn({.track = track, .strip = strip});
    auto const y = static_cast<int>(kTitleHeight) + 20;
    auto const slot = [&](int i) {
        return drawn.pixel(static_cast<int>(kLeft) + i * StripPicture::kWidth + 64, y);
    };
    EXPECT_EQ(slot(3), 0xFF0000U);
    EXPECT_NE(slot(2), 0xFF0000U);
    EXPECT_NE(slot(4), 0xFF0000U);
    EXPECT_EQ(slot(9), 0xFF0000U) << "beyond the end counts as the end";
}

timeline::ClipHighlights found_of(std::vector<Highlight> highlights) {
    timeline::ClipHighlights found{.file = "match.mp4",
                                   .sha256 = {},
                                   .duration_s = seconds(120),
                                   .frame_rate = {},
                                   .highlights = std::move(highlights),
                                   .curve = {.rate_hz = 5, .values = std::vector<double>(600)}};
    for (std::size_t i = 0; i < 600; ++i) found.curve.values[i] = static_cast<double>(i % 100);
    return found;
}

Highlight highlight(int start, double score) {
    return {.start_s = seconds(start),
            .peak_s = seconds(start + 2),
            .end_s = seconds(start + 5),
            .score = score,
            .kind = "burst",
            .why = {}};
}

TEST(Plot, highlights_add_score_blocks_and_labels) {
    auto const track = track_of(2, 600);
    auto const none = found_of({}), one = found_of({highlight(60, 4)});
    Drawn const plain({.track = track, .strip = {}});
    Drawn const empty({.track = track, .strip = {}, .found = &none});
    Drawn const drawn({.track = track, .strip = {}, .found = &one, .reasons = {"noise 70 %"}});
    EXPECT_GT(empty.height(), plain.height() + static_cast<int>(kScoreHeight));
    EXPECT_EQ(drawn.height(), empty.height() + static_cast<int>(kLabelHeight));
    auto const middle = static_cast<int>(x_of(62.5 / 120));
    EXPECT_NE(drawn.pixel(middle, drawn.height() - static_cast<int>(kFooterHeight) - 3),
              empty.pixel(middle, empty.height() - static_cast<int>(kFooterHeight) - 3))
        << "its shade lies over the lanes";
    Drawn const wordless({.track = track, .strip = {}, .found = &one});
    EXPECT_NE(wordless.bytes(), drawn.bytes()) << "reasons are shown";
}

TEST(Plot, a_thousand_highlights_do_not_make_it_grow_without_end) {
    auto const track = track_of(1, 600);
    std::vector<Highlight> many;
    for (int i = 0; i < 1000; ++i) many.push_back(highlight(i % 110, i));
    auto const found = found_of(std::move(many));
    EXPECT_LT(Drawn({.track = track, .strip = {}, .found = &found}).height(), 700);
}

}  // namespace
}  // namespace aiditor::plot
