#pragma once
/// Moments that somebody else marked: a game, Steam, OBS or a person. docs/events.md is for users.

#include "timeline/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aiditor::timeline {

/// One marked moment. Texts are printable (base/printable.hpp), so that they may be shown as is.
struct EventMark {
    Time at_s;                        ///< 0 to EventMarks::kLatest
    std::string kind = "event";       ///< a word or two, 1 to 40 bytes: "kill", "marker"
    double weight = 3;                ///< 0 (counts nothing) to 10 (must be in)
    std::optional<std::string> text;  ///< for people, at most 200 bytes

    friend bool operator==(EventMark const&, EventMark const&) = default;
};

/// What is wrong with a mark: the field, and a phrase that says what to do.
struct EventFlaw {
    std::string_view field, what;
};
[[nodiscard]] std::optional<EventFlaw> flaw_of(EventMark const& mark);

/// The marks of one clip, in any order. JSON: `offset_s`, `kind`, `weight` and `text` may be left
/// out; then they are as below. Errors on reading: BadJson, LimitReached for too many events.
struct EventMarks {
    static constexpr char const* kSchema = "aiditor.events/1";
    static constexpr Time kLatest = seconds(4 * 3600);  ///< as long as a clip may be
    static constexpr std::size_t kMostEvents = 10'000;
    static constexpr std::size_t kMostKindBytes = 40, kMostTextBytes = 200;

    Time offset_s;  ///< added to every at_s; from -kLatest to kLatest
    std::vector<EventMark> events;

    [[nodiscard]] Result<> validate(std::string const& pointer) const;
    friend bool operator==(EventMarks const&, EventMarks const&) = default;
};

/// The marks that fall inside a clip of this length, offset applied and in time order.
[[nodiscard]] EventMarks inside(EventMarks const& marks, Time duration);

}  // namespace aiditor::timeline

template <>
struct aiditor::json::Codec<aiditor::timeline::EventMark> {
    static Value write(timeline::EventMark const& mark);
    static Result<timeline::EventMark> read(Value const& v, std::string const& pointer);
};
template <>
struct aiditor::json::Codec<aiditor::timeline::EventMarks> {
    static Value write(timeline::EventMarks const& marks);
    static Result<timeline::EventMarks> read(Value const& v, std::string const& pointer);
};
