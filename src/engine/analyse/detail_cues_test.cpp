#include "engine/analyse/detail_cues.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <gmock/gmock.h>
#include <limits>

namespace aiditor::analyse {
namespace {

using media::LumaPicture;
using timeline::milliseconds;
using timeline::Time;

constexpr int kWidth = 640, kHeight = 360;

LumaPicture grey(int level = 100) {
    return {.width = kWidth,
            .height = kHeight,
            .y = std::vector<std::uint8_t>(std::size_t{kWidth} * kHeight,
                                           static_cast<std::uint8_t>(level))};
}

void fill(LumaPicture& picture, int x0, int y0, int w, int h, int level) {
    for (int y = y0; y < y0 + h; ++y)
        for (int x = x0; x < x0 + w; ++x)
            picture.y[static_cast<std::size_t>(y * kWidth + x)] = static_cast<std::uint8_t>(level);
}

/// A world that moves: coarse blocks of several brightnesses, shifted by `shift` pixels.
LumaPicture world(int shift) {
    auto out = grey();
    for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x) {
            auto const block = ((x + shift) / 40) * 7 + (y / 40) * 3;
            out.y[static_cast<std::size_t>(y * kWidth + x)] =
                static_cast<std::uint8_t>(60 + block * 37 % 120);
        }
    return out;
}

/// Something like letters: strokes 2 wide, 3 apart, 12 high.
void write(LumaPicture& picture, int x0, int y0, int letters) {
    for (int i = 0; i < letters * 2; ++i) {
        fill(picture, x0 + i * 5, y0, 2, 12, 240);
        fill(picture, x0 + i * 5 + 2, y0, 3, 12, 10);
    }
}

/// Cues of a stretch that begins at 10 s, of which picture k is at 10 s + k * `every`.
class Stretch {
public:
    explicit Stretch(int pictures, std::function<LumaPicture(int)> const& at,
                     Time every = milliseconds(100)) {
        CueGrid grid;
        DetailCues cues(grid);
        cues.begin_stretch();
        for (int k = 0; k < pictures; ++k) cues.add(timeline::seconds(10) + every * k, at(k));
        cues.finish();
        columns_ = grid.take(200);
    }
    /// At a time after the beginning of the stretch.
    [[nodiscard]] float at(CueId id, double seconds) const {
        return columns_[column(id)]
            .values[static_cast<std::size_t>(std::floor((10 + seconds) * 5))];
    }
    [[nodiscard]] float highest(CueId id) const {
        float out = -1;
        for (auto const x : columns_[column(id)].values) out = std::fmax(out, x);
        return out;
    }
    [[nodiscard]] std::vector<timeline::Cue> const& columns() const { return columns_; }

private:
    std::vector<timeline::Cue> columns_;
};

TEST(DetailCues, are_missing_outside_the_stretch_and_only_there) {
    Stretch const s(40, [](int k) { return world(4 * k); });
    for (auto const id :
         {CueId::DetailMotion, CueId::DetailStill, CueId::DetailFlash, CueId::DetailText}) {
        EXPECT_TRUE(std::isnan(s.at(id, -0.3)));
        EXPECT_TRUE(std::isnan(s.at(id, 4.1)));
        for (double t = 0.3; t < 3.9; t += 0.2) EXPECT_FALSE(std::isnan(s.at(id, t))) << t;
    }
    EXPECT_TRUE(std::isnan(s.at(CueId::DetailTextChange, 3.7))) << "who knows whether it stays";
    EXPECT_TRUE(std::isnan(s.at(CueId::DetailHudChange, 3.7)));
    for (auto const& cue : s.columns()) {
        if (cue.name.starts_with("detail.")) continue;
        EXPECT_TRUE(std::ranges::all_of(cue.values, [](float x) { return std::isnan(x); }));
    }
}

TEST(DetailCues, motion_is_the_same_at_ten_and_at_five_pictures_a_second) {
    auto const brighter = [](int per_picture) {
        return [per_picture](int k) { return grey(20 + per_picture * k); };
    };
    Stretch const ten(30, brighter(3)), five(15, brighter(6), milliseconds(200));
    EXPECT_NEAR(ten.at(CueId::DetailMotion, 1.1), 3, 0.01);
    EXPECT_NEAR(five.at(CueId::DetailMotion, 1.1), 3, 0.01);
    EXPECT_EQ(ten.at(CueId::DetailStill, 1.1), 0);
}

TEST(DetailCues, a_picture_that_does_not_change_is_still) {
    Stretch const s(30, [](int) { return world(0); });
    EXPECT_EQ(s.highest(CueId::DetailMotion), 0);
    EXPECT_EQ(s.at(CueId::DetailStill, 1.1), 1);
    EXPECT_EQ(s.highest(CueId::DetailFlash), 0);
    EXPECT_EQ(s.highest(CueId::DetailHudChange), 0);
    EXPECT_EQ(s.highest(CueId::DetailTextChange), 0);
}

TEST(DetailCues, a_flash_is_seen_when_it_happens_and_movement_is_none) {
    Stretch const s(40, [](int k) {
        auto picture = world(6 * k);
        if (k == 21) fill(picture, 160, 90, 320, 180, 250);  // a quarter
        return picture;
    });
    EXPECT_GT(s.at(CueId::DetailFlash, 2.1), 0.15);
    EXPECT_LT(s.at(CueId::DetailFlash, 1.3), 0.02);
    EXPECT_LT(s.at(CueId::DetailFlash, 3.1), 0.02);
}

TEST(DetailCues, a_score_that_steps_is_seen_while_the_world_moves) {
    Stretch const s(40, [](int k) {
        auto picture = world(6 * k);
        fill(picture, 0, 0, 120, 40, 20);  // a bar across the corner
        fill(picture, 40, 8, 16, 24, k < 21 ? 80 : 220);
        return picture;
    });
    EXPECT_GT(s.at(CueId::DetailHudChange, 2.1), 0);
    EXPECT_LT(s.at(CueId::DetailHudChange, 2.1), 0.05);
    EXPECT_EQ(s.at(CueId::DetailHudChange, 1.1), 0);
    EXPECT_EQ(s.at(CueId::DetailHudChange, 2.9), 0);
}

TEST(DetailCues, writing_that_appears_is_seen_at_its_beginning) {
    Stretch const s(50, [](int k) {
        auto picture = world(6 * k);
        write(picture, 40, 300, 20);  // was there before
        if (k >= 21) write(picture, 240, 100, 20);
        return picture;
    });
    EXPECT_GT(s.at(CueId::DetailTextChange, 2.1), 0.005);
    EXPECT_EQ(s.at(CueId::DetailTextChange, 1.1), 0);
    EXPECT_EQ(s.at(CueId::DetailTextChange, 3.3), 0);
    EXPECT_GT(s.at(CueId::DetailText, 3.3), 1.3F * s.at(CueId::DetailText, 1.5));
    EXPECT_GT(s.at(CueId::DetailText, 1.5), 0);
}

TEST(DetailCues, writing_that_does_not_stay_is_none) {
    Stretch const s(50, [](int k) {
        auto picture = world(6 * k);
        if (k >= 21 && k < 25) write(picture, 240, 100, 20);
        return picture;
    });
    EXPECT_EQ(s.highest(CueId::DetailTextChange), 0);
}

TEST(DetailCues, a_cut_is_no_writing) {
    Stretch const s(50, [](int k) {
        auto picture = grey();
        if (k >= 21)
            for (int y = 0; y < kHeight; y += 14) write(picture, 0, std::min(y, kHeight - 12), 63);
        return picture;
    });
    EXPECT_EQ(s.highest(CueId::DetailTextChange), 0);
    EXPECT_GT(s.at(CueId::DetailText, 4), 0.5);
}

TEST(DetailCues, a_slide_show_at_one_picture_a_second_is_measured) {
    Stretch const s(9, [](int k) { return grey(k % 2 == 0 ? 50 : 150); }, timeline::seconds(1));
    for (double t = 1.1; t < 7.9; t += 0.2)
        EXPECT_NEAR(s.at(CueId::DetailMotion, t), 10, 0.01) << t;
}

TEST(DetailCues, tiny_and_changing_pictures_do_no_harm) {
    CueGrid grid;
    DetailCues cues(grid);
    cues.add({}, {.width = 0, .height = 0, .y = {}});
    for (int k = 0; k < 20; ++k) {
        auto const side = 1 + k / 4;
        cues.add(milliseconds(100) * k,
                 {.width = side,
                  .height = side,
                  .y = std::vector<std::uint8_t>(static_cast<std::size_t>(side * side),
                                                 static_cast<std::uint8_t>(k))});
    }
    cues.add(milliseconds(50), grey());  // out of order
    cues.add(kMaxDuration, grey());
    cues.finish();
    for (auto const& cue : grid.take(10))
        for (auto const x : cue.values) EXPECT_FALSE(std::isinf(x)) << cue.name;
}

}  // namespace
}  // namespace aiditor::analyse
