#include "engine/ingest/scan.hpp"

#include "engine/ingest/frame_rate.hpp"
#include "engine/media/allow.hpp"
#include "engine/media/colour.hpp"
#include "engine/media/decoder.hpp"
#include "engine/media/frame_index.hpp"
#include "engine/media/geometry.hpp"
#include "engine/media/input.hpp"
#include "engine/media/sketch.hpp"
#include "engine/media/sound_tap.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace aiditor::ingest {
namespace {

using timeline::Time;

constexpr auto kKeyPictureEvery = timeline::seconds(4);
constexpr std::int64_t kPacketsPerProgress = 2000;
constexpr std::size_t kMaxEarlySound = 2000;
constexpr std::int64_t kReorderDepth = 32;

/// One sound track and its extent in its own clock.
struct SoundTrack {
    AVStream* stream = nullptr;
    std::optional<Time> first, last;
    std::optional<media::SoundTap> tap;
};

/// Text from a file, made safe to print: at most 64 bytes of it, no control characters.
std::string clean(char const* text) {
    std::string out(text ? text : "");
    out.resize(std::min<std::size_t>(out.size(), 64));
    std::ranges::replace_if(
        out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c > 0x7e; }, '?');
    return out;
}

class Scan {
public:
    Scan(media::Input input, AVStream* video, int index_fd, ScanSink const& sink)
        : input_(std::move(input)),
          video_(video),
          sink_(sink),
          index_(index_fd),
          base_(media::rational(video->time_base)),
          rate_(base_),
          counted_(input_.container() == media::Container::Avi) {}

    Result<timeline::MediaInfo> run();

private:
    Result<> open_taps();
    Result<> on_video(AVPacket const& packet);
    void find_origin(std::int64_t pts, bool key, bool hidden);
    bool leaps(std::int64_t pts, bool key);
    Result<media::SoundTap> tap_into(std::size_t track);
    void give(AVPacket const& packet);
    void give_early_sound();
    void on_audio(AVPacket const& packet);
    void on_key(AVPacket const& packet, Time at);
    Result<timeline::MediaInfo> answer();
    timeline::VideoInfo describe_video(FrameRateMeter::Answer const& rate);
    void describe_chapters(timeline::MediaInfo& info) const;
    Time clip_time(std::int64_t ticks) const {
        return timeline::from_ticks(ticks - *origin_, base_);
    }

    media::Input input_;
    AVStream* video_;
    ScanSink const& sink_;
    media::FrameIndexWriter index_;
    timeline::Rational base_;
    FrameRateMeter rate_;
    bool counted_;
    std::vector<SoundTrack> tracks_;
    std::vector<media::PacketPtr> early_sound_;
    std::optional<media::Decoder> sketcher_;
    std::optional<std::int64_t> origin_;
    std::optional<bool> key_hidden_;  ///< of the key picture that comes before the origin
    std::optional<std::int64_t> last_pts_, last_key_pts_;
    bool leapt_ = false;
    std::optional<Time> last_key_picture_;
    std::int64_t frames_ = 0, keys_ = 0, undated_ = 0;
    bool interlaced_ = false;
    std::vector<std::string> notes_;
};

Result<> Scan::open_taps() {
    std::vector<AVStream*> wanted{video_};
    for (auto* stream : input_.audio()) {
        tracks_.push_back({.stream = stream, .first = {}, .last = {}, .tap = {}});
        wanted.push_back(stream);
    }
    input_.keep_only(wanted);
    auto const tapped = sink_.on_sound ? std::min(tracks_.size(), kMostSoundTracks) : 0;
    for (std::size_t i = 0; i < tapped; ++i) {
        if (auto tap = tap_into(i)) tracks_[i].tap.emplace(std::move(*tap));
        else if (i == 0)
            notes_.push_back("the sound cannot be decoded; the clip is treated as silent");
        else notes_.push_back(fmt::format("sound track {} cannot be decoded", i + 1));
    }
    if (sink_.on_key_picture)
        sketcher_ = TRY(media::Decoder::open(*video_, media::DecodeEffort::Sketch));
    return {};
}

Result<media::SoundTap> Scan::tap_into(std::size_t track) {
    return media::SoundTap::open(
        *tracks_[track].stream,
        [this, number = static_cast<int>(track)](Time start, auto left, auto right, int hz) {
            sink_.on_sound(number, start - timeline::from_ticks(*origin_, base_), left, right, hz);
        });
}

