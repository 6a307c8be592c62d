#include "base/running_hash.hpp"

#include "base/sha256.hpp"

#include <gtest/gtest.h>

namespace aiditor {
namespace {

TEST(ResumableSha256, GoesOnFromItsStateAtEveryLength) {
    std::string text;
    for (int i = 0; i < 200; ++i) text.push_back(static_cast<char>(i * 7));
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        ResumableSha256 first;
        first.update(std::string_view(text).substr(0, cut));
        EXPECT_EQ(first.hex(), sha256_hex(text.substr(0, cut)));
        auto second = ResumableSha256::from_state(first.state());
        ASSERT_TRUE(second) << cut;
        EXPECT_EQ(second->size(), static_cast<std::int64_t>(cut));
        second->update(std::string_view(text).substr(cut));
        EXPECT_EQ(second->hex(), sha256_hex(text));
    }
}

TEST(ResumableSha256, CountsBeyondThirtyTwoBits) {
    // 513 MiB are more bits than 32 bits can count.
    ResumableSha256 hash;
    std::string const block(1 << 20, 'x');
    for (int i = 0; i < 513; ++i) hash.update(block);
    auto const again = ResumableSha256::from_state(hash.state());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->size(), 513LL << 20);
    EXPECT_EQ(again->hex(), hash.hex());
}

TEST(ResumableSha256, RefusesOtherStates) {
    ResumableSha256 hash;
    hash.update("abc");
    auto const good = hash.state();
    EXPECT_TRUE(ResumableSha256::from_state(good));
    EXPECT_FALSE(ResumableSha256::from_state(""));
    EXPECT_FALSE(ResumableSha256::from_state(good.substr(0, good.size() - 1)));
    EXPECT_FALSE(ResumableSha256::from_state(good + "x"));
    auto other = good;
    other[0] = 2;
    EXPECT_FALSE(ResumableSha256::from_state(other));
}

TEST(Checksum, IsThatOfTheStandards) {
    Checksum sha1(Checksum::Kind::Sha1);
    sha1.update("hello ");
    sha1.update("world");
    auto const bytes = sha1.bytes();
    ASSERT_EQ(bytes.size(), 20U);
    EXPECT_EQ(static_cast<unsigned char>(bytes[0]), 0x2a);
    EXPECT_EQ(static_cast<unsigned char>(bytes[19]), 0xed);
    Checksum sha256(Checksum::Kind::Sha256);
    EXPECT_EQ(sha256.bytes().size(), 32U);
}

}  // namespace
}  // namespace aiditor
