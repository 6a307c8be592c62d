#include "engine/media/closer_look.hpp"

#include "engine/media/luma.hpp"
#include "engine/media/testing/synthetic_clip.hpp"

#include <gmock/gmock.h>

namespace aiditor::media {
namespace {

using testing::TempFile;
using timeline::seconds;
using timeline::Time;
using timeline::TimeSpan;

struct Seen {
    Time at;
    LumaPicture picture;
};

/// The bar code of a reduced picture; see testing/synthetic_clip.hpp.
int number_of(LumaPicture const& picture) {
    int number = 0;
    for (int bit = 0; bit < testing::kBits; ++bit) {
        auto const x = (2 * bit + 1) * picture.width / (2 * testing::kBits);
        if (picture.y[static_cast<std::size_t>(picture.height / 2 * picture.width + x)] > 125)
            number |= 1 << bit;
    }
    return number;
}

class CloserLook : public ::testing::Test {
protected:
    void SetUp() override {
        testing::write_clip(clip_.fd(), {.frames = 600, .width = 320, .height = 180});
        testing::write_index(clip_.fd(), index_.fd());
    }
    [[nodiscard]] FrameIndex index() const { return FrameIndex::load(index_.fd()).value(); }

    Result<std::int64_t> look(FrameIndex index, std::vector<Stretch> const& stretches) {
        return look_closer(
            clip_.fd(), std::move(index), stretches,
            {.on_stretch = [&] { ++stretches_; },
             .on_picture = [&](Time at,
                               LumaPicture const& picture) { seen_.push_back({at, picture}); },
             .on_progress = [&](double f) { progress_ = f; }});
    }

    TempFile clip_, index_;
    std::vector<Seen> seen_;
    int stretches_ = 0;
    double progress_ = 0;
};

TEST_F(CloserLook, decodes_the_packets_of_the_stretches_and_no_other) {
    auto const wishes = std::vector<TimeSpan>{{seconds(15), seconds(16)}, {seconds(5), seconds(7)}};
    auto const stretches = fit_stretches(index(), wishes, 1);
    ASSERT_EQ(stretches.size(), 2U);
    auto const decoded = look(index(), stretches);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, static_cast<std::int64_t>(stretches[0].count + stretches[1].count));
    EXPECT_EQ(stretches_, 2);
    EXPECT_EQ(progress_, 1);
    auto const from = index().time_of(index().entries[stretches[0].first].pts);
    EXPECT_EQ(seen_.front().at, from);
    EXPECT_LT(seen_.back().at, seconds(16));
    EXPECT_GE(seen_.back().at, seconds(16) - timeline::milliseconds(200));
}

TEST_F(CloserLook, gives_a_picture_every_tenth_of_a_second_at_its_time) {
    auto const stretches = fit_stretches(index(), {{{seconds(4), seconds(8)}}}, 1);
    ASSERT_TRUE(look(index(), stretches));
    ASSERT_GE(seen_.size(), 30U);
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        EXPECT_EQ(number_of(seen_[i].picture), timeline::frames_in(seen_[i].at, {30, 1})) << i;
        if (i == 0) continue;
        EXPECT_GE(seen_[i].at - seen_[i - 1].at, timeline::milliseconds(95));
        EXPECT_LE(seen_[i].at - seen_[i - 1].at, timeline::milliseconds(140));
    }
}

TEST_F(CloserLook, gives_up_when_the_index_is_of_another_clip) {
    auto other = index();
    for (auto& entry : other.entries) entry.pts += 7, entry.pos = -1;
    auto const decoded = look(std::move(other), {{0, 10}, {60, 10}, {120, 10}, {180, 10}});
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, 0);
    EXPECT_EQ(stretches_, 3);
    EXPECT_TRUE(seen_.empty());
}

TEST(Luma, is_reduced_to_about_640_pixels_and_full_range) {
    auto frame = black_picture(1920, 1080);
    auto const black = luma_of(*frame);
    ASSERT_TRUE(black);
    EXPECT_EQ(black->width, 640);
    EXPECT_EQ(black->height, 360);
    EXPECT_THAT(black->y, ::testing::Each(0));
    std::memset(frame->data[0], 235, static_cast<std::size_t>(frame->linesize[0]) * 1080);
    EXPECT_THAT(luma_of(*frame)->y, ::testing::Each(255));
    for (auto const& [side, reduced] :
         std::vector<std::pair<int, int>>{{2, 2}, {640, 640}, {3840, 640}})
        EXPECT_EQ(luma_of(*black_picture(side, side))->width, reduced) << side;
}

}  // namespace
}  // namespace aiditor::media