Result<timeline::MediaInfo> Scan::run() {
    TRY_VOID(open_taps());
    auto packet = media::make_packet();
    for (std::int64_t n = 0; input_.next(*packet); ++n) {
        if (packet->stream_index == video_->index) TRY_VOID(on_video(*packet));
        else on_audio(*packet);
        av_packet_unref(packet.get());
        if (sink_.on_progress && n % kPacketsPerProgress == 0) sink_.on_progress(input_.position());
    }
    give_early_sound();
    for (auto& track : tracks_)
        if (track.tap && origin_) track.tap->add(nullptr);
    return answer();
}

Result<> Scan::on_video(AVPacket const& packet) {
    auto const key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
    auto const dts = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
    auto pts = counted_ || packet.pts == AV_NOPTS_VALUE ? dts : packet.pts;
    bool hidden =
        pts == AV_NOPTS_VALUE || (packet.flags & AV_PKT_FLAG_DISCARD) != 0 || packet.size == 0;
    if (pts == AV_NOPTS_VALUE) {
        pts = origin_.value_or(0);
        ++undated_;
    }
    find_origin(pts, key, hidden);
    if (origin_ && !hidden) hidden = leaps(pts, key);
    media::IndexEntry entry{.pts = pts,
                            .dts = dts != AV_NOPTS_VALUE ? dts : pts,
                            .pos = packet.pos,
                            .size = static_cast<std::uint32_t>(packet.size)};
    entry.flags = (key && !leapt_ ? media::IndexEntry::kKey : 0U) |
                  (hidden ? media::IndexEntry::kHidden : 0U);
    TRY_VOID(index_.add(entry));
    if (!origin_ || hidden) return {};
    auto const at = clip_time(pts);
    if (at > media::kMaxDuration)
        return fail(ErrorCode::LimitReached,
                    "is longer than 4 hours (or its time stamps jump); split it first");
    if (pts < *origin_) return {};
    ++frames_;
    keys_ += key ? 1 : 0;
    rate_.add(pts);
    if (sink_.on_packet) sink_.on_packet(at, entry.size, key);
    if (key && sketcher_ && (!last_key_picture_ || at - *last_key_picture_ >= kKeyPictureEvery))
        on_key(packet, at);
    return {};
}

/// Clip time 0 is the first picture that can be shown. Nothing before the first key picture can be
/// decoded; a clip cut without re-encoding begins with a hidden key picture, and what is shown
/// first is then the least of the times that follow it.
void Scan::find_origin(std::int64_t pts, bool key, bool hidden) {
    if (key && !origin_) key_hidden_ = hidden;
    if (hidden || !key_hidden_) return;
    if (origin_) {
        if (*key_hidden_ && frames_ < kReorderDepth) origin_ = std::min(*origin_, pts);
        return;
    }
    origin_ = pts;
}

/// A leap of an hour, or back behind the last key picture: recordings joined end to end, whose
/// clocks start again. Only the first of them can be placed.
bool Scan::leaps(std::int64_t pts, bool key) {
    if (!last_pts_) {
        last_pts_ = last_key_pts_ = pts;
        return false;
    }
    bool const far = timeline::seconds(3600) < clip_time(pts) - clip_time(*last_pts_);
    leapt_ = leapt_ || far || (key && pts < *last_key_pts_);
    if (leapt_) return true;
    last_pts_ = pts;
    if (key) last_key_pts_ = pts;
    return false;
}

void Scan::give(AVPacket const& packet) {
    for (auto& track : tracks_)
        if (track.tap && track.stream->index == packet.stream_index) track.tap->add(&packet);
}

/// Sound that came before the origin was sure.
void Scan::give_early_sound() {
    for (auto const& early : early_sound_)
        if (early && origin_) give(*early);
    early_sound_.clear();
}

void Scan::on_key(AVPacket const& packet, Time at) {
    auto frame = media::make_frame();
    if (!sketcher_->decode_alone(packet, *frame)) return;
    last_key_picture_ = at;
    interlaced_ = interlaced_ || frame->interlaced_frame != 0;
    sink_.on_key_picture(at, media::sketch(*frame));
}

void Scan::on_audio(AVPacket const& packet) {
    auto const track = std::ranges::find_if(
        tracks_, [&](auto const& t) { return t.stream->index == packet.stream_index; });
    if (track == tracks_.end()) return;
    if (packet.pts != AV_NOPTS_VALUE) {
        auto const base = media::rational(track->stream->time_base);
        auto const start = timeline::from_ticks(packet.pts, base);
        if (!track->first) track->first = start;
        track->last =
            timeline::from_ticks(packet.pts + std::max<std::int64_t>(0, packet.duration), base);
    }
    if (!track->tap || leapt_) return;
    if (origin_ && (!*key_hidden_ || frames_ >= kReorderDepth)) {
        give_early_sound();
        return give(packet);
    }
    // Clip time starts with the first picture; sound that lies before it in the file waits for it.
    if (early_sound_.size() < kMaxEarlySound) early_sound_.emplace_back(av_packet_clone(&packet));
}

