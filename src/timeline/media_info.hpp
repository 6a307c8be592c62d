#pragma once
/// What a clip is: the answer of `aiditor probe`.

#include "timeline/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aiditor::timeline {

/// Colour as resolved at ingest (FFmpeg's names, e.g. "bt709", "smpte2084").
struct Colour {
    std::string primaries, transfer, matrix;
    bool full_range = false;
    bool hdr = false;      ///< PQ (SMPTE ST 2084) or HLG (ARIB STD-B67)
    bool assumed = false;  ///< untagged: 709 limited for HD, 601 for SD
};
BOOST_DESCRIBE_STRUCT(Colour, (), (primaries, transfer, matrix, full_range, hdr, assumed))

struct VideoInfo {
    int stream = 0;  ///< index in the container
    std::string codec;
    int width = 0, height = 0;                  ///< coded picture, pixels
    int display_width = 0, display_height = 0;  ///< after rotation and pixel aspect
    int rotation_deg = 0;                       ///< clockwise turn for display: 0, 90, 180, 270
    Rational pixel_aspect{1, 1};
    Rational frame_rate{30, 1};  ///< constant rate, or the standard rate above a variable one
    bool variable_frame_rate = false;
    bool interlaced = false;
    std::int64_t frames = 0;
    std::int64_t key_frames = 0;
    int bit_depth = 8;
    Colour colour;
};
BOOST_DESCRIBE_STRUCT(VideoInfo, (),
                      (stream, codec, width, height, display_width, display_height, rotation_deg,
                       pixel_aspect, frame_rate, variable_frame_rate, interlaced, frames,
                       key_frames, bit_depth, colour))

struct AudioInfo {
    int stream = 0;
    std::string codec;
    int channels = 0;
    int sample_rate_hz = 0;
    Time start_s;  ///< first sound relative to the first picture
    Time end_s;
    std::string title;  ///< the file's own name for the track, cleaned
};
BOOST_DESCRIBE_STRUCT(AudioInfo, (),
                      (stream, codec, channels, sample_rate_hz, start_s, end_s, title))

/// A chapter of the file; recorders and players write a marker as the start of one.
struct Chapter {
    Time start_s, end_s;  ///< 0 <= start <= end, inside the clip
    std::string title;    ///< cleaned as track titles are; may be empty

    [[nodiscard]] Result<> validate(std::string const& pointer) const;
};
BOOST_DESCRIBE_STRUCT(Chapter, (), (start_s, end_s, title))

/// Times count from the first picture of the clip.
struct MediaInfo {
    static constexpr char const* kSchema = "aiditor.media_info/1";
    static constexpr std::size_t kMostChapters = 1000;
    std::string file;  ///< path as given
    std::string sha256;
    std::int64_t size_bytes = 0;
    std::string container;  ///< mov, matroska, mpegts, avi
    Time duration_s;        ///< end of the last picture
    VideoInfo video;
    std::vector<AudioInfo> audio;
    std::vector<std::string> notes;  ///< what was odd and what was done about it
    /// By start; absent when the file has none, at most kMostChapters.
    std::optional<std::vector<Chapter>> chapters = {};

    [[nodiscard]] Result<> validate(std::string const& pointer) const;
};
BOOST_DESCRIBE_STRUCT(MediaInfo, (),
                      (file, sha256, size_bytes, container, duration_s, video, audio, notes,
                       chapters))

}  // namespace aiditor::timeline
