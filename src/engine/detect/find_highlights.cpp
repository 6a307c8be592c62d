#include "engine/detect/find_highlights.hpp"

#include "base/printable.hpp"
#include "engine/detect/peaks.hpp"
#include "engine/detect/taste.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;
using timeline::EventMarks;
using timeline::Time;

constexpr std::string_view kEnding = "ending", kEvent = "event";

/// Replay buffers are saved just after the moment: full weight in the last 10 s, none before 40 s.
constexpr double kEndingFullSeconds = 10, kEndingNoneSeconds = 40;

/// A picture or two is no moment.
constexpr Time kShortestClip = timeline::seconds(1);

/// What a clip without anything to judge is measured by, so that marks still count.
constexpr double kLeastWithoutEvidence = 2;

/// How a mark spreads over time, in seconds from it: nothing at the ends, all between the middles.
struct Spread {
    double from, full_from, full_to, to;
    [[nodiscard]] double at(double s) const {
        auto const rise = (s - from) / (full_from - from), fall = (to - s) / (to - full_to);
        return std::clamp(std::min(rise, fall), 0.0, 1.0);
    }
};
constexpr Spread kOfEvent{-2.5, -1.0, 0.5, 1.5}, kOfMarker{-8, -5, -1, 1};

double seconds_of(std::size_t sample) { return (static_cast<double>(sample) + 0.5) / kRateHz; }

Time sample_start(std::size_t i) {
    return timeline::frame_start(static_cast<std::int64_t>(i), {kRateHz, 1});
}

Part ending(Time duration, std::size_t samples, double weight) {
    Part part{.group = kEnding, .kind = kEnding, .unit = weight, .values = {}};
    auto const duration_s = timeline::to_seconds(duration);
    for (std::size_t i = 0; i < samples; ++i) {
        auto const share = (kEndingNoneSeconds - (duration_s - seconds_of(i))) /
                           (kEndingNoneSeconds - kEndingFullSeconds);
        part.values.push_back(quantised(weight * std::clamp(share, 0.0, 1.0)));
    }
    return part;
}

Part events(EventMarks const& marks, std::size_t samples, double weight) {
    Part part{.group = kEvent, .kind = kEvent, .unit = weight, .values = {}};
    part.values.assign(samples, 0);
    for (auto const& mark : marks.events) {
        auto const& spread = mark.kind == "marker" ? kOfMarker : kOfEvent;
        auto const at_s = timeline::to_seconds(mark.at_s + marks.offset_s);
        auto const first = std::max(0.0, (at_s + spread.from) * kRateHz);
        for (auto i = static_cast<std::size_t>(first);
             i < samples && seconds_of(i) < at_s + spread.to; ++i) {
            auto const x = quantised(weight * mark.weight * spread.at(seconds_of(i) - at_s));
            part.values[i] = std::max(part.values[i], x);
        }
    }
    return part;
}

/// A clip with everything that counts in it.
class Judged {
public:
    Judged(CueTrack const& track, Evidence const& evidence, EventMarks const* marks,
           Wishes const& wishes, Taste const& taste)
        : track_(track), evidence_(evidence), parts_(evidence.parts) {
        auto const samples = static_cast<std::size_t>(track.samples);
        least_ = evidence.least > 0 ? evidence.least : kLeastWithoutEvidence;
        floor_.assign(samples, least_);
        if (marks && !marks->events.empty()) parts_.push_back(events(*marks, samples, least_ / 2));
        if (track.duration_s < kShortClip)
            parts_.push_back(ending(track.duration_s, samples, least_ / 2));
        score_.assign(samples, 0);
        for (auto& part : parts_) count(part, wishes);
        if (wishes.likes.marks.empty()) return;
        parts_.push_back(taste.part(track, score_, least_));
        count(parts_.back(), wishes);
    }

