#pragma once
/// Measures the sound of a clip as it is decoded.

#include "base/result.hpp"
#include "engine/analyse/cue_grid.hpp"
#include "engine/analyse/pitch.hpp"
#include "engine/analyse/rarity.hpp"
#include "engine/media/fft.hpp"
#include "timeline/time.hpp"

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace aiditor::analyse {

/// Cuts sound into 20-ms frames with a Hann window of about 43 ms and sums them up per sample of
/// the grid. A sample with less than 60 ms of sound stays missing. Memory is constant.
class SoundCues {
public:
    static constexpr std::size_t kFineBands = Rarity::kFineBands;

    explicit SoundCues(CueGrid& grid);
    ~SoundCues();
    SoundCues(SoundCues const&) = delete;
    SoundCues& operator=(SoundCues const&) = delete;

    /// See CueBuilder::sound.
    void add(timeline::Time start, std::span<float const> left, std::span<float const> right,
             int rate_hz);
    /// Writes the sample in progress and the cues that need the whole clip.
    /// Errors: Internal when the libraries could not be set up.
    Result<> finish();

private:
    struct Meter;
    /// What depends on the sampling rate alone.
    struct Setup {
        int rate_hz;
        media::RealFft fft;
        PitchMeter pitch;
        std::vector<float> window, power, octaves;
        float scale;  ///< |X|^2 to mean square
        std::array<std::size_t, kFineBands + 1> edges;
        std::size_t bands;  ///< how many of the kBands lie below half the sampling rate
        std::size_t flat_from, flat_to;  ///< bins in which flatness is measured
    };
    /// Sums over the frames of one sample of the grid.
    struct Sums {
        int frames = 0, centred = 0, onsets = 0;
        double mean_square = 0, side_square = 0, flux = 0, octaves = 0, flatness = 0;
        double voiced = 0, pitch = 0, pitch_square = 0;
        float peak = 0, impulse = 0;
        std::array<double, kBands> band{};
        std::array<double, kFineBands> fine{};
    };

    bool set_up(int rate_hz);
    void begin_stretch(timeline::Time start);
    void append(std::span<float const> left, std::span<float const> right);
    void frame();
    void spectrum();
    void timbre();
    void level(std::size_t hop);
    void write_sample();
    void write_fullness();

    CueGrid& grid_;
    std::optional<Setup> setup_;
    std::optional<Error> error_;
    int set_ups_ = 0;

    // The stretch of unbroken sound in progress.
    bool open_ = false;
    timeline::Time anchor_;
    std::int64_t received_ = 0;  ///< samples since the anchor
    std::int64_t frames_ = 0;    ///< frames since the anchor
    std::vector<float> left_, right_, interleaved_;
    std::unique_ptr<Meter> meter_;
    std::array<float, kFineBands> last_bands_{};
    std::array<double, 5> last_levels_{};  ///< mean squares of the last 100 ms, a ring
    double last_level_db_ = 0;
    int since_onset_ = 0;

    std::optional<std::size_t> sample_;
    Sums sums_;
    Rarity rarity_;
    std::size_t end_ = 0;  ///< one past the last sample written
};

}  // namespace aiditor::analyse
