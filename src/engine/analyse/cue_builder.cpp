#include "engine/analyse/cue_builder.hpp"

#include "engine/analyse/packet_cues.hpp"
#include "engine/analyse/picture_cues.hpp"
#include "engine/analyse/sound_cues.hpp"
#include "engine/analyse/voice_cues.hpp"

namespace aiditor::analyse {

struct CueBuilder::State {
    CueGrid grid;
    SoundCues sound{grid};
    VoiceCues voices{grid};
    PacketCues packets;
    PictureCues pictures{grid};
};

CueBuilder::CueBuilder() : state_(std::make_unique<State>()) {}
CueBuilder::~CueBuilder() = default;
CueBuilder::CueBuilder(CueBuilder&&) noexcept = default;
CueBuilder& CueBuilder::operator=(CueBuilder&&) noexcept = default;

void CueBuilder::sound(timeline::Time start, std::span<float const> left,
                       std::span<float const> right, int rate_hz) {
    state_->sound.add(start, left, right, rate_hz);
}

void CueBuilder::voice(int track, timeline::Time start, std::span<float const> left,
                       std::span<float const> right, int rate_hz) {
    state_->voices.add(track, start, left, right, rate_hz);
}

void CueBuilder::packet(timeline::Time pts, std::uint32_t size_bytes, bool key) {
    state_->packets.add(pts, size_bytes, key);
}

void CueBuilder::key_picture(timeline::Time pts, media::Thumbnail const& picture) {
    state_->pictures.add(pts, picture);
}

Result<std::vector<timeline::Cue>> CueBuilder::finish(timeline::Time duration) {
    if (duration <= timeline::Time{})
        return fail(ErrorCode::BadMedia, "The clip has no length; give a file with pictures.");
    if (duration > kMaxDuration)
        return fail(ErrorCode::LimitReached,
                    "The clip is longer than 4 hours; cut it into shorter files first.");
    TRY_VOID(state_->sound.finish());
    state_->voices.finish();
    state_->packets.finish(state_->grid);
    state_->pictures.finish(duration);
    auto const last = (duration.flicks - 1) / kSampleLength.flicks;
    return state_->grid.take(static_cast<std::size_t>(last) + 1);
}

}  // namespace aiditor::analyse