    [[nodiscard]] timeline::ClipHighlights answer() const {
        timeline::ClipHighlights out;
        out.file = track_.file;
        out.sha256 = track_.sha256;
        out.duration_s = track_.duration_s;
        out.curve.rate_hz = kRateHz;
        out.curve.values = score_;
        bool const marked =
            std::ranges::any_of(parts_, [](Part const& part) { return part.group == kEvent; });
        if (evidence_.least <= 0 && !marked) return out;
        if (track_.duration_s < kShortestClip) return out;
        auto const fall = evidence_.least > 0 ? evidence_.least_fall : least_ / 2;
        for (auto const& m : find_moments(score_, evidence_.onset, floor_, fall))
            out.highlights.push_back(describe(m));
        return out;
    }

private:
    void count(Part& part, Wishes const& wishes) {
        auto const wish = wishes.weights.find(part.group);
        if (wish != wishes.weights.end())
            for (auto& x : part.values) x = quantised(x * wish->second);
        for (std::size_t i = 0; i < score_.size(); ++i) score_[i] += part.values[i];
        // The place alone never makes a moment: it is added to what must be reached.
        if (part.group != kEnding) return;
        for (std::size_t i = 0; i < score_.size(); ++i) floor_[i] += part.values[i];
    }
    [[nodiscard]] timeline::Highlight describe(Moment const& m) const {
        timeline::Highlight out;
        out.start_s = std::min(sample_start(m.from), track_.duration_s);
        out.end_s = std::min(sample_start(m.to), track_.duration_s);
        out.score = score_[m.best];
        out.kind = kEnding;
        double largest = 0;
        for (auto const& part : parts_) {
            auto const value = part.values[m.best];
            out.why[std::string(part.group)] = value;
            if (part.group == kEnding || part.unit <= 0 || value / part.unit <= largest) continue;
            largest = value / part.unit;
            out.kind = part.kind;
        }
        // Whoever marked the moment knows when it was better than the sound around it.
        auto const peak = out.kind == kEvent ? m.best : m.peak;
        out.peak_s = std::min(sample_start(peak) + timeline::milliseconds(100), out.end_s);
        return out;
    }

    CueTrack const& track_;
    Evidence const& evidence_;
    std::vector<Part> parts_;
    std::vector<double> score_, floor_;
    double least_ = 0;
};

}  // namespace

Result<> check(Wishes const& wishes, std::span<Evidence const> evidence) {
    if (evidence.empty()) return {};
    std::vector<std::string_view> groups;
    for (auto const& part : evidence.front().parts) groups.push_back(part.group);
    groups.insert(groups.end(), {kEnding, kEvent, kTaste});
    for (auto const& [group, factor] : wishes.weights)
        if (std::ranges::find(groups, group) == groups.end())
            return fail(ErrorCode::Usage,
                        fmt::format("--weight {}: this detector has no such reason; it has {}",
                                    printable(group), fmt::join(groups, ", ")));
    return {};
}

Result<std::vector<Evidence>> weigh(Detector const& detector, std::span<CueTrack const> tracks) {
    for (auto const& track : tracks) {
        if (auto const valid = track.validate(""); !valid)
            return std::unexpected(Error(valid.error()).while_doing(track.file));
        if (track.rate_hz != kRateHz)
            return fail(ErrorCode::BadJson,
                        track.file + ": cues must have 5 samples a second; run analyse again.");
    }
    return detector.weigh(tracks);
}

timeline::Highlights find_highlights(std::string_view detector, std::span<CueTrack const> tracks,
                                     std::span<Evidence const> evidence,
                                     std::span<EventMarks const> marks, Wishes const& wishes) {
    assert(evidence.size() == tracks.size());
    assert(marks.empty() || marks.size() == tracks.size());
    timeline::Highlights out;
    out.detector = detector;
    Taste const taste(wishes.likes, tracks);
    for (std::size_t i = 0; i < tracks.size(); ++i)
        out.clips.push_back(
            Judged(tracks[i], evidence[i], marks.empty() ? nullptr : &marks[i], wishes, taste)
                .answer());
    return out;
}

}  // namespace aiditor::detect
