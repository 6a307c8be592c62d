#include "engine/media/video_reader.hpp"

#include <array>

namespace aiditor::media {

VideoReader::VideoReader(int fd, Input input, AVStream* stream, Decoder decoder, FrameIndex index)
    : fd_(fd),
      input_(std::move(input)),
      stream_(stream),
      geometry_(geometry_of(input_, *stream)),
      decoder_(std::move(decoder)),
      index_(std::move(index)),
      mean_frame_(index_.mean_frame()) {}

Result<VideoReader> VideoReader::open(int fd, FrameIndex index, DecodeEffort effort) {
    auto input = TRY(Input::open(fd));
    auto* stream = TRY(input.video());
    auto decoder = TRY(Decoder::open(*stream, effort));
    input.keep_only({stream});
    return VideoReader(fd, std::move(input), stream, std::move(decoder), std::move(index));
}

Result<AVFrame const*> VideoReader::at(timeline::Time t) {
    if (needs_seek(t)) seek_to(index_.key_before(t));
    auto const target = index_.ticks_of(t);
    while (true) {
        if (!next_ && !advance()) break;
        if (current_ && next_->pts > target) break;
        first_since_seek_ = !current_;
        current_ = std::move(next_);
    }
    if (!current_) return fail(ErrorCode::BadMedia, "has no picture that can be decoded there");
    return current_.get();
}

bool VideoReader::needs_seek(timeline::Time t) const {
    auto const target = index_.ticks_of(t);
    auto const wanted = index_.key_before(t);
    // Where the key picture is damaged, the first picture comes after the time that was asked for,
    // or none comes at all: reading from the same place again would not change that.
    if (!current_) return sought_key_ != wanted;
    if (target < current_->pts) return sought_key_ != wanted || !first_since_seek_;
    // Seeking pays when a key picture lies between here and there.
    auto const& key = index_.entries[wanted];
    auto const ahead = next_ ? next_->pts : current_->pts;
    return key.pts > ahead &&
           key.pts - ahead > timeline::to_ticks(timeline::seconds(1), index_.time_base);
}

bool VideoReader::seek_to(std::size_t key) {
    current_.reset();
    next_.reset();
    sought_key_ = key;
    // Containers land late or early; step back until the wanted packet comes by.
    std::array<std::int64_t, 4> const back_s{0, 2, 10, 60};
    bool found = false;
    for (auto const s : back_s) {
        auto const entry =
            s == 0
                ? key
                : index_.key_before(index_.time_of(index_.entries[key].pts) - timeline::seconds(s));
        auto const& from = index_.entries[entry];
        if (!input_.seek(*stream_, index_.counted ? from.dts : from.pts, from.pos)) continue;
        decoder_.reset();
        if ((found = find_packet(key))) break;
    }
    if (!found) {  // reading from the start is slow, but every picture comes by
        reopen();
        found = find_packet(key);
        if (!found) {
            reopen();
            key = 0;
        }
    }
    packet_waiting_ = found;
    input_ended_ = false;
    shown_ = key;
    return found;
}

std::int64_t VideoReader::decode(Stretch const& stretch,
                                 std::function<void(AVFrame const&)> const& on_picture) {
    auto const first_pts = index_.entries[stretch.first].pts;
    if (!seek_to(stretch.first)) return 0;
    auto frame = make_frame();
    auto const receive = [&] {
        while (decoder_.receive(*frame)) {
            stamp(*frame);
            // What is shown before the key picture refers to pictures that were not decoded.
            if (index_.counted || frame->pts >= first_pts) on_picture(*frame);
            av_frame_unref(frame.get());
        }
    };
    std::int64_t sent = 0;
    while (sent < static_cast<std::int64_t>(stretch.count) &&
           (packet_waiting_ || input_.next(*packet_))) {
        packet_waiting_ = false;
        ++sent;
        (void)decoder_.send(packet_.get());
        av_packet_unref(packet_.get());
        receive();
    }
    (void)decoder_.send(nullptr);
    receive();
    decoder_.reset();
    sought_key_ = SIZE_MAX;
    return sent;
}

void VideoReader::reopen() {
    decoder_.reset();
    auto input = Input::open(fd_);
    if (!input) return;  // it opened before: the file is being changed; what comes is not found
    auto stream = input->video();
    if (!stream) return;
    input_ = std::move(*input);
    stream_ = *stream;
    input_.keep_only({stream_});
}

bool VideoReader::find_packet(std::size_t key) {
    auto const& want = index_.entries[key];
    while (input_.next(*packet_)) {
        // After a seek the decode time may be missing, so the display time decides where there is
        // one.
        auto const dts = packet_->dts != AV_NOPTS_VALUE ? packet_->dts : packet_->pts;
        auto const time = index_.counted || packet_->pts == AV_NOPTS_VALUE ? dts : packet_->pts;
        bool const is_key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
        if (is_key && time == want.pts) return true;
        av_packet_unref(packet_.get());
        if (is_key && time > want.pts) return false;
    }
    return false;
}

bool VideoReader::advance() {
    auto frame = make_frame();
    while (true) {
        if (decoder_.receive(*frame)) {
            stamp(*frame);
            next_ = std::move(frame);
            return true;
        }
        if (input_ended_) return false;
        if (!packet_waiting_ && !input_.next(*packet_)) {
            input_ended_ = true;
            (void)decoder_.send(nullptr);
            continue;
        }
        packet_waiting_ = false;
        (void)decoder_.send(packet_.get());  // a damaged packet costs its picture, not the clip
        av_packet_unref(packet_.get());
    }
}

void VideoReader::stamp(AVFrame& frame) {
    if (!index_.counted) {
        frame.pts = frame.best_effort_timestamp;
        if (frame.pts == AV_NOPTS_VALUE) frame.pts = current_ ? current_->pts + 1 : index_.origin;
        return;
    }
    while (shown_ + 1 < index_.entries.size() && index_.entries[shown_].size == 0) ++shown_;
    frame.pts = index_.entries[std::min(shown_, index_.entries.size() - 1)].dts;
    ++shown_;
}

}  // namespace aiditor::media
