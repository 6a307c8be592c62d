#pragma once
/// The one registry of cues: what is measured in a clip, under which name.
///
/// A name is `room.quantity_unit@version`. The number after @ goes up when the meaning changes, so
/// that a model or a saved CueTrack never reads one thing for another. A new cue is one line in
/// CueId and one in kCues.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aiditor::timeline {

/// Goes up whenever the same clip would give other numbers; written into every CueTrack. (What is
/// kept between runs is keyed by the hash of the whole media program.)
inline constexpr std::string_view kAnalyser = "cues/4";

/// Samples a second of every column; sample i covers [i, i+1) / kRateHz.
inline constexpr int kRateHz = 5;

/// Octave-like bands of the sound: edges at 60 * (14000/60)^(b/8) Hz, i.e. 60, 119, 234, 464, 917,
/// 1813, 3585, 7085, 14000.
inline constexpr std::size_t kBands = 8;

enum class CueId : std::uint8_t {
    Loudness,
    Peak,
    Crest,
    Band0,
    Band1,
    Band2,
    Band3,
    Band4,
    Band5,
    Band6,
    Band7,
    Fullness,
    Flux,
    Onsets,
    Impulse,
    Centroid,
    Tilt,
    Flatness,
    Voiced,
    Pitch,
    PitchSpread,
    Side,
    Rarity,
    RarityShape,
    Voice,
    PacketSize,
    PacketRise,
    PacketSpike,
    KeyJump,
    KeyEarly,
    Luma,
    LumaChange,
    ChromaChange,
    Flash,
    Red,
    Edges,
    CentreChange,
    HudChange,
    Cut,
    DetailMotion,
    DetailStill,
    DetailFlash,
    DetailHudChange,
    DetailText,
    DetailTextChange,
};

struct CueInfo {
    CueId id;
    std::string_view name;
    std::string_view unit;
    float low, high;  ///< every value lies in here, or is NaN
    std::string_view meaning;
    std::string_view source;
};

