/// The channels of the network in C++ and in training/channels.py are the same numbers.

#include "engine/detect/channels.hpp"

#include "base/file.hpp"
#include "base/json.hpp"
#include "engine/detect/detector.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;

/// What training/make_golden_channels.py writes.
struct Golden {
    std::vector<CueTrack> tracks;
    std::vector<std::string> channels;
    std::vector<std::vector<std::vector<double>>> values;  ///< by track and channel
};
BOOST_DESCRIBE_STRUCT(Golden, (), (tracks, channels, values))

Golden read(std::string const& name) {
    auto const path = std::string(AIDITOR_SOURCE_DIR) + "/tests/golden/channels/" + name + ".json";
    auto const text = read_text(path, std::size_t{16} << 20);
    EXPECT_TRUE(text) << path;
    auto golden = json::from_text<Golden>(text.value_or("{}"));
    EXPECT_TRUE(golden) << golden.error().message;
    return golden ? *golden : Golden{};
}

std::vector<ChannelSource> sources(std::vector<std::string> const& names) {
    std::vector<ChannelSource> out;
    for (auto const& name : names) {
        auto const found = find_channel(name);
        EXPECT_TRUE(found) << name;
        if (found) out.push_back(*found);
    }
    return out;
}

class Channels : public testing::TestWithParam<char const*> {};

TEST_P(Channels, AreThoseOfTheTraining) {
    auto const golden = read(GetParam());
    ASSERT_FALSE(golden.tracks.empty());
    for (auto const& members : pools(golden.tracks)) {
        ChannelPool const pool(golden.tracks, members, sources(golden.channels));
        for (std::size_t k = 0; k < members.size(); ++k)
            for (std::size_t c = 0; c < golden.channels.size(); ++c) {
                auto const values = pool.values(c, k);
                auto const& expected = golden.values[members[k]][c];
                ASSERT_EQ(values.size(), expected.size());
                for (std::size_t i = 0; i < values.size(); ++i)
                    ASSERT_NEAR(static_cast<double>(values[i]), expected[i], 1e-5)
                        << golden.tracks[members[k]].file << " " << golden.channels[c] << " " << i;
            }
    }
}
INSTANTIATE_TEST_SUITE_P(Golden, Channels, testing::Values("long", "short"),
                         [](auto const& test) { return std::string(test.param); });

TEST(ChannelNames, ACueOfAnotherVersionIsNotKnown) {
    EXPECT_TRUE(find_channel("audio.flux_db@1"));
    EXPECT_FALSE(find_channel("audio.flux_db@2"));
    EXPECT_FALSE(find_channel("audio.flux_db"));
    EXPECT_FALSE(find_channel(""));
}

TEST(ChannelPools, ShortClipsAreTogetherAndLongOnesAlone) {
    std::vector<CueTrack> tracks(4);
    tracks[1].duration_s = kShortClip;
    tracks[3].duration_s = timeline::seconds(600);
    using Members = std::vector<std::size_t>;
    EXPECT_EQ(pools(tracks), (std::vector<Members>{{1}, {3}, {0, 2}}));
    EXPECT_TRUE(pools({}).empty());
}

}  // namespace
}  // namespace aiditor::detect
