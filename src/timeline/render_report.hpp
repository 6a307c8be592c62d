#pragma once
/// What was made: the answer of `aiditor render`.

#include "timeline/edit_plan.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aiditor::timeline {

/// Sound of the finished file, measured on its decoded samples (EBU R 128, ITU-R BS.1770-4).
struct SoundReport {
    std::optional<double> loudness_lufs;  ///< absent for digital silence
    std::optional<double> true_peak_dbtp;
    double gain_db = 0;        ///< applied to every clip alike
    bool near_silent = false;  ///< left as it was: nothing to bring to -14 LUFS
    std::int64_t samples = 0;  ///< per channel at 48 kHz
};
BOOST_DESCRIBE_STRUCT(SoundReport, (),
                      (loudness_lufs, true_peak_dbtp, gain_db, near_silent, samples))

struct OutputReport {
    std::string file;
    Format format = Format::Landscape;
    int width = 0, height = 0;
    std::int64_t frames = 0;
    std::int64_t size_bytes = 0;
    std::string sha256;
    std::string encoder;
};
BOOST_DESCRIBE_STRUCT(OutputReport, (),
                      (file, format, width, height, frames, size_bytes, sha256, encoder))

struct RenderReport {
    static constexpr char const* kSchema = "aiditor.render_report/1";
    Rational frame_rate{30, 1};
    Time length_s;
    SoundReport sound;
    std::vector<OutputReport> outputs;
    std::vector<std::string> notes;
};
BOOST_DESCRIBE_STRUCT(RenderReport, (), (frame_rate, length_s, sound, outputs, notes))

}  // namespace aiditor::timeline
