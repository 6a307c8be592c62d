#include "engine/media/audio_reader.hpp"

#include "engine/media/resampler.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace aiditor::media {
namespace {
constexpr std::int64_t kMaxJitter = kSampleRate / 50;  // 20 ms
constexpr std::int64_t kFar = 10LL * kSampleRate;
/// Decoders need a run-up: AAC one frame, Opus 80 ms (RFC 7845 section 4.6).
constexpr auto kRunUp = timeline::milliseconds(200);

std::int64_t samples(std::int64_t flicks) { return timeline::to_ticks({flicks}, {1, kSampleRate}); }
}  // namespace

AudioReader::AudioReader(Input input, AVStream* stream, Decoder decoder, std::int64_t origin_flicks)
    : input_(std::move(input)),
      stream_(stream),
      decoder_(std::move(decoder)),
      origin_flicks_(origin_flicks) {}

Result<AudioReader> AudioReader::open_at_begin(int fd, FrameIndex const& index, int track) {
    auto input = TRY(Input::open(fd));
    auto const tracks = input.audio();
    if (tracks.empty()) return fail(ErrorCode::BadMedia, "has no sound");
    if (track < 0 || track >= static_cast<int>(tracks.size()))
        return fail(
            ErrorCode::BadJson,
            fmt::format("has {} sound tracks, the plan asks for number {}", tracks.size(), track));
    auto* stream = tracks[static_cast<std::size_t>(track)];
    auto decoder = TRY(Decoder::open(*stream, DecodeEffort::Full));
    input.keep_only({stream});
    auto const origin = timeline::from_ticks(index.origin, index.time_base).flicks;
    return AudioReader(std::move(input), stream, std::move(decoder), origin);
}

Result<AudioReader> AudioReader::open(int fd, FrameIndex const& index, int track,
                                      timeline::Time start) {
    auto reader = TRY(open_at_begin(fd, index, track));
    // Reading from the beginning is slow in a long clip, but always right.
    if (!reader.seek_to(index, start)) reader = TRY(open_at_begin(fd, index, track));
    reader.cursor_ = samples(start.flicks);
    return reader;
}

bool AudioReader::seek_to(FrameIndex const& index, timeline::Time start) {
    auto const base = rational(stream_->time_base);
    std::array<std::int64_t, 4> const back_s{0, 2, 10, 60};
    for (auto const s : back_s) {
        auto const from = start - kRunUp - timeline::seconds(s);
        if (from <= timeline::Time{}) return false;
        auto const ticks = timeline::to_ticks({from.flicks + origin_flicks_}, base);
        if (!input_.seek(*stream_, ticks, index.entries[index.key_before(from)].pos)) continue;
        // Landed right when the first packet is not already past the start.
        if (!input_.next(*packet_)) continue;
        auto const landed = packet_->pts != AV_NOPTS_VALUE &&
                            timeline::from_ticks(packet_->pts, base).flicks - origin_flicks_ <=
                                (start - kRunUp / 2).flicks;
        if (landed) (void)decoder_.send(packet_.get());
        av_packet_unref(packet_.get());
        if (landed) return true;
    }
    return false;
}

void AudioReader::read(std::span<float> interleaved) {
    auto const stop = cursor_ + static_cast<std::int64_t>(interleaved.size() / 2);
    while (!ended_ && end_ < stop) ended_ = !decode_more();
    std::ranges::fill(interleaved, 0.0F);
    for (auto const& block : blocks_) {
        auto const from = std::max(block.position, cursor_), to = std::min(block.end(), stop);
        if (from < to)
            std::copy_n(block.interleaved.begin() + (from - block.position) * 2, (to - from) * 2,
                        interleaved.begin() + (from - cursor_) * 2);
    }
    while (!blocks_.empty() && blocks_.front().end() <= stop) blocks_.pop_front();
    cursor_ = stop;
}

bool AudioReader::decode_more() {
    while (!decoder_.receive(*frame_)) {
        if (draining_) return false;
        draining_ = !input_.next(*packet_);
        (void)decoder_.send(draining_ ? nullptr : packet_.get());
        av_packet_unref(packet_.get());
    }
    append(*frame_);
    av_frame_unref(frame_.get());
    return true;
}

bool AudioReader::prepare_resampler(AVFrame const& frame) {
    if (resampler_ && frame.sample_rate == in_rate_ &&
        frame.ch_layout.nb_channels == in_channels_ && frame.format == in_format_)
        return true;
    resampler_ = stereo_resampler(frame, AV_SAMPLE_FMT_FLT, kSampleRate);
    if (!resampler_) return false;
    in_rate_ = frame.sample_rate;
    in_channels_ = frame.ch_layout.nb_channels;
    in_format_ = frame.format;
    return true;
}

void AudioReader::append(AVFrame const& frame) {
    if (frame.sample_rate <= 0 || frame.nb_samples <= 0 || !prepare_resampler(frame)) return;
    // Samples inside the resampler come out with this frame: it starts that much earlier.
    auto const delay = swr_get_delay(resampler_.get(), kSampleRate);
    auto const room = swr_get_out_samples(resampler_.get(), frame.nb_samples);
    if (room <= 0) return;
    std::vector<float> out(static_cast<std::size_t>(room) * 2);
    auto* plane = reinterpret_cast<std::uint8_t*>(out.data());
    auto const got =
        swr_convert(resampler_.get(), &plane, room,
                    const_cast<std::uint8_t const**>(frame.extended_data), frame.nb_samples);
    if (got <= 0) return;
    out.resize(static_cast<std::size_t>(got) * 2);
    // Float sound from a file can hold anything; 12 dB over full scale is the most that is kept.
    for (auto& x : out) x = std::isfinite(x) ? std::clamp(x, -4.0F, 4.0F) : 0.0F;
    auto position = end_;
    if (frame.best_effort_timestamp != AV_NOPTS_VALUE) {
        auto const at =
            timeline::from_ticks(frame.best_effort_timestamp, rational(stream_->time_base));
        position = samples(at.flicks - origin_flicks_) - delay;
    }
    place({.position = position, .interleaved = std::move(out)});
}

void AudioReader::place(Block block) {
    if (end_ == INT64_MIN && block.position == INT64_MIN) block.position = cursor_;
    if (end_ != INT64_MIN && block.position - end_ > kFar) {
        // One wrong time stamp must not silence all that follows: a leap counts when the next block
        // goes on from there.
        if (!far_ || std::abs(block.position - far_->end()) > kMaxJitter) {
            far_ = std::move(block);
            return;
        }
        append_block(*std::exchange(far_, std::nullopt));
    }
    far_.reset();
    append_block(std::move(block));
}

void AudioReader::append_block(Block block) {
    if (end_ != INT64_MIN && block.position - end_ <= kMaxJitter) {
        // Continues what came before, or overlaps it and loses what was there already.
        auto const overlap = end_ - block.position > kMaxJitter ? end_ - block.position : 0;
        auto const skip = std::min<std::int64_t>(overlap * 2, std::ssize(block.interleaved));
        block.interleaved.erase(block.interleaved.begin(), block.interleaved.begin() + skip);
        block.position = end_;
    }
    end_ = block.end();
    if (end_ > cursor_ && !block.interleaved.empty()) blocks_.push_back(std::move(block));
}

}  // namespace aiditor::media
