#include "service/web/routes.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aiditor::web {
namespace {

using testing::Optional;

constexpr File kPage{.path = "/docs/index.html",
                     .type = "text/html; charset=utf-8",
                     .etag = "\"1\"",
                     .bytes = "<!doctype html>",
                     .gzip = "packed"};
constexpr File kHashed{.path = "/assets/studio-1f2e3d4c.js",
                       .type = "text/javascript; charset=utf-8",
                       .etag = "\"2\"",
                       .bytes = "script",
                       .gzip = {}};

api::Request asking(std::string_view accepted) {
    api::Request out;
    if (!accepted.empty()) out.headers.set("Accept-Encoding", std::string(accepted));
    return out;
}

TEST(WebAnswer, IsPackedOnlyForWhoCanUnpack) {
    auto const packed = answer_of(kPage, asking("br, gzip"));
    EXPECT_EQ(std::get<std::string>(packed.body), "packed");
    EXPECT_THAT(packed.headers.find("Content-Encoding"), Optional(std::string_view("gzip")));
    EXPECT_THAT(packed.headers.find("ETag"), Optional(std::string_view("W/\"1\"")));
    for (auto const* accepted : {"", "br", "gzip;q=0"}) {
        auto const plain = answer_of(kPage, asking(accepted));
        EXPECT_EQ(std::get<std::string>(plain.body), kPage.bytes) << accepted;
        EXPECT_FALSE(plain.headers.find("Content-Encoding")) << accepted;
        EXPECT_THAT(plain.headers.find("ETag"), Optional(std::string_view("\"1\"")));
        EXPECT_THAT(plain.headers.find("Vary"), Optional(std::string_view("Accept-Encoding")));
    }
}

TEST(WebAnswer, IsKeptForLongOnlyWhenItsNameHoldsItsHash) {
    EXPECT_THAT(answer_of(kPage, asking("")).headers.find("Cache-Control"),
                Optional(std::string_view("no-cache")));
    EXPECT_THAT(answer_of(kHashed, asking("gzip")).headers.find("Cache-Control"),
                Optional(std::string_view("public, max-age=31536000, immutable")));
}

TEST(WebRoutes, AnIndexAnswersAtItsFolderAndTheApiPageForProblemsToo) {
    std::vector const files{kPage, kHashed};
    std::vector<std::string> paths;
    for (auto const& route : routes(files)) paths.push_back(route.pattern);
    EXPECT_THAT(paths, testing::UnorderedElementsAre("/docs", "/docs/problems", "/",
                                                     "/assets/studio-1f2e3d4c.js"));
}

TEST(WebFiles, AreInTheProgramWithTheirBytes) {
    auto const all = files();
    auto const found = std::ranges::find(all, "/docs/index.html", &File::path);
    ASSERT_NE(found, all.end());
    EXPECT_TRUE(found->bytes.starts_with("<!doctype html>"));
    EXPECT_TRUE(found->bytes.ends_with("</html>\n"));
    EXPECT_TRUE(found->gzip.starts_with("\x1f\x8b"));
    EXPECT_LT(found->gzip.size(), found->bytes.size());
}

}  // namespace
}  // namespace aiditor::web
