#include "engine/media/container.hpp"

#include <gmock/gmock.h>
#include <string>

namespace aiditor::media {
namespace {

using ::testing::HasSubstr;

Result<Container> sniff_text(std::string const& head) {
    return sniff(std::as_bytes(std::span(head)));
}

TEST(Sniff, KnowsTheFourContainersByTheirFirstBytes) {
    EXPECT_EQ(*sniff_text(std::string("\0\0\0\x18"
                                      "ftypmp42",
                                      12)),
              Container::Mov);
    EXPECT_EQ(*sniff_text(std::string("\0\0\0\x08"
                                      "moov",
                                      8)),
              Container::Mov);
    EXPECT_EQ(*sniff_text("\x1a\x45\xdf\xa3...."), Container::Matroska);
    EXPECT_EQ(*sniff_text("RIFF....AVI LIST"), Container::Avi);
    for (std::size_t const packet : {188U, 192U}) {
        std::string ts(7 + packet * 5, '\0');
        for (std::size_t i = 0; i < 5; ++i) ts[7 + i * packet] = 0x47;
        EXPECT_EQ(*sniff_text(ts), Container::MpegTs) << packet;
    }
}

TEST(Sniff, SaysWhatAFileIsInstead) {
    EXPECT_THAT(sniff_text("").error().message, HasSubstr("empty"));
    EXPECT_THAT(sniff_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n").error().message,
                HasSubstr("playlist"));
    EXPECT_THAT(sniff_text("ffconcat version 1.0\n").error().message, HasSubstr("playlist"));
    EXPECT_THAT(sniff_text("hello, this is text\n").error().message, HasSubstr("text file"));
    EXPECT_THAT(sniff_text(std::string(4096, '\0')).error().message, HasSubstr("zeros"));
    EXPECT_THAT(sniff_text("RIFF....WAVEfmt ").error().message, HasSubstr("not AVI"));
    EXPECT_EQ(sniff_text("\x89PNG\r\n").error().code, ErrorCode::BadMedia);
}

TEST(Sniff, ThreeSyncBytesAreNotYetATransportStream) {
    std::string ts(188 * 3, 'x');
    for (std::size_t i = 0; i < 3; ++i) ts[i * 188] = 0x47;
    EXPECT_FALSE(sniff_text(ts));
}

}  // namespace
}  // namespace aiditor::media
