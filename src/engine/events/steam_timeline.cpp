#include "engine/events/steam_timeline.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace aiditor::events {

using timeline::EventMark;
using timeline::EventMarks;
using timeline::Time;

namespace {

constexpr std::int64_t kMostWhole = 30LL * 24 * 3600 * 1000;  // a session of a month, in ms
constexpr std::int64_t kMostPriority = 1000;                  // k_unMaxTimelinePriority

/// A whole number, given as one or as text; nothing when the key is absent.
Result<std::optional<std::int64_t>> whole_number(json::Object const& entry, std::string_view key,
                                                 std::string const& pointer) {
    auto const* value = entry.if_contains(key);
    if (!value) return std::nullopt;
    std::int64_t n = -1;
    boost::system::error_code ec;
    if (value->is_string()) {
        auto const& text = value->get_string();
        auto const* end = text.data() + text.size();
        auto const [stop, error] = std::from_chars(text.data(), end, n);
        if (error != std::errc{} || stop != end) n = -1;
    } else if (auto const given = value->to_number<std::int64_t>(ec); !ec) {
        n = given;
    }
    if (n < 0 || n > kMostWhole)
        return json::bad(json::join_pointer(pointer, key),
                         fmt::format("must be a whole number from 0 to {}", kMostWhole));
    return n;
}

std::string text_of(json::Object const& entry, std::string_view key) {
    auto const* value = entry.if_contains(key);
    if (!value || !value->is_string()) return {};
    std::string text(value->get_string());
    return text.starts_with('#') ? std::string() : text;  // a token that Steam translates
}

/// At most 200 bytes of it, whole characters, printable.
std::string cleaned(std::string const& text) {
    auto out = printable(text);
    if (out.size() <= EventMarks::kMostTextBytes) return out;
    auto size = EventMarks::kMostTextBytes;
    while (size > 0 && (static_cast<unsigned char>(out[size]) & 0xC0U) == 0x80U) --size;
    out.resize(size);
    return out;
}

Result<double> weight_of_event(json::Object const& entry, std::string const& pointer) {
    constexpr std::array<double, 4> kByClip{1.5, 0.5, 2.5, 4};  // ETimelineEventClipPriority
    // Held rather than refused: a later Steam may know more steps.
    auto const given = [&](std::string_view key, std::int64_t most) -> Result<std::int64_t> {
        return std::min(TRY(whole_number(entry, key, pointer)).value_or(0), most);
    };
    auto const clip = TRY(given("possible_clip", kByClip.size() - 1));
    auto const priority = TRY(given("priority", kMostPriority));
    return kByClip.at(static_cast<std::size_t>(clip)) + static_cast<double>(priority) / 1000;
}

/// The mark of one entry; nothing for an entry that marks no moment of the clip.
Result<std::optional<EventMark>> mark_of(json::Value const& value, Time offset,
                                         std::string const& pointer) {
    if (!value.is_object()) return json::bad(pointer, "must be an object");
    auto const& entry = value.get_object();
    auto const* type = entry.if_contains("type");
    if (!type || !type->is_string()) return json::bad(pointer + "/type", "must be text");
    EventMark mark;
    auto const& name = type->get_string();
    if (name == "usermarker") mark.kind = "marker", mark.weight = 5;
    else if (name == "screenshot" || name == "achievement") mark.kind = name, mark.weight = 4;
    else if (name == "event") mark.weight = TRY(weight_of_event(entry, pointer));
    else return std::nullopt;

    auto const at = TRY(whole_number(entry, "time", pointer));
    if (!at) return json::bad(pointer + "/time", "is missing; give milliseconds");
    auto const length = TRY(whole_number(entry, "duration", pointer));
    mark.at_s = timeline::milliseconds(*at + length.value_or(0)) + offset;
    if (mark.at_s < Time{} || EventMarks::kLatest < mark.at_s) return std::nullopt;

    auto title = text_of(entry, "title");
    auto const description = text_of(entry, "description");
    if (!title.empty() && !description.empty()) title += ": ";
    title = cleaned(title + description);
    if (!title.empty()) mark.text = std::move(title);
    return mark;
}

}  // namespace

bool is_steam_timeline(json::Value const& value) {
    return value.is_object() && !value.get_object().contains("schema") &&
           value.get_object().contains("entries");
}

Result<EventMarks> marks_of_steam_timeline(json::Value const& value) {
    auto const& object = value.get_object();
    Time offset;
    if (auto const* given = object.if_contains("offset_s"))
        offset = TRY(json::from_value<Time>(*given, "/offset_s"));
    EventMarks marks;
    auto const add = [&](json::Value const& entry, std::string_view key) -> Result<> {
        auto mark = TRY(mark_of(entry, offset, json::join_pointer("/entries", key)));
        if (mark) marks.events.push_back(std::move(*mark));
        return {};
    };
    auto const& entries = object.at("entries");
    if (entries.is_array()) {
        for (std::size_t i = 0; i < entries.get_array().size(); ++i)
            TRY_VOID(add(entries.get_array()[i], std::to_string(i)));
    } else if (entries.is_object()) {
        for (auto const& [key, entry] : entries.get_object()) TRY_VOID(add(entry, key));
    } else {
        return json::bad("/entries", "must be a list");
    }
    std::ranges::stable_sort(marks.events, {}, &EventMark::at_s);
    TRY_VOID(marks.validate(""));
    return marks;
}

}  // namespace aiditor::events
