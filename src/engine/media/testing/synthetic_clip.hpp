#pragma once
/// Small clips made in memory for the tests of the media rooms: each picture carries its number as
/// a bar code, the sound is a tone with a known level.

#include "engine/media/audio_reader.hpp"
#include "engine/media/capabilities.hpp"
#include "engine/media/mp4_writer.hpp"
#include "engine/media/picture_fit.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <numbers>
#include <unistd.h>

namespace aiditor::media::testing {

/// A nameless file that goes away with the object.
class TempFile {
public:
    TempFile() : file_(std::tmpfile()) {
        if (!file_) throw std::runtime_error("no temporary file");
    }
    ~TempFile() { std::fclose(file_); }
    TempFile(TempFile const&) = delete;
    TempFile& operator=(TempFile const&) = delete;
    [[nodiscard]] int fd() const { return fileno(file_); }
    [[nodiscard]] std::vector<char> bytes() const {
        std::vector<char> out(static_cast<std::size_t>(lseek(fd(), 0, SEEK_END)));
        EXPECT_EQ(pread(fd(), out.data(), out.size(), 0), static_cast<ssize_t>(out.size()));
        return out;
    }

private:
    std::FILE* file_;
};

inline constexpr int kBits = 10;

/// `number` as ten black or white columns over the whole height.
inline FramePtr bar_code(int number, int width, int height) {
    auto frame = black_picture(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            frame->data[0][y * frame->linesize[0] + x] =
                (number >> (x * kBits / width)) & 1 ? 235 : 16;
    return frame;
}

/// The number back from any size of the picture.
inline int read_bar_code(AVFrame const& frame) {
    int number = 0;
    for (int bit = 0; bit < kBits; ++bit) {
        auto const x = (2 * bit + 1) * frame.width / (2 * kBits);
        if (frame.data[0][frame.height / 2 * frame.linesize[0] + x] > 125) number |= 1 << bit;
    }
    return number;
}

struct ClipForm {
    int frames = 90;
    timeline::Rational rate{30, 1};
    int width = 320, height = 180;
    double amplitude = 0.1;  ///< of a 1 kHz tone on both sides; 0 is silence
};

/// Writes an MP4 with this project's own writer.
inline void write_clip(int fd, ClipForm const& form) {
    be_quiet();
    auto const samples = timeline::samples_before(form.frames, form.rate, kSampleRate);
    std::vector<float> sound;
    for (std::int64_t n = 0; n < samples; ++n) {
        auto const x = form.amplitude *
                       std::sin(2 * std::numbers::pi * 1000 * static_cast<double>(n) / kSampleRate);
        sound.insert(sound.end(), 2, static_cast<float>(x));
    }
    auto encoder = SoundEncoder::create();
    ASSERT_TRUE(encoder);
    ASSERT_TRUE(encoder->add(sound));
    auto const encoded = encoder->finish();
    ASSERT_TRUE(encoded);
    auto writer = Mp4Writer::create(fd,
                                    {.width = form.width,
                                     .height = form.height,
                                     .frame_rate = form.rate,
                                     .preset = "ultrafast",
                                     .crf = 20},
                                    *encoded);
    ASSERT_TRUE(writer) << writer.error().message;
    for (int i = 0; i < form.frames; ++i)
        ASSERT_TRUE((*writer)->add(*bar_code(i, form.width, form.height)));
    ASSERT_TRUE((*writer)->finish());
}

/// The index of a clip whose times need no mending, as the demux pass would write it.
inline void write_index(int clip_fd, int index_fd) {
    auto input = Input::open(clip_fd);
    ASSERT_TRUE(input) << input.error().message;
    auto* video = *input->video();
    input->keep_only({video});
    FrameIndexWriter writer(index_fd);
    auto packet = make_packet();
    while (input->next(*packet)) {
        bool const key = packet->flags & AV_PKT_FLAG_KEY;
        ASSERT_TRUE(writer.add({.pts = packet->pts,
                                .dts = packet->dts,
                                .pos = packet->pos,
                                .size = static_cast<std::uint32_t>(packet->size),
                                .flags = key ? IndexEntry::kKey : 0U}));
        av_packet_unref(packet.get());
    }
    ASSERT_TRUE(writer.finish(rational(video->time_base), 0, false));
}

}  // namespace aiditor::media::testing
