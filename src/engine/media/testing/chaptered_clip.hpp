#pragma once
/// A clip with chapters, for tests: the packets of another clip in a new container.

#include "engine/media/input.hpp"
#include "engine/media/testing/synthetic_clip.hpp"

namespace aiditor::media::testing {

/// FFmpeg's context takes what `chapters` holds and frees it.
inline void put_chapters(AVFormatContext& out, std::vector<timeline::Chapter> const& chapters) {
    auto const milliseconds = [](timeline::Time t) { return timeline::to_ticks(t, {1, 1000}); };
    out.chapters =
        static_cast<AVChapter**>(av_calloc(chapters.size(), sizeof(AVChapter*)));  // freed with out
    for (auto const& chapter : chapters) {
        auto* c = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
        c->id = out.nb_chapters;
        c->time_base = {1, 1000};
        c->start = milliseconds(chapter.start_s);
        c->end = milliseconds(chapter.end_s);
        av_dict_set(&c->metadata, "title", chapter.title.c_str(), 0);
        out.chapters[out.nb_chapters++] = c;
    }
}

/// Writes the clip behind `from_fd` with these chapters; `muxer` is "mp4" or "matroska".
inline void write_with_chapters(int from_fd, int to_fd, char const* muxer,
                                std::vector<timeline::Chapter> const& chapters) {
    auto input = Input::open(from_fd);
    ASSERT_TRUE(input) << input.error().message;
    auto& in = input->context();
    AVFormatContext* out = nullptr;
    ASSERT_GE(avformat_alloc_output_context2(&out, nullptr, muxer, nullptr), 0);
    ASSERT_GE(avio_open_dyn_buf(&out->pb), 0);
    std::vector<AVStream*> streams;
    for (unsigned i = 0; i < in.nb_streams; ++i) {
        streams.push_back(in.streams[i]);
        auto* copy = avformat_new_stream(out, nullptr);
        avcodec_parameters_copy(copy->codecpar, in.streams[i]->codecpar);
        copy->codecpar->codec_tag = 0;
        copy->time_base = in.streams[i]->time_base;
    }
    put_chapters(*out, chapters);
    input->keep_only(streams);
    ASSERT_GE(avformat_write_header(out, nullptr), 0);
    auto packet = make_packet();
    while (input->next(*packet)) {
        auto const i = static_cast<unsigned>(packet->stream_index);
        av_packet_rescale_ts(packet.get(), in.streams[i]->time_base, out->streams[i]->time_base);
        ASSERT_GE(av_interleaved_write_frame(out, packet.get()), 0);
    }
    ASSERT_GE(av_write_trailer(out), 0);
    std::uint8_t* bytes = nullptr;
    auto const size = avio_close_dyn_buf(out->pb, &bytes);
    EXPECT_EQ(pwrite(to_fd, bytes, static_cast<std::size_t>(size), 0), size);
    av_free(bytes);
    out->pb = nullptr;
    avformat_free_context(out);
}

}  // namespace aiditor::media::testing
