#pragma once
/// The columns of a clip while they are being measured.

#include "timeline/cue_names.hpp"
#include "timeline/cue_track.hpp"

#include <array>
#include <optional>
#include <vector>

namespace aiditor::analyse {

using timeline::band, timeline::column, timeline::CueId;
using timeline::kBands, timeline::kCueCount, timeline::kCues, timeline::kRateHz;

/// The longest clip that is measured; what lies beyond is ignored, so memory is bounded by
/// kCueCount * kMaxSamples floats (11 MB).
inline constexpr timeline::Time kMaxDuration = timeline::seconds(4 * 3600 + 60);
inline constexpr timeline::Time kSampleLength = timeline::seconds(1) / kRateHz;
inline constexpr std::size_t kMaxSamples =
    static_cast<std::size_t>(kMaxDuration.flicks / kSampleLength.flicks);

/// The sample that holds time `t`; empty for times before 0 and beyond kMaxDuration.
[[nodiscard]] std::optional<std::size_t> sample_at(timeline::Time t);

/// Columns that grow as values are set; what was never set is NaN.
class CueGrid {
public:
    /// Limits `value` to the registered range; a value that is not finite stays missing.
    void set(CueId id, std::size_t sample, double value);
    /// The same value for the samples that hold [from, to); from >= 0.
    void fill(CueId id, timeline::Time from, timeline::Time to, double value);
    /// NaN where missing.
    [[nodiscard]] float at(CueId id, std::size_t sample) const;
    /// All columns with exactly `samples` values, in the order of the registry; leaves this empty.
    [[nodiscard]] std::vector<timeline::Cue> take(std::size_t samples);

private:
    std::array<std::vector<float>, kCueCount> columns_;
};

}  // namespace aiditor::analyse
