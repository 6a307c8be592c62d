#include "engine/plot/lanes.hpp"
#include "engine/plot/found.hpp"
#include "engine/plot/style.hpp"

#include <cmath>
#include <gmock/gmock.h>
#include <limits>

namespace aiditor::plot {
namespace {

using ::testing::ElementsAre;
using timeline::CueTrack;
using timeline::seconds;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

std::vector<std::string> lanes(std::vector<std::string> const& names) {
    CueTrack track;
    for (auto const& name : names) track.cues.push_back({.name = name, .values = {}});
    std::vector<std::string> out;
    for (auto const& lane : lanes_of(track))
        out.push_back(lane.room + "|" + lane.name + "|" + lane.unit + "|" +
                      std::to_string(lane.rows.size()));
    return out;
}

TEST(Lanes, names_are_taken_apart) {
    EXPECT_THAT(lanes({"audio.loudness_lufs@1", "audio.onset_per_s@1",
                       "packet.size_over_median_octaves@2", "odd", "a.b_"}),
                ElementsAre("audio|loudness|LUFS|1", "audio|onset|per second|1",
                            "packet|size over median|octaves|1", "|odd||1", "a|b||1"));
}

TEST(Lanes, families_share_a_lane) {
    EXPECT_THAT(lanes({"a.band0_db@1", "a.band1_db@1", "a.band10_db@1", "b.band3_db@1"}),
                ElementsAre("a|bands, low to high|dB|3", "b|band3|dB|1"));
    EXPECT_THAT(lanes({"a.x1_db@1", "a.x2_db@1"}), ElementsAre("a|x1|dB|1", "a|x2|dB|1"))
        << "two are no family";
}

TEST(Lanes, a_column_spans_the_values_of_its_pixel) {
    std::vector<float> const values{1, 5, kMissing, kMissing, 2, kMissing, 7, 7};
    auto const columns = reduce(values, 4, 2, 4);
    ASSERT_EQ(columns.size(), 4U);
    EXPECT_EQ(columns[0].low, 1);
    EXPECT_EQ(columns[0].high, 5);
    EXPECT_FALSE(columns[1].measured());
    EXPECT_EQ(columns[2].low, 2);
    EXPECT_EQ(columns[2].high, 2);
    EXPECT_EQ(columns[3].high, 7);
}

TEST(Lanes, few_values_are_stretched_and_a_short_track_ends_early) {
    auto const wide = reduce(std::vector<float>{1, 2}, 1, 2, 6);
    EXPECT_EQ(wide[2].high, 1);
    EXPECT_EQ(wide[3].low, 2);
    EXPECT_EQ(wide[5].high, 2);
    auto const brief = reduce(std::vector<float>{1, 2}, 1, 4, 4);
    EXPECT_TRUE(brief[1].measured());
    EXPECT_FALSE(brief[2].measured());
    EXPECT_FALSE(reduce({}, 5, 0, 3)[0].measured());
}

TEST(Lanes, the_scale_leaves_out_rare_lows_but_no_peak) {
    std::vector<float> values(100, 10);
    values[7] = -70;
    values[9] = 30;
    values[11] = kMissing;
    std::span<float const> const rows[] = {values};
    auto const scale = scale_of(rows);
    ASSERT_TRUE(scale);
    EXPECT_EQ(scale->low, 10);
    EXPECT_EQ(scale->high, 30);
    EXPECT_TRUE(scale->cut);
    values[9] = 10;  // nearly all the same: the low is all there is to see
    EXPECT_EQ(scale_of(rows)->low, -70);
    std::ranges::fill(values, kMissing);
    EXPECT_FALSE(scale_of(rows));
    EXPECT_FALSE(scale_of({}));
}

timeline::ClipHighlights found_at(std::vector<std::pair<int, double>> const& starts_and_scores) {
    timeline::ClipHighlights found;
    for (auto const& [start, score] : starts_and_scores) {
        found.highlights.emplace_back();
        found.highlights.back().start_s = seconds(start);
        found.highlights.back().score = score;
    }
    return found;
}

TEST(Labels, the_best_gets_the_first_row_and_none_overlap) {
    auto const found = found_at({{10, 1}, {11, 5}, {12, 3}, {90, 2}});
    auto const labels = place_labels(found, seconds(100), {200, 200, 200, 200});
    ASSERT_EQ(labels.size(), 4U);
    EXPECT_EQ(labels[0].highlight, 1U);
    EXPECT_EQ(labels[0].rank, 1U);
    EXPECT_EQ(labels[0].row, 0U);
    EXPECT_EQ(labels[1].row, 1U);
    EXPECT_EQ(labels[2].highlight, 3U);
    EXPECT_EQ(labels[2].row, 0U) << "far enough away";
    EXPECT_DOUBLE_EQ(labels[2].x, kPlotEnd - 200) << "and inside the plot";
    EXPECT_EQ(labels[3].row, 2U);
}

TEST(Labels, what_finds_no_room_stays_without) {
    std::vector<std::pair<int, double>> all;
    for (int i = 0; i < 20; ++i) all.emplace_back(50, i);
    auto const labels =
        place_labels(found_at(all), seconds(100), std::vector<double>(all.size(), 200));
    ASSERT_EQ(labels.size(), kMostRows);
    EXPECT_EQ(labels.front().highlight, 19U);
}

}  // namespace
}  // namespace aiditor::plot