timeline::VideoInfo Scan::describe_video(FrameRateMeter::Answer const& rate) {
    auto const& par = *video_->codecpar;
    auto const geometry = media::geometry_of(input_, *video_);
    auto const wide = static_cast<int>(
        timeline::mul_div(par.width, geometry.pixel_aspect.num, geometry.pixel_aspect.den));
    bool const sideways = geometry.rotation_deg % 180 != 0;
    auto const* form = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(par.format));
    return {.stream = video_->index,
            .codec = avcodec_get_name(par.codec_id),
            .width = par.width,
            .height = par.height,
            .display_width = sideways ? par.height : wide,
            .display_height = sideways ? wide : par.height,
            .rotation_deg = geometry.rotation_deg,
            .pixel_aspect = geometry.pixel_aspect,
            .frame_rate = rate.rate,
            .variable_frame_rate = rate.variable,
            .interlaced = geometry.interlaced || interlaced_,
            .frames = frames_,
            .key_frames = keys_,
            .bit_depth = form ? form->comp[0].depth : 8,
            .colour = media::describe(media::tags_of(par))};
}

/// What lies outside the pictures is cut off or left out.
void Scan::describe_chapters(timeline::MediaInfo& info) const {
    auto const origin = timeline::from_ticks(*origin_, base_);
    std::vector<timeline::Chapter> chapters;
    for (auto const& found : input_.chapters()) {
        timeline::Chapter const chapter{
            .start_s = std::max(Time{}, found.start_s - origin),
            .end_s = std::clamp(found.end_s - origin, Time{}, info.duration_s),
            .title = clean(found.title.c_str())};
        if (chapter.start_s < info.duration_s && chapter.start_s <= chapter.end_s)
            chapters.push_back(chapter);
    }
    std::ranges::stable_sort(chapters, {}, &timeline::Chapter::start_s);
    if (!chapters.empty()) info.chapters = std::move(chapters);
}

Result<timeline::MediaInfo> Scan::answer() {
    if (!origin_ || frames_ == 0)
        return fail(ErrorCode::BadMedia,
                    "has no picture that can be shown; the file is damaged or its recording was "
                    "cut off, record or copy it again");
    auto const rate = rate_.finish();
    if (rate.rate.num > rate.rate.den * media::kMaxFrameRate)
        return fail(ErrorCode::LimitReached,
                    "has more than 240 frames a second; convert it to 60 or 120 first");
    TRY_VOID(index_.finish(base_, *origin_, counted_));
    timeline::MediaInfo info;
    info.size_bytes = input_.size_bytes();
    info.container = media::demuxer_name(input_.container());
    info.duration_s = clip_time(rate.last_pts + rate.frame_ticks);
    info.video = describe_video(rate);
    auto const origin = timeline::from_ticks(*origin_, base_);
    for (auto const& track : tracks_) {
        auto const& par = *track.stream->codecpar;
        auto const known = [&](int said, int (media::SoundTap::*heard)() const) {
            return said == 0 && track.tap ? ((*track.tap).*heard)() : said;
        };
        auto const* title = av_dict_get(track.stream->metadata, "title", nullptr, 0);
        info.audio.push_back(
            {.stream = track.stream->index,
             .codec = avcodec_get_name(par.codec_id),
             .channels = known(par.ch_layout.nb_channels, &media::SoundTap::channels),
             .sample_rate_hz = known(par.sample_rate, &media::SoundTap::rate_hz),
             .start_s = track.first.value_or(origin) - origin,
             .end_s = track.last.value_or(origin) - origin,
             .title = clean(title ? title->value : nullptr)});
    }
    describe_chapters(info);
    if (leapt_)
        notes_.push_back(fmt::format("its time stamps start again at {}; what follows is left out",
                                     timeline::clock_text(info.duration_s)));
    if (input_.damaged()) notes_.push_back("parts of the file are damaged and were skipped");
    if (undated_ > 0)
        notes_.push_back(fmt::format("{} pictures without a time were skipped", undated_));
    if (tracks_.empty()) notes_.push_back("has no sound");
    if (tracks_.size() > 1)
        notes_.push_back(
            fmt::format("has {} sound tracks; the first is shown and judged as the game's, "
                        "the others as voices",
                        tracks_.size()));
    if (info.video.variable_frame_rate) notes_.push_back("has a variable frame rate");
    info.notes = std::move(notes_);
    return info;
}

}  // namespace

Result<timeline::MediaInfo> scan(int fd, int index_fd, ScanSink const& sink) {
    auto input = TRY(media::Input::open(fd));
    auto* video = TRY(input.video());
    return Scan(std::move(input), video, index_fd, sink).run();
}

}  // namespace aiditor::ingest
