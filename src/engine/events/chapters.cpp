#include "engine/events/chapters.hpp"

#include <algorithm>

namespace aiditor::events {

using timeline::Chapter;
using timeline::EventMarks;
using timeline::Time;

namespace {

constexpr Time kAtTheStart = timeline::milliseconds(500);

/// "Word 3": a number that a program counted up.
bool only_counts(std::string_view title) {
    auto const space = title.rfind(' ');
    if (title.empty()) return true;
    auto const number = title.substr(space == std::string_view::npos ? 0 : space + 1);
    bool const digits =
        !number.empty() && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
    return digits && title.find(' ') == space;
}

bool from_a_hotkey(std::string_view title) {
    return title.starts_with("Unnamed ") && only_counts(title);
}

/// Equal slices from 0 to the end, the last one perhaps shorter. Muxers cut at key frames, so a
/// slice may be a little off.
bool is_sliced(std::vector<Chapter> const& chapters, Time duration) {
    if (chapters.size() < 3 || kAtTheStart < chapters[0].start_s) return false;
    auto const step = chapters[1].start_s - chapters[0].start_s;
    auto const slack = std::max(timeline::seconds(1), step / 50);
    for (std::size_t i = 1; i < chapters.size(); ++i) {
        auto const gap = chapters[i].start_s - chapters[i - 1].start_s;
        if (gap < step - slack || step + slack < gap) return false;
    }
    return duration - chapters.back().start_s <= step + slack;
}

}  // namespace

EventMarks marks_of(timeline::MediaInfo const& media) {
    EventMarks marks;
    if (!media.chapters || is_sliced(*media.chapters, media.duration_s)) return marks;
    for (auto const& chapter : *media.chapters) {
        if (chapter.start_s <= kAtTheStart || EventMarks::kLatest < chapter.start_s) continue;
        auto& mark = marks.events.emplace_back();
        mark.at_s = chapter.start_s;
        mark.kind = from_a_hotkey(chapter.title) ? "marker" : "chapter";
        if (mark.kind == "marker") mark.weight = 5;
        if (!only_counts(chapter.title)) mark.text = chapter.title;
    }
    return marks;
}

}  // namespace aiditor::events
