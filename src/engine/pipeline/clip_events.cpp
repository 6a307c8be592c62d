#include "engine/pipeline/clip_events.hpp"

#include "base/printable.hpp"
#include "engine/events/chapters.hpp"
#include "engine/events/sidecar.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace aiditor::pipeline {

using timeline::EventMark;
using timeline::EventMarks;

namespace {

std::string counted(std::size_t n) { return fmt::format("{} event{}", n, n == 1 ? "" : "s"); }

/// The marks of the clip's sidecar; none when there is no usable one.
EventMarks from_sidecar(timeline::MediaInfo const& media, Reporter& reporter) {
    auto const path = events::sidecar_of(media.file);
    if (!path) return {};
    auto const marks = events::read_sidecar(*path);
    if (!marks) {
        reporter.note(marks.error().message + " (until then its events are ignored)");
        return {};
    }
    auto used = timeline::inside(*marks, media.duration_s);
    auto const outside = marks->events.size() - used.events.size();
    auto text = fmt::format("{}: {}", printable(*path), counted(used.events.size()));
    if (outside > 0)
        text += fmt::format("; {} outside the clip ignored, check offset_s", counted(outside));
    reporter.note(text);
    return used;
}

}  // namespace

std::vector<EventMarks> events_for(AnalysisSet const& analysed, Reporter& reporter) {
    std::vector<EventMarks> out;
    for (auto const& clip : analysed.clips) {
        auto marks = from_sidecar(clip.media, reporter);
        auto chapters = timeline::inside(events::marks_of(clip.media), clip.media.duration_s);
        std::ranges::move(chapters.events, std::back_inserter(marks.events));
        std::ranges::stable_sort(marks.events, {}, &EventMark::at_s);
        out.push_back(std::move(marks));
    }
    return out;
}

}  // namespace aiditor::pipeline
