#include "service/api/http.hpp"

#include "service/api/target.hpp"

#include <array>
#include <gmock/gmock.h>

namespace aiditor::api {
namespace {

template <class T>
ErrorCode code_of(Result<T> const& result) {
    return result ? ErrorCode::Internal : result.error().code;
}

TEST(Headers, NamesHaveNoCase) {
    Headers headers;
    headers.add("Vary", "Origin");
    headers.add("vary", "Accept-Encoding");
    EXPECT_EQ(headers.count("VARY"), 2U);
    EXPECT_EQ(headers.find("vArY"), "Origin");
    headers.set("VARY", "x");
    EXPECT_EQ(headers.count("vary"), 1U);
    EXPECT_FALSE(headers.find("Var"));
}

TEST(Request, CookiesAreFoundByTheirWholeName) {
    Request request;
    request.headers.add("Cookie", "ab=1; a=2;a=3 ; c==x");
    EXPECT_EQ(request.cookie("a"), "2");
    EXPECT_EQ(request.cookie("ab"), "1");
    EXPECT_EQ(request.cookie("c"), "=x");
    EXPECT_FALSE(request.cookie("b"));
    EXPECT_FALSE(request.cookie(""));
}

TEST(Etags, AreFoundInListsWhateverTheirStrength) {
    EXPECT_TRUE(lists_etag("\"1\"", "\"1\""));
    EXPECT_TRUE(lists_etag("\"0\", W/\"1\"", "\"1\""));
    EXPECT_TRUE(lists_etag(" * ", "\"1\""));
    EXPECT_FALSE(lists_etag("\"11\"", "\"1\""));
    EXPECT_FALSE(lists_etag("", "\"1\""));
}

TEST(Target, IsDecodedOnce) {
    auto const target = parse_target("/a%20b/%2525?q=x+y%2B&empty=&flag&%3D=%26");
    ASSERT_TRUE(target) << target.error().message;
    EXPECT_EQ(target->path, "/a b/%25");
    EXPECT_EQ(target->query.at("q"), "x y+");
    EXPECT_EQ(target->query.at("empty"), "");
    EXPECT_EQ(target->query.at("flag"), "");
    EXPECT_EQ(target->query.at("="), "&");
    EXPECT_EQ(parse_target("/")->path, "/");
    EXPECT_EQ(parse_target("/a/")->path, "/a/");
    EXPECT_EQ(parse_target("/caf%C3%A9")->path, "/caf\xc3\xa9");
}

TEST(Target, WhatCouldBeReadInTwoWaysIsRefused) {
    for (std::string_view const text :
         {"",          "a",       "//",         "/a//b",     "/.",      "/..",        "/a/../b",
          "/%2e%2e/b", "/a/./b",  "/a%2fb",     "/a%5Cb",    "/a\\b",   "/%00",       "/a%0ab",
          "/a%7f",     "/a%",     "/a%4",       "/a%zz",     "/a#b",    "/a b",       "/\xc3\xa9",
          "/%ff",      "/%c0%af", "/%ed%a0%80", "/?a=1&a=2", "/?a=%00", "/?a=%0d%0a", "/?%zz"})
        EXPECT_EQ(code_of(parse_target(text)), ErrorCode::BadRequest) << text;
    EXPECT_TRUE(parse_target("/" + std::string(kMostTargetBytes - 1, 'a')));
    EXPECT_FALSE(parse_target("/" + std::string(kMostTargetBytes, 'a')));
    std::string many = "/?";
    for (std::size_t i = 0; i < kMostQueryParameters; ++i) many += "p" + std::to_string(i) + "&";
    EXPECT_TRUE(parse_target(many));
    EXPECT_FALSE(parse_target(many + "one_more"));
}

TEST(Target, EncodingAndDecodingAreInverse) {
    std::string every;
    for (int c = 0x20; c < 0x7f; ++c) every += static_cast<char>(c);
    EXPECT_EQ(parse_target("/?v=" + percent_encode(every))->query.at("v"), every);
}

TEST(Utf8, OnlyTheShortestFormsOfRealCharactersAreGood) {
    for (std::string_view const good : {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf", "\xef\xbf\xbd"})
        EXPECT_TRUE(is_utf8(good));
    for (std::string_view const wrong :
         {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80",
          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82"})
        EXPECT_FALSE(is_utf8(wrong));
}

}  // namespace
}  // namespace aiditor::api
