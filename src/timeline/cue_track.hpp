#pragma once
/// What was measured in a clip: columns of numbers on one regular time grid.

#include "timeline/time.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aiditor::timeline {

/// One measured quantity; sample i covers [i, i+1) / rate of the clip. NaN marks "not measured"
/// (before the first key frame, no sound): missing is never 0.
struct Cue {
    std::string name;  ///< `room.quantity_unit@version`, see cue_names.hpp
    std::vector<float> values;

    /// Whether every value is missing (not finite) or in the range of the registry; within 10^6 for
    /// a cue that this version does not know.
    [[nodiscard]] bool in_range() const;
    friend bool operator==(Cue const& a, Cue const& b);  ///< NaN equals NaN
};

/// A run of grid samples without a value: [from, to).
struct MissingRun {
    std::int64_t from = 0, to = 0;
};
BOOST_DESCRIBE_STRUCT(MissingRun, (), (from, to))

/// The columns of one clip. JSON: header fields, and per cue little-endian float32 in base64 with
/// a list of missing runs. Limits on reading: 256 cues, 2^20 samples each.
struct CueTrack {
    static constexpr char const* kSchema = "aiditor.cue_track/1";
    std::string file;
    std::string sha256;
    std::string analyser;  ///< version; part of the cache key
    Time duration_s;
    double rate_hz = 5;
    std::int64_t samples = 0;
    std::vector<Cue> cues;

    /// The column, or an empty span when this track does not have it.
    [[nodiscard]] std::span<float const> find(std::string_view name) const;
    [[nodiscard]] Result<> validate(std::string const& pointer) const;
};
BOOST_DESCRIBE_STRUCT(CueTrack, (), (file, sha256, analyser, duration_s, rate_hz, samples, cues))

}  // namespace aiditor::timeline

template <>
struct aiditor::json::Codec<aiditor::timeline::Cue> {
    static Value write(timeline::Cue const& cue);
    static Result<timeline::Cue> read(Value const& v, std::string const& pointer);
};
