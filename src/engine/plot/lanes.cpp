#include "engine/plot/lanes.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace aiditor::plot {
namespace {

constexpr std::size_t kSmallestFamily = 3;

std::string with_spaces(std::string_view words) {
    auto out = printable(words);
    std::ranges::replace(out, '_', ' ');
    return out;
}

std::string unit_for_people(std::string_view unit) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kUnits{{
        {"lufs", "LUFS"},
        {"dbfs", "dBFS"},
        {"dbtp", "dBTP"},
        {"db", "dB"},
        {"hz", "Hz"},
        {"s", "seconds"},
        {"per_s", "per second"},
        {"log2bytes", "log2 of bytes"},
        {"level", "levels of 255"},
    }};
    auto const* known =
        std::ranges::find(kUnits, unit, &std::pair<std::string_view, std::string_view>::first);
    return known != kUnits.end() ? std::string(known->second) : with_spaces(unit);
}

/// A cue's name taken apart; `stem` is the quantity without a number at its end.
struct Name {
    std::string_view room, quantity, stem, unit;
    [[nodiscard]] bool numbered() const { return stem.size() < quantity.size(); }
    [[nodiscard]] bool same_family(Name const& other) const {
        return numbered() && other.numbered() && room == other.room && stem == other.stem &&
               unit == other.unit;
    }
};

Name take_apart(std::string_view name) {
    Name out;
    name = name.substr(0, name.find('@'));
    if (auto const dot = name.find('.'); dot != std::string_view::npos) {
        out.room = name.substr(0, dot);
        name.remove_prefix(dot + 1);
    }
    auto split = name.rfind('_');
    if (split != std::string_view::npos && name.substr(0, split).ends_with("_per")) split -= 4;
    out.quantity = name.substr(0, split);
    if (split != std::string_view::npos) out.unit = name.substr(split + 1);
    out.stem = out.quantity.substr(0, out.quantity.find_last_not_of("0123456789") + 1);
    return out;
}

}  // namespace

std::vector<Lane> lanes_of(timeline::CueTrack const& track) {
    std::vector<Lane> lanes;
    for (std::size_t i = 0; i < track.cues.size();) {
        auto const name = take_apart(track.cues[i].name);
        auto end = i + 1;
        while (end < track.cues.size() && name.same_family(take_apart(track.cues[end].name))) ++end;
        bool const family = end - i >= kSmallestFamily;
        if (!family) end = i + 1;
        Lane lane{.room = with_spaces(name.room),
                  .name = with_spaces(family ? name.stem : name.quantity),
                  .unit = unit_for_people(name.unit),
                  .rows = {}};
        if (family) lane.name += "s, low to high";
        for (; i < end; ++i) lane.rows.emplace_back(track.cues[i].values);
        lanes.push_back(std::move(lane));
    }
    return lanes;
}

std::vector<Column> reduce(std::span<float const> values, double rate_hz, double duration_s,
                           int width) {
    constexpr auto kNothing = std::numeric_limits<float>::quiet_NaN();
    std::vector<Column> columns(static_cast<std::size_t>(width), Column{kNothing, kNothing});
    auto const samples = static_cast<double>(values.size());
    for (int x = 0; x < width; ++x) {
        auto const from = std::floor(x * duration_s * rate_hz / width);
        if (!(from < samples)) break;
        auto const to = std::min(
            samples, std::max(from + 1, std::ceil((x + 1) * duration_s * rate_hz / width)));
        auto& column = columns[static_cast<std::size_t>(x)];
        for (auto i = static_cast<std::size_t>(from); i < static_cast<std::size_t>(to); ++i) {
            if (!std::isfinite(values[i])) continue;
            column.low = std::fmin(column.low, values[i]);  // fmin and fmax pass over a NaN
            column.high = std::fmax(column.high, values[i]);
        }
    }
    return columns;
}

std::optional<Scale> scale_of(std::span<std::span<float const> const> rows) {
    std::vector<float> all;
    for (auto const row : rows)
        std::ranges::copy_if(row, std::back_inserter(all),
                             [](float v) { return std::isfinite(v); });
    if (all.empty()) return std::nullopt;
    auto const [lowest, highest] = std::ranges::minmax(all);
    auto const rank = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 50);
    std::ranges::nth_element(all, rank);
    // Where nearly all values are the same, what is left out would be all there is to see.
    auto const low = *rank < highest ? *rank : lowest;
    return Scale{.low = low, .high = highest, .cut = lowest < low};
}

}  // namespace aiditor::plot
