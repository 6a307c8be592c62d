#include "service/accounts/passwords.hpp"

#include <ctime>
#include <gmock/gmock.h>

namespace aiditor::accounts {
namespace {

using namespace std::chrono_literals;
constexpr Passwords::Cost kCheap{.passes = 1, .memory_bytes = 8192};

TEST(Passwords, AreKeptAsPhcStringsOfArgon2idAndNeverTwiceTheSame) {
    Passwords passwords({}, 1);
    auto const one = passwords.hash("correct horse battery").value();
    EXPECT_THAT(one, testing::StartsWith("$argon2id$v=19$m=65536,t=2,p=1$"));
    EXPECT_NE(passwords.hash("correct horse battery").value(), one);
    EXPECT_TRUE(passwords.verify("correct horse battery", one).value());
    EXPECT_FALSE(passwords.verify("correct horse batterz", one).value());
}

TEST(Passwords, OfNobodyAreNeverRight) {
    Passwords passwords(kCheap, 1);
    EXPECT_FALSE(passwords.verify("", std::nullopt).value());
    EXPECT_FALSE(passwords.verify("something", std::nullopt).value());
    EXPECT_FALSE(passwords.verify("something", std::string("not a hash")).value());
}

TEST(Passwords, OfNobodyTakeAsMuchWork) {
    Passwords passwords({.passes = 2, .memory_bytes = 16U << 20}, 1);
    auto const stored = passwords.hash("correct horse battery").value();
    auto const work = [&](std::optional<std::string> const& hash) {
        auto const begun = std::clock();
        for (int i = 0; i < 3; ++i) EXPECT_FALSE(passwords.verify("a wrong guess", hash).value());
        return static_cast<double>(std::clock() - begun);
    };
    auto const known = work(stored), unknown = work(std::nullopt);
    EXPECT_GT(unknown, known / 3);
    EXPECT_LT(unknown, known * 3);
}

TEST(Passwords, AreHashedAgainWhenTheCostRises) {
    Passwords old(kCheap, 1), now({.passes = 2, .memory_bytes = 16384}, 1);
    auto const stored = old.hash("correct horse battery").value();
    EXPECT_FALSE(old.needs_rehash(stored));
    EXPECT_TRUE(now.needs_rehash(stored));
    EXPECT_TRUE(now.verify("correct horse battery", stored).value());
}

TEST(Passwords, WaitForAPlaceOnlySoLong) {
    Passwords full(kCheap, 0, 0ms);
    EXPECT_EQ(full.hash("correct horse battery").error().code, ErrorCode::Unavailable);
    EXPECT_EQ(full.verify("x", std::nullopt).error().code, ErrorCode::Unavailable);
}

TEST(Passwords, GiveTheirPlaceBack) {
    Passwords passwords(kCheap, 1, 0ms);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(passwords.hash("correct horse battery"));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(passwords.verify("x", std::nullopt));
}

TEST(CheckPassword, AcceptsWhatIsLongEnoughWithoutRulesOfComposition) {
    for (std::string const good :
         {"correct horse battery staple", "fjordglimpse", "Tr0ub4dor&3", "aaaaaaab cc", "ßßäöüéèê",
          "猫が窓から飛び出した", "        x y z", "48213905"})
        EXPECT_TRUE(check_password(good, "ann@example.org")) << good;
    EXPECT_TRUE(check_password(std::string(64, 'x') + "y" + std::string(63, 'z'), "a@b.c"));
}

TEST(CheckPassword, CountsCodePointsAndRefusesOtherLengths) {
    EXPECT_FALSE(check_password("fjordgl", ""));
    EXPECT_FALSE(check_password("ßßäöüéè", ""));  // 14 bytes, 7 characters
    EXPECT_FALSE(check_password(std::string(64, 'x') + "y" + std::string(64, 'z'), ""));
    EXPECT_FALSE(check_password("fjordgl\xff\xfe", ""));
    EXPECT_EQ(check_password("", "").error().code, ErrorCode::BadRequest);
}

TEST(CheckPassword, RefusesWhatIsGuessedFirst) {
    for (std::string const bad :
         {"password",   "Password1!",   "P@ssw0rd",   "p4$$w0rd2024", "12345678",
          "1234567890", "87654321",     "qwertyui",   "QWERTY123",    "1qaz2wsx",
          "q1w2e3r4",   "abcdefgh",     "iloveyou",   "aaaaaaaa",     "11111111",
          "abcabcabc",  "121212121212", "dragon2023", "!!letmein!!",  "passwordpassword",
          "trustno1",   "Aiditor123",   "00000000",   "minecraft99",  "asdfghjkl"})
        EXPECT_FALSE(check_password(bad, "ann@example.org")) << bad;
}

TEST(CheckPassword, RefusesTheOwnName) {
    EXPECT_FALSE(check_password("annamaria1987", "annamaria@example.org"));
    EXPECT_FALSE(check_password("AnnaMaria@Example.org", "annamaria@example.org"));
    EXPECT_TRUE(check_password("annamaria1987", "bob@example.org"));
}

}  // namespace
}  // namespace aiditor::accounts
