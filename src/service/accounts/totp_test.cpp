#include "service/accounts/totp.hpp"

#include <gmock/gmock.h>
#include <set>

namespace aiditor::accounts {
namespace {

std::string const kSecret = "12345678901234567890";  // of RFC 4226 and RFC 6238

TEST(TotpCode, GivesTheCodesOfRfc4226AppendixD) {
    std::vector<std::string> codes;
    for (int i = 0; i < 10; ++i) codes.push_back(totp_code(kSecret, i));
    EXPECT_THAT(codes, testing::ElementsAre("755224", "287082", "359152", "969429", "338314",
                                            "254676", "287922", "162583", "399871", "520489"));
}

TEST(TotpCode, GivesTheCodesOfRfc6238AppendixB) {
    for (auto const& [seconds, code] :
         std::vector<std::pair<std::int64_t, std::string>>{{59, "94287082"},
                                                           {1111111109, "07081804"},
                                                           {1111111111, "14050471"},
                                                           {1234567890, "89005924"},
                                                           {2000000000, "69279037"},
                                                           {20000000000, "65353130"}})
        EXPECT_EQ(totp_code(kSecret, seconds / 30, 8), code);
}

TEST(TotpStep, TakesTheNeighboursAndEachStepOnce) {
    UtcMicros const now = 1'700'000'010 * kMicrosPerSecond;
    auto const step = now / kTotpStep;
    for (auto const offset : {-1, 0, 1})
        EXPECT_EQ(totp_step(kSecret, totp_code(kSecret, step + offset), now, 0), step + offset);
    EXPECT_EQ(totp_step(kSecret, totp_code(kSecret, step - 2), now, 0), std::nullopt);
    EXPECT_EQ(totp_step(kSecret, totp_code(kSecret, step + 2), now, 0), std::nullopt);
    EXPECT_EQ(totp_step(kSecret, totp_code(kSecret, step), now, step), std::nullopt);
    EXPECT_EQ(totp_step(kSecret, totp_code(kSecret, step - 1), now, step), std::nullopt);
    EXPECT_EQ(totp_step(kSecret, totp_code(kSecret, step + 1), now, step), step + 1);
    for (auto const* none : {"", "1", "0000000", "abcdef"})
        EXPECT_EQ(totp_step(kSecret, none, now, 0), std::nullopt) << none;
}

TEST(Base32, GivesTheTextsOfRfc4648) {
    EXPECT_EQ(base32(""), "");
    EXPECT_EQ(base32("f"), "MY");
    EXPECT_EQ(base32("fo"), "MZXQ");
    EXPECT_EQ(base32("foo"), "MZXW6");
    EXPECT_EQ(base32("foob"), "MZXW6YQ");
    EXPECT_EQ(base32("fooba"), "MZXW6YTB");
    EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");
}

TEST(TotpLink, NamesTheAccountAndTheSecret) {
    EXPECT_EQ(totp_link("foobar", "ann+x@example.org"),
              "otpauth://totp/Aiditor:ann%2Bx%40example.org?secret=MZXW6YTBOI&issuer=Aiditor");
    EXPECT_EQ(new_totp_secret().size(), 20U);
}

TEST(RecoveryCodes, AreTenDifferentOnesThatPeopleMayTypeInTheirWay) {
    auto const codes = new_recovery_codes();
    EXPECT_EQ(std::set<std::string>(codes.begin(), codes.end()).size(), 10U);
    EXPECT_THAT(codes, testing::Each(testing::MatchesRegex("[a-z0-9]{5}-[a-z0-9]{5}")));
    EXPECT_EQ(tidy_recovery_code("ABCDE 23456"), "abcde-23456");
    EXPECT_EQ(tidy_recovery_code("ab cde-234 56"), "abcde-23456");
    EXPECT_EQ(tidy_recovery_code(std::string(10'000, 'x')).size(), 41U);
}

}  // namespace
}  // namespace aiditor::accounts
