#include "service/uploads/multipart.hpp"

#include <gtest/gtest.h>
#include <random>

namespace aiditor::uploads {
namespace {

struct Read {
    std::string name, bytes;
};

/// The file of a form that comes in pieces of at most `most` bytes.
Result<Read> read(std::string_view form, std::size_t most = 1 << 20) {
    Read out;
    MultipartFile parser("XbX", {.begin = [&](std::string const& name) -> Result<> {
                                     out.name = name;
                                     return {};
                                 },
                                 .bytes = [&](std::string_view bytes) -> Result<> {
                                     out.bytes += bytes;
                                     return {};
                                 }});
    for (; !form.empty(); form.remove_prefix(std::min(most, form.size())))
        TRY_VOID(parser.feed(form.substr(0, most)));
    TRY_VOID(parser.finish());
    return out;
}

std::string form(std::string_view body,
                 std::string_view header = "form-data; name=\"file\"; filename=\"a.mp4\"") {
    return "--XbX\r\nContent-Disposition: " + std::string(header) +
           "\r\nContent-Type: video/mp4\r\n\r\n" + std::string(body) + "\r\n--XbX--\r\n";
}

TEST(MultipartFile, GivesTheFileWhateverThePieces) {
    std::string const body = "line\r\n--Xb\r\n\r\n--XbY\r\n-\r";
    for (std::size_t most = 1; most < 80; ++most) {
        auto const out = read(form(body), most);
        ASSERT_TRUE(out) << most << out.error().message;
        EXPECT_EQ(out->name, "a.mp4");
        EXPECT_EQ(out->bytes, body);
    }
    EXPECT_EQ(read(form(""))->bytes, "");
}

TEST(MultipartFile, ReadsNamesAsClientsWriteThem) {
    auto const name = [](std::string const& text) {
        auto const out = read(form("x", "form-data; name=f; filename=" + text));
        return out ? out->name : "error";
    };
    EXPECT_EQ(name("a.mp4"), "a.mp4");
    EXPECT_EQ(name("\"a b;c.mp4\""), "a b;c.mp4");
    EXPECT_EQ(name(R"("a\"b\\c.mp4")"), "a\"b\\c.mp4");
    EXPECT_EQ(name(R"("C:\x.mp4")"), R"(C:\x.mp4)");
    EXPECT_EQ(name("\"ü.mp4\""), "ü.mp4");
    EXPECT_EQ(name("\"a.mp4"), "error");
    EXPECT_EQ(name(""), "error");
    EXPECT_EQ(name("a.mp4; filename=b.mp4"), "error");
}

TEST(MultipartFile, RefusesWhatIsNotOneFile) {
    auto const good = form("x");
    EXPECT_TRUE(read(good));
    EXPECT_TRUE(read(good.substr(0, good.size() - 2))) << "the last line end may be missing";
    for (std::size_t n = 0; n < good.size() - 2; ++n) EXPECT_FALSE(read(good.substr(0, n))) << n;
    EXPECT_FALSE(read("x" + good));
    EXPECT_FALSE(read("\r\n" + good));
    EXPECT_FALSE(read(good + "x"));
    EXPECT_FALSE(read(good + good));
    auto two = good.substr(0, good.size() - 4) + "\r\n" + good.substr(7);
    EXPECT_FALSE(read(two));
    EXPECT_FALSE(read(form("x", "form-data; name=\"file\""))) << "a field, no file";
    EXPECT_FALSE(read(form("x", "attachment; name=f; filename=a.mp4")));
    EXPECT_FALSE(read("--XbX\r\nContent-Type: video/mp4\r\n\r\nx\r\n--XbX--\r\n"));
    EXPECT_FALSE(read(form("x", std::string(5000, 'a'))));
    MultipartFile endless("XbX", {});
    EXPECT_TRUE(endless.feed("--XbX\r\n"));
    EXPECT_FALSE(endless.feed(std::string(MultipartFile::kMostHeaderBytes, 'a')));
}

TEST(MultipartFile, SurvivesDamagedForms) {
    std::mt19937 random(7);
    auto const good = form(std::string(100, '\r') + "\n--XbX");
    for (int i = 0; i < 20'000; ++i) {
        auto bad = good;
        for (unsigned n = random() % 4; n > 0; --n)
            bad[random() % bad.size()] = static_cast<char>(random());
        if (random() % 2 == 0) bad.resize(random() % bad.size());
        (void)read(bad, 1 + random() % 50);  // no crash, no endless loop, nothing for a sanitizer
    }
}

TEST(MultipartBoundary, IsTakenAsTheStandardSays) {
    EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc").value(), "abc");
    EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"").value(),
              "a b");
    for (std::string const bad :
         {"multipart/mixed; boundary=a", "multipart/form-data", "multipart/form-data; boundary=",
          "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=\"a\r\nb\"",
          "multipart/form-data; boundary=a; boundary=b"})
        EXPECT_FALSE(multipart_boundary(bad)) << bad;
    EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'a')));
}

}  // namespace
}  // namespace aiditor::uploads
