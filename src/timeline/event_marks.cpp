#include "timeline/event_marks.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::timeline {

namespace {

/// The JSON forms, with what may be left out.
struct WrittenMark {
    Time at_s;
    std::optional<std::string> kind;
    std::optional<double> weight;
    std::optional<std::string> text;
};
BOOST_DESCRIBE_STRUCT(WrittenMark, (), (at_s, kind, weight, text))

struct WrittenMarks {
    static constexpr char const* kSchema = EventMarks::kSchema;
    std::optional<Time> offset_s;
    std::vector<EventMark> events;
};
BOOST_DESCRIBE_STRUCT(WrittenMarks, (), (offset_s, events))

}  // namespace

std::optional<EventFlaw> flaw_of(EventMark const& mark) {
    if (mark.at_s < Time{}) return EventFlaw{"at_s", "must not be negative; count from the start"};
    if (EventMarks::kLatest < mark.at_s)
        return EventFlaw{"at_s", "must be at most 4 hours (14400 s); give seconds of the clip"};
    if (mark.kind.empty() || mark.kind.size() > EventMarks::kMostKindBytes)
        return EventFlaw{"kind", "must be 1 to 40 bytes; use a word such as kill"};
    if (printable(mark.kind) != mark.kind)
        return EventFlaw{"kind", "must not hold control characters; remove them"};
    if (!(mark.weight >= 0 && mark.weight <= 10))
        return EventFlaw{"weight", "must be from 0 to 10; 3 is usual"};
    if (!mark.text) return std::nullopt;
    if (mark.text->size() > EventMarks::kMostTextBytes)
        return EventFlaw{"text", "must be at most 200 bytes; shorten it"};
    if (printable(*mark.text) != *mark.text)
        return EventFlaw{"text", "must not hold control characters; remove them"};
    return std::nullopt;
}

Result<> EventMarks::validate(std::string const& pointer) const {
    if (offset_s < -kLatest || kLatest < offset_s)
        return json::bad(pointer + "/offset_s", "must be from -14400 to 14400 s (4 hours)");
    if (events.size() > kMostEvents)
        return fail(ErrorCode::LimitReached,
                    fmt::format("at {}/events: holds {} events; keep the {} that matter most",
                                pointer, events.size(), kMostEvents));
    for (std::size_t i = 0; i < events.size(); ++i)
        if (auto const flaw = flaw_of(events[i]))
            return json::bad(fmt::format("{}/events/{}/{}", pointer, i, flaw->field), flaw->what);
    return {};
}

EventMarks inside(EventMarks const& marks, Time duration) {
    EventMarks out;
    for (auto mark : marks.events) {
        mark.at_s += marks.offset_s;
        if (mark.at_s >= Time{} && mark.at_s <= duration) out.events.push_back(std::move(mark));
    }
    std::ranges::stable_sort(out.events, {}, &EventMark::at_s);
    return out;
}

}  // namespace aiditor::timeline

namespace aiditor::json {

using timeline::EventMark;
using timeline::EventMarks;

Value Codec<EventMark>::write(EventMark const& mark) {
    return to_value(timeline::WrittenMark{mark.at_s, mark.kind, mark.weight, mark.text});
}

Result<EventMark> Codec<EventMark>::read(Value const& v, std::string const& pointer) {
    auto written = TRY(from_value<timeline::WrittenMark>(v, pointer));
    EventMark mark;
    mark.at_s = written.at_s;
    if (written.kind) mark.kind = std::move(*written.kind);
    mark.weight = written.weight.value_or(mark.weight);
    mark.text = std::move(written.text);
    return mark;
}

Value Codec<EventMarks>::write(EventMarks const& marks) {
    return to_value(timeline::WrittenMarks{marks.offset_s, marks.events});
}

Result<EventMarks> Codec<EventMarks>::read(Value const& v, std::string const& pointer) {
    auto written = TRY(from_value<timeline::WrittenMarks>(v, pointer));
    EventMarks marks{written.offset_s.value_or(timeline::Time{}), std::move(written.events)};
    TRY_VOID(marks.validate(pointer));
    return marks;
}

}  // namespace aiditor::json