inline constexpr std::array kCues{
    CueInfo{CueId::Loudness, "audio.loudness_lufs@1", "LUFS", -70, 20,
            "momentary loudness: K-weighted level of the 400 ms that end with the sample",
            "EBU Tech 3341, ITU-R BS.1770-4, by libebur128"},
    CueInfo{CueId::Peak, "audio.peak_dbfs@1", "dBFS", -100, 20, "largest sample of any channel",
            ""},
    CueInfo{CueId::Crest, "audio.crest_db@1", "dB", 0, 120, "peak above the mean level", ""},
    CueInfo{CueId::Band0, "audio.band0_dbfs@1", "dBFS", -100, 20, "mean level, 60 to 119 Hz",
            "STFT"},
    CueInfo{CueId::Band1, "audio.band1_dbfs@1", "dBFS", -100, 20, "mean level, 119 to 234 Hz",
            "STFT"},
    CueInfo{CueId::Band2, "audio.band2_dbfs@1", "dBFS", -100, 20, "mean level, 234 to 464 Hz",
            "STFT"},
    CueInfo{CueId::Band3, "audio.band3_dbfs@1", "dBFS", -100, 20, "mean level, 464 to 917 Hz",
            "STFT"},
    CueInfo{CueId::Band4, "audio.band4_dbfs@1", "dBFS", -100, 20, "mean level, 917 Hz to 1.8 kHz",
            "STFT"},
    CueInfo{CueId::Band5, "audio.band5_dbfs@1", "dBFS", -100, 20, "mean level, 1.8 to 3.6 kHz",
            "STFT"},
    CueInfo{CueId::Band6, "audio.band6_dbfs@1", "dBFS", -100, 20, "mean level, 3.6 to 7.1 kHz",
            "STFT"},
    CueInfo{CueId::Band7, "audio.band7_dbfs@1", "dBFS", -100, 20, "mean level, 7.1 to 14 kHz",
            "STFT"},
    CueInfo{CueId::Fullness, "audio.fullness_db@1", "dB", -120, 0,
            "mean band level below the strongest band of the 5 s around: 0 is a full, steady sound",
            "level-free log-mel mean, docs/detection.md"},
    CueInfo{CueId::Flux, "audio.flux_db@1", "dB", 0, 100,
            "mean rise of 24 band levels from one 20-ms frame to the next, falls count 0",
            "spectral flux; Bello et al. 2005, A Tutorial on Onset Detection"},
    CueInfo{CueId::Onsets, "audio.onset_per_s@1", "1/s", 0, 50,
            "starts of sounds: 20-ms frames 6 dB above the 100 ms before them", ""},
    CueInfo{CueId::Impulse, "audio.impulse_db@1", "dB", 0, 120,
            "largest jump of level between neighbouring 20-ms frames", "impulsiveness of gunshots"},
    CueInfo{CueId::Centroid, "audio.centroid_octaves@1", "octaves", -6, 5,
            "power-weighted mean of log2(f / 1 kHz)", ""},
    CueInfo{CueId::Tilt, "audio.tilt_db@1", "dB", -120, 120,
            "mean level of the three highest bands above that of the three lowest", ""},
    CueInfo{CueId::Flatness, "audio.flatness_db@1", "dB", -100, 0,
            "spectral flatness, 100 Hz to 8 kHz: 0 is noise, low is a few tones",
            "Wiener entropy; MPEG-7 AudioSpectrumFlatness"},
    CueInfo{CueId::Voiced, "audio.voiced_share@1", "share", 0, 1,
            "how periodic the sound is between 80 and 400 Hz: voices, engines, tones",
            "autocorrelation of the spectrum; Wiener-Khinchin"},
    CueInfo{CueId::Pitch, "audio.pitch_octaves@1", "octaves", -1, 3,
            "log2(f0 / 100 Hz) of the strongest period", ""},
    CueInfo{CueId::PitchSpread, "audio.pitch_spread_octaves@1", "octaves", 0, 4,
            "standard deviation of the pitch over the ten frames: many sounds at once", ""},
    CueInfo{
        CueId::Side, "audio.side_db@1", "dB", -120, 120,
        "what differs between left and right, above what they share: effects around, not voices",
        "mid/side"},
    CueInfo{CueId::Rarity, "audio.rarity_db@1", "dB", 0, 120,
            "mean distance of the spectrum to the eight most similar moments of the recording",
            "nearest-neighbour novelty"},
    CueInfo{CueId::RarityShape, "audio.rarity_shape_db@1", "dB", 0, 120,
            "the same without the level", "nearest-neighbour novelty"},
    CueInfo{CueId::Voice, "voice.level_dbfs@1", "dBFS", -100, 20,
            "level of the loudest sound track beside the first: microphone, chat", ""},
    CueInfo{CueId::PacketSize, "packet.size_log2bytes@1", "log2(bytes)", 0, 32,
            "mean size of coded pictures that are not key pictures", ""},
    CueInfo{CueId::PacketRise, "packet.size_over_median_octaves@1", "octaves", -32, 32,
            "packet.size_log2bytes above its median over the 60 s around", "free proxy of motion"},
    CueInfo{CueId::PacketSpike, "packet.spike_octaves@1", "octaves", -32, 32,
            "largest coded picture of the sample, key pictures aside, above the mean of the 1.8 s "
            "around: flashes, explosions, respawns, score boards",
            ""},
    CueInfo{CueId::KeyJump, "packet.key_jump_octaves@1", "octaves", 0, 32,
            "how far a key picture's size is from the one before; held until the next", ""},
    CueInfo{CueId::KeyEarly, "packet.key_early_share@1", "share", 0, 1,
            "how much earlier than usual a key picture came (the encoder saw a cut)", ""},
    CueInfo{CueId::Luma, "picture.luma_level@1", "0..255", 0, 255,
            "mean luma; from a key picture to the next", ""},
    CueInfo{CueId::LumaChange, "picture.luma_change_level@1", "0..255", 0, 255,
            "mean change of luma between two key pictures, over the time between them", ""},
    CueInfo{CueId::ChromaChange, "picture.chroma_change_level@1", "0..255", 0, 255,
            "the same for chroma", ""},
    CueInfo{CueId::Flash, "picture.flash_share@1", "share", 0, 1, "pixels of luma 235 or more", ""},
    CueInfo{CueId::Red, "picture.red_share@1", "share", 0, 1,
            "pixels of strong red: damage, warnings, fire", ""},
    CueInfo{CueId::Edges, "picture.edge_level@1", "0..255", 0, 255,
            "mean step of luma between neighbouring pixels: menus and score boards against sky",
            ""},
    CueInfo{CueId::CentreChange, "picture.centre_change_level@1", "0..255", -255, 255,
            "change of luma in the middle ninth above that of the whole, between key pictures", ""},
    CueInfo{CueId::HudChange, "picture.hud_change_share@1", "share", 0, 1,
            "cells that hardly ever change (the display of the game) and did between key pictures",
            "docs/detection.md"},
    CueInfo{CueId::Cut, "picture.cut_share@1", "share", 0, 1,
            "pixels whose colour the key picture before did not have (64 bins)",
            "histogram intersection; Swain and Ballard 1991"},
    // Where the clip was looked at closely, else missing: pictures 0.1 s apart (detail_cues.hpp).
    CueInfo{CueId::DetailMotion, "detail.motion_level@1", "0..255", 0, 255,
            "mean change of luma in 0.1 s (96 x 54 means), whatever the frame rate", ""},
    CueInfo{CueId::DetailStill, "detail.still_share@1", "share", 0, 1,
            "share of the picture that did not change in 0.1 s: menus, pauses, loading", ""},
    CueInfo{CueId::DetailFlash, "detail.flash_share@1", "share", 0, 1,
            "share of the picture that got 32 levels brighter in 0.1 s, less what got darker", ""},
    CueInfo{CueId::DetailHudChange, "detail.hud_change_share@1", "share", 0, 1,
            "cells (24 x 14) that stood still for 0.5 s, stepped within 0.2 s and stand again: "
            "score, ammunition, health",
            "docs/detection.md"},
    CueInfo{CueId::DetailText, "detail.text_share@1", "share", 0, 1,
            "cells (16 x 16 pixels of a picture 640 wide) with thin bright and dark strokes that "
            "have stayed in place for 0.6 s: writing, tables, menus",
            "docs/detection.md"},
    CueInfo{CueId::DetailTextChange, "detail.text_change_share@1", "share", 0, 1,
            "the same for strokes that begin here and then stay: writing that appears", ""},
};
inline constexpr std::size_t kCueCount = kCues.size();

[[nodiscard]] constexpr std::size_t column(CueId id) { return static_cast<std::size_t>(id); }
[[nodiscard]] constexpr CueId band(std::size_t b) {
    return static_cast<CueId>(static_cast<std::size_t>(CueId::Band0) + b);
}

static_assert(
    [] {
        for (std::size_t i = 0; i < kCues.size(); ++i)
            if (column(kCues[i].id) != i) return false;
        return true;
    }(),
    "kCues is in the order of CueId");

}  // namespace aiditor::timeline
