#include "engine/media/container.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string>

namespace aiditor::media {
namespace {

std::string_view text_of(std::span<std::byte const> head) {
    return {reinterpret_cast<char const*>(head.data()), head.size()};
}

bool is_mov(std::string_view head) {
    static constexpr std::array<std::string_view, 7> kBoxes{"ftyp", "moov", "mdat", "wide",
                                                            "free", "skip", "pnot"};
    return head.size() >= 8 && std::ranges::find(kBoxes, head.substr(4, 4)) != kBoxes.end();
}

/// Sync bytes of four packets in a row; a capture may begin inside a packet.
bool is_ts(std::string_view head) {
    for (std::size_t const packet : {188U, 192U})
        for (std::size_t start = 0; start < packet; ++start) {
            bool all = start + 3 * packet < head.size();
            for (std::size_t i = 0; all && i < 4; ++i) all = head[start + i * packet] == 0x47;
            if (all) return true;
        }
    return false;
}

/// What a file that is no video seems to be, for the message.
std::string_view looks_like(std::string_view head) {
    struct Sign {
        std::string_view prefix, name;
    };
    static constexpr std::array kSigns{Sign{"#EXTM3U", "a playlist"},
                                       Sign{"ffconcat", "a playlist"},
                                       Sign{"\x89PNG", "a PNG picture"},
                                       Sign{"\xff\xd8\xff", "a JPEG picture"},
                                       Sign{"GIF8", "a GIF picture"},
                                       Sign{"PK\x03\x04", "a ZIP archive"},
                                       Sign{"%PDF", "a PDF document"},
                                       Sign{"RIFF", "a RIFF file that is not AVI"},
                                       Sign{"OggS", "an Ogg file"},
                                       Sign{"FLV", "a Flash video"},
                                       Sign{"\x30\x26\xb2\x75", "a Windows Media file"},
                                       Sign{"ID3", "an MP3 file"},
                                       Sign{"fLaC", "a FLAC file"}};
    for (auto const& sign : kSigns)
        if (head.starts_with(sign.prefix)) return sign.name;
    auto const is_text = [](char c) {
        auto const u = static_cast<unsigned char>(c);
        return u >= 0x20 || c == '\n' || c == '\r' || c == '\t';
    };
    auto const shown = head.substr(0, 256);
    if (std::ranges::all_of(shown, is_text)) return "a text file";
    if (std::ranges::all_of(shown, [](char c) { return c == '\0'; })) return "a file of zeros";
    return "data of an unknown kind";
}

}  // namespace

std::string_view demuxer_name(Container c) {
    switch (c) {
    case Container::Mov: return "mov";
    case Container::Matroska: return "matroska";
    case Container::MpegTs: return "mpegts";
    case Container::Avi: return "avi";
    }
    return "";
}

Result<Container> sniff(std::span<std::byte const> bytes) {
    auto const head = text_of(bytes);
    if (head.empty())
        return fail(ErrorCode::BadMedia, "is empty (0 bytes); record or copy the clip again");
    if (is_mov(head)) return Container::Mov;
    if (head.starts_with("\x1a\x45\xdf\xa3")) return Container::Matroska;
    if (head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 3) == "AVI")
        return Container::Avi;
    if (is_ts(head)) return Container::MpegTs;
    return fail(ErrorCode::BadMedia,
                fmt::format("is {}, not a video; use an MP4, MOV, MKV, WebM, AVI or TS clip",
                            looks_like(head)));
}

}  // namespace aiditor::media
