#include "timeline/cue_track.hpp"

#include "base/base64.hpp"
#include "timeline/cue_names.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace aiditor::timeline {

namespace {
constexpr std::size_t kMaxCues = 256;
/// Of a cue that this version does not know.
constexpr float kMostUnknown = 1e6F;
constexpr std::int64_t kMaxSamples = 1 << 20;
static_assert(std::endian::native == std::endian::little, "cue columns are little-endian");

/// The JSON form of a Cue.
struct PackedCue {
    std::string name;
    std::vector<MissingRun> missing;
    std::string float32_base64;
};
BOOST_DESCRIBE_STRUCT(PackedCue, (), (name, missing, float32_base64))
}  // namespace

bool operator==(Cue const& a, Cue const& b) {
    return a.name == b.name && std::ranges::equal(a.values, b.values, [](float x, float y) {
               return x == y || (std::isnan(x) && std::isnan(y));
           });
}

bool Cue::in_range() const {
    auto const known = std::ranges::find(kCues, name, &CueInfo::name);
    auto const low = known == kCues.end() ? -kMostUnknown : known->low;
    auto const high = known == kCues.end() ? kMostUnknown : known->high;
    return std::ranges::all_of(
        values, [&](float x) { return !std::isfinite(x) || (low <= x && x <= high); });
}

std::span<float const> CueTrack::find(std::string_view name) const {
    auto const it = std::ranges::find(cues, name, &Cue::name);
    return it == cues.end() ? std::span<float const>{} : std::span<float const>(it->values);
}

Result<> CueTrack::validate(std::string const& pointer) const {
    if (cues.size() > kMaxCues) return json::bad(pointer + "/cues", "has more than 256 cues");
    if (samples < 0 || samples > kMaxSamples)
        return json::bad(pointer + "/samples", "must be from 0 to 1048576");
    if (!(rate_hz > 0 && rate_hz <= 100))
        return json::bad(pointer + "/rate_hz", "must be above 0 and at most 100");
    for (std::size_t i = 0; i < cues.size(); ++i) {
        auto const here = pointer + "/cues/" + std::to_string(i);
        if (static_cast<std::int64_t>(cues[i].values.size()) != samples)
            return json::bad(here, "must hold `samples` values");
        if (!cues[i].in_range()) return json::bad(here, "holds values that its cue cannot have");
    }
    return {};
}

}  // namespace aiditor::timeline

namespace aiditor::json {

using timeline::Cue;
using timeline::PackedCue;

Value Codec<Cue>::write(Cue const& cue) {
    PackedCue packed{.name = cue.name, .missing = {}, .float32_base64 = {}};
    auto values = cue.values;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isnan(values[i])) continue;
        auto const at = static_cast<std::int64_t>(i);
        if (packed.missing.empty() || packed.missing.back().to != at)
            packed.missing.push_back({at, at});
        packed.missing.back().to = at + 1;
        values[i] = 0;
    }
    packed.float32_base64 = base64_encode(std::as_bytes(std::span(values)));
    return to_value(packed);
}

Result<Cue> Codec<Cue>::read(Value const& v, std::string const& pointer) {
    auto const packed = TRY(from_value<PackedCue>(v, pointer));
    auto const bytes = base64_decode(packed.float32_base64);
    if (!bytes || bytes->size() % sizeof(float) != 0)
        return bad(pointer + "/float32_base64", "must be base64 of whole float32 values");
    Cue cue{.name = packed.name, .values = std::vector<float>(bytes->size() / sizeof(float))};
    if (!bytes->empty()) std::memcpy(cue.values.data(), bytes->data(), bytes->size());
    if (!std::ranges::all_of(cue.values, [](float x) { return std::isfinite(x); }))
        return bad(pointer + "/float32_base64", "must hold finite numbers");
    auto const size = static_cast<std::int64_t>(cue.values.size());
    for (auto const& run : packed.missing) {
        if (run.from < 0 || run.to < run.from || run.to > size)
            return bad(pointer + "/missing", "must lie inside the column");
        std::fill(cue.values.begin() + run.from, cue.values.begin() + run.to,
                  std::numeric_limits<float>::quiet_NaN());
    }
    return cue;
}

}  // namespace aiditor::json
