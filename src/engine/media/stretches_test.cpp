#include "engine/media/stretches.hpp"

#include <gmock/gmock.h>
#include <numeric>

namespace aiditor::media {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using timeline::seconds;
using timeline::TimeSpan;

/// `length` seconds of 60 pictures each, a key picture every `group` of them; 0: only the first.
FrameIndex recording(std::int64_t length, std::int64_t group) {
    FrameIndex index{
        .time_base = {1, 60}, .origin = 0, .counted = false, .entries = {}, .keys = {}};
    for (std::int64_t i = 0; i < length * 60; ++i) {
        bool const key = i == 0 || (group > 0 && i % group == 0);
        if (key) index.keys.push_back(index.entries.size());
        index.entries.push_back({.pts = i, .dts = i, .flags = key ? IndexEntry::kKey : 0U});
    }
    return index;
}

std::size_t pictures(std::vector<Stretch> const& stretches) {
    return std::accumulate(stretches.begin(), stretches.end(), std::size_t{0},
                           [](std::size_t sum, Stretch const& s) { return sum + s.count; });
}

auto stretch(std::size_t first, std::size_t count) {
    return ::testing::AllOf(Field(&Stretch::first, first), Field(&Stretch::count, count));
}

/// Five seconds every 20 s, the last first.
std::vector<TimeSpan> many_wishes(std::int64_t length) {
    std::vector<TimeSpan> wishes;
    for (auto s = length - 7; s >= 0; s -= 20) wishes.push_back({seconds(s), seconds(s + 5)});
    return wishes;
}

TEST(FitStretches, begins_at_the_key_picture_before_and_ends_with_the_last_picture_wished) {
    auto const index = recording(600, 120);
    auto const found = fit_stretches(index, {{{seconds(101), seconds(105)}}}, 1);
    EXPECT_THAT(found, ElementsAre(stretch(100 * 60, 300)));
}

TEST(FitStretches, never_holds_more_than_its_share_whatever_the_distance_of_key_pictures) {
    for (auto const group : {0, 1, 30, 120, 250, 600, 5000})
        for (auto const share : {0.0, 0.001, 0.013, 0.05, 0.3, 1.0}) {
            auto const index = recording(600, group);
            auto const found = fit_stretches(index, many_wishes(600), share);
            EXPECT_LE(static_cast<double>(pictures(found)), share * 600 * 60)
                << "group " << group << ", share " << share;
        }
}

TEST(FitStretches, uses_nearly_all_of_its_share_where_key_pictures_are_near) {
    for (auto const group : {1, 30, 120, 250}) {
        auto const found = fit_stretches(recording(3600, group), many_wishes(3600), 0.05);
        EXPECT_GE(pictures(found), 3600 * 60 * 5 / 100 - 400) << "group " << group;
    }
}

TEST(FitStretches, takes_the_first_wishes_first_and_gives_them_in_order) {
    auto const index = recording(600, 60);
    std::vector<TimeSpan> const wishes{
        {seconds(400), seconds(405)}, {seconds(100), seconds(105)}, {seconds(200), seconds(205)}};
    auto const found = fit_stretches(index, wishes, 10.0 / 600);
    EXPECT_THAT(found, ElementsAre(stretch(100 * 60, 300), stretch(400 * 60, 300)));
}

TEST(FitStretches, counts_what_two_wishes_share_once) {
    auto const index = recording(600, 120);
    std::vector<TimeSpan> const wishes{{seconds(100), seconds(105)}, {seconds(103), seconds(108)}};
    EXPECT_THAT(fit_stretches(index, wishes, 8.0 / 600), ElementsAre(stretch(100 * 60, 480)));
}

TEST(FitStretches, cuts_a_wish_to_its_middle_when_the_whole_does_not_fit) {
    auto const index = recording(60, 60);
    auto const found = fit_stretches(index, {{{seconds(10), seconds(15)}}}, 0.05);
    EXPECT_THAT(found, ElementsAre(stretch(12 * 60, 90))) << "12 s to 13.5 s";
}

TEST(FitStretches, gives_nothing_for_a_clip_too_short_for_its_groups) {
    EXPECT_THAT(fit_stretches(recording(3, 120), {{{seconds(1), seconds(3)}}}, 0.05), IsEmpty());
    EXPECT_THAT(fit_stretches(recording(600, 0), {{{seconds(300), seconds(305)}}}, 0.05), IsEmpty())
        << "intra refresh: everything before would be decoded";
}

TEST(FitStretches, decodes_pictures_that_come_before_the_last_one_in_the_file) {
    // Shown 0 2 1 | 3 5 4: the picture of second 1 lies after that of second 2.
    FrameIndex index{
        .time_base = {1, 1}, .origin = 0, .counted = false, .entries = {}, .keys = {0, 3}};
    for (std::int64_t const pts : {0, 2, 1, 3, 5, 4})
        index.entries.push_back({.pts = pts, .dts = pts, .flags = pts % 3 == 0 ? 1U : 0U});
    EXPECT_THAT(fit_stretches(index, {{{seconds(0), seconds(2)}}}, 1), ElementsAre(stretch(0, 3)));
    EXPECT_THAT(fit_stretches(index, {{{seconds(2), seconds(4)}}}, 1), ElementsAre(stretch(0, 4)));
}

TEST(FitStretches, survives_wishes_that_make_no_sense) {
    auto const index = recording(60, 60);
    std::vector<TimeSpan> const wishes{{seconds(5), seconds(5)},
                                       {seconds(9), seconds(5)},
                                       {seconds(-20), seconds(-10)},
                                       {seconds(5000), seconds(6000)}};
    EXPECT_LE(pictures(fit_stretches(index, wishes, 1)), 3600U);
    EXPECT_THAT(fit_stretches(index, wishes, std::nan("")), IsEmpty());
    EXPECT_THAT(fit_stretches({}, wishes, 1), IsEmpty());
}

}  // namespace
}  // namespace aiditor::media
