#include "engine/edit/plan_montage.hpp"

#include "engine/edit/selection.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <fmt/format.h>
#include <numeric>
#include <optional>

namespace aiditor::edit {

using namespace timeline;

namespace {

constexpr Time kMaxLength = seconds(12 * 3600), kMaxLead = seconds(60);
constexpr Time kMaxTransition = seconds(5);
constexpr Time kCoreBefore = seconds(1), kCoreAfter = milliseconds(700);
constexpr Time kJoinGap = seconds(1), kWidenMost = seconds(3);
constexpr Rational kDefaultRate{30, 1};

constexpr std::array kStandardRates{
    Rational{24000, 1001}, Rational{24, 1},       Rational{25, 1},
    Rational{30000, 1001}, Rational{30, 1},       Rational{48, 1},
    Rational{50, 1},       Rational{60000, 1001}, Rational{60, 1},
};

/// a / b within 0.02 %, far less than the 0.1 % between 30 and 29.97.
bool equals(Rational a, Rational b, std::int64_t times = 1) {
    auto const left = a.num * b.den, right = b.num * a.den * times;
    return std::abs(left - right) <= right / 5000;
}

/// A place where something happens, on the frame grid of its source.
struct Candidate {
    std::size_t source = 0;
    Moment moment;
};

class Planner {
public:
    /// Sources that `dropped` marks are not shown, but count as material.
    Planner(Highlights const& found, PlanOptions const& options, Rational rate,
            std::vector<bool> const& dropped)
        : found_(found),
          options_(options),
          rate_(rate),
          lead_in_(frames_in(options.lead_in, rate)),
          lead_out_(frames_in(options.lead_out, rate)),
          all_frames_(count_frames()),
          source_frames_(without(all_frames_, dropped)),
          material_(std::reduce(all_frames_.begin(), all_frames_.end())),
          asked_(std::max<std::int64_t>(1, frames_in(options.length, rate))),
          selection_(source_frames_, std::min(asked_, material_), frames_in(kJoinGap, rate),
                     {.picks = kMostClips, .sources = options.max_sources}) {}

    [[nodiscard]] std::int64_t material() const { return material_; }
    [[nodiscard]] bool reached_length() const { return selection_.remaining() == 0; }
    void choose() {
        take_highlights();
        if (options_.fill) fill();
    }
    /// The picks in the asked order.
    [[nodiscard]] std::vector<Pick> ordered() const;
    [[nodiscard]] EditPlan plan(std::vector<Pick> const& picks) const;

private:
    [[nodiscard]] std::vector<std::int64_t> count_frames() const;
    [[nodiscard]] static std::vector<std::int64_t> without(std::vector<std::int64_t> frames,
                                                           std::vector<bool> const& dropped) {
        for (std::size_t s = 0; s < frames.size(); ++s)
            if (dropped[s]) frames[s] = 0;
        return frames;
    }
    [[nodiscard]] std::int64_t frame_at(Time t) const {
        return mul_div(t.flicks - frame_start(1, rate_).flicks / 2, rate_.num,
                       rate_.den * Time::kPerSecond);
    }
    [[nodiscard]] std::vector<Candidate> peaks() const;
    [[nodiscard]] std::vector<Candidate> curve_samples() const;
    /// From `before` frames ahead of the peak to `after` behind it, inside the source.
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> around(Candidate const& c,
                                                               std::int64_t before,
                                                               std::int64_t after) const {
        auto const frames = source_frames_[c.source];
        return {std::max<std::int64_t>(0, c.moment.peak - before),
                std::min(frames, c.moment.peak + std::max<std::int64_t>(1, after))};
    }
    void take_highlights();
    void fill();
    [[nodiscard]] Transition transition(Pick const& out, Pick const& in) const;
    [[nodiscard]] std::int64_t handle(Pick const& pick, bool at_start) const;
    void add_notes(EditPlan& plan) const;

    Highlights const& found_;
    PlanOptions const& options_;
    Rational rate_;
    std::int64_t lead_in_, lead_out_;
    std::vector<std::int64_t> all_frames_, source_frames_;  ///< there are, may be shown
    std::int64_t material_, asked_;
    Selection selection_;
    std::int64_t filled_ = 0;
};

std::vector<std::int64_t> Planner::count_frames() const {
    std::vector<std::int64_t> counts;
    for (auto const& clip : found_.clips) {
        auto n = frames_in(clip.duration_s, rate_);
        // A frame that is mostly beyond the end is not material; a few ticks of rounding are fine.
        if (clip.duration_s + frame_start(1, rate_) / 4 < frame_start(n, rate_)) --n;
        counts.push_back(std::max<std::int64_t>(0, n));
    }
    return counts;
}

std::vector<Candidate> Planner::peaks() const {
    std::vector<Candidate> all;
    for (std::size_t s = 0; s < found_.clips.size(); ++s)
        for (auto const& h : found_.clips[s].highlights)
            if (source_frames_[s] > 0)
                all.push_back(
                    {s,
                     {std::clamp<std::int64_t>(frame_at(h.peak_s), 0, source_frames_[s] - 1),
                      h.score, &h}});
    std::ranges::stable_sort(all, std::ranges::greater{},
                             [](auto const& c) { return c.moment.score; });
    return all;
}

std::vector<Candidate> Planner::curve_samples() const {
    std::vector<Candidate> all;
    for (std::size_t s = 0; s < found_.clips.size(); ++s) {
        auto const& curve = found_.clips[s].curve;
        // Without a curve every part is as good as any other, but the material still counts.
        auto const values = curve.values.empty() ? std::vector<double>{0} : curve.values;
        if (source_frames_[s] == 0) continue;
        for (std::size_t i = 0; i < values.size(); ++i) {
            auto const t = from_seconds((static_cast<double>(i) + 0.5) / curve.rate_hz);
            auto const frame = curve.values.empty() ? 0 : frame_at(t);
            // The middle of a sample may lie beyond the end; the part before it still counts.
            all.push_back(
                {s,
                 {std::clamp<std::int64_t>(frame, 0, source_frames_[s] - 1), values[i], nullptr}});
        }
    }
    std::ranges::stable_sort(all, std::ranges::greater{},
                             [](auto const& c) { return c.moment.score; });
    return all;
}

void Planner::take_highlights() {
    auto const all = peaks();
    auto const budget = selection_.remaining();
    auto const core_in = std::min({lead_in_, frames_in(kCoreBefore, rate_), budget / 2});
    auto const core_out = std::min({lead_out_, frames_in(kCoreAfter, rate_), budget - core_in});
    for (auto const& c : all) {
        auto const [from, to] = around(c, lead_in_, lead_out_);
        auto const [core_from, core_to] = around(c, core_in, core_out);
        selection_.add(c.source, {from, to, core_from, core_to}, c.moment);
    }
    for (auto const& c : all) {
        if (!selection_.covers(c.source, c.moment.peak)) continue;
        auto const& h = *c.moment.highlight;
        auto const [from, to] = around(c, std::max(lead_in_, c.moment.peak - frame_at(h.start_s)),
                                       std::max(lead_out_, frame_at(h.end_s) - c.moment.peak));
        auto const [core_from, core_to] = around(c, core_in, core_out);
        selection_.add(c.source, {from, to, core_from, core_to}, c.moment);
    }
}

void Planner::fill() {
    auto const before = selection_.remaining();
    selection_.widen(frames_in(kWidenMost, rate_));
    if (selection_.remaining() > 0) {
        auto const samples = curve_samples();
        auto const second = std::max<std::int64_t>(1, frames_in(seconds(1), rate_));
        for (auto const least : {second, std::int64_t{1}}) {
            for (auto const& c : samples) {
                if (selection_.remaining() == 0) break;
                if (selection_.covers(c.source, c.moment.peak)) continue;
                auto const [from, to] = around(c, lead_in_, std::max(lead_out_, least));
                auto const [core_from, core_to] = around(c, 0, least);
                selection_.add(c.source, {from, to, core_from, core_to}, c.moment);
            }
            selection_.widen(material_);
        }
    }
    filled_ = before - selection_.remaining();
}

std::vector<Pick> Planner::ordered() const {
    std::vector<Pick> all;
    for (std::size_t s = 0; s < found_.clips.size(); ++s)
        all.insert(all.end(), selection_.picks(s).begin(), selection_.picks(s).end());
    if (options_.order == Order::Score)
        std::ranges::stable_sort(all, [](Pick const& a, Pick const& b) {
            bool const a_real = a.moment.highlight, b_real = b.moment.highlight;
            return a_real != b_real ? a_real : a.moment.score > b.moment.score;
        });
    return all;
}

/// Free frames beside a pick; a gap between two picks belongs half to each, so that even a
/// crossfade shows nothing twice.
std::int64_t Planner::handle(Pick const& pick, bool at_start) const {
    auto const& all = selection_.picks(pick.source);
    auto const me = std::ranges::lower_bound(all, pick.from, {}, &Pick::from);
    if (at_start) return me == all.begin() ? pick.from : (pick.from - std::prev(me)->to) / 2;
    auto const next = std::next(me);
    return next == all.end() ? source_frames_[pick.source] - pick.to : (next->from - pick.to) / 2;
}

Transition Planner::transition(Pick const& out, Pick const& in) const {
    if (options_.transition == TransitionKind::Cut) return {};
    auto const wanted = frames_in(options_.transition_length, rate_) / 2;
    auto const half = std::min({wanted, handle(out, false), handle(in, true),
                                (out.to - out.from) / 2, (in.to - in.from) / 2});
    // A crossfade of a few frames looks like a fault, a cut does not.
    if (half < 1 || half * 4 < wanted) return {};
    return {TransitionKind::Crossfade, half * 2};
}

void Planner::add_notes(EditPlan& plan) const {
    auto const short_by = asked_ - plan.frames;
    bool const full = selection_.sources_were_full() || selection_.picks_were_full();
    if (selection_.sources_were_full())
        plan.notes.push_back(
            fmt::format("a montage takes from at most {} files: the best are used, "
                        "the others are left out",
                        options_.max_sources));
    if (selection_.picks_were_full())
        plan.notes.push_back(
            fmt::format("a montage shows at most {} takes: the best are used", kMostClips));
    if (full && short_by > 0)
        plan.notes.push_back(fmt::format("the montage ends early, at {} of the asked {}",
                                         clock_text(plan.length_s), clock_text(plan.asked_s)));
    else if (asked_ > material_)
        plan.notes.push_back(fmt::format(
            "asked for {}, but the inputs hold only {}: everything is shown once and the montage "
            "ends early",
            clock_text(plan.asked_s), clock_text(frame_start(material_, rate_))));
    else if (short_by > 0)
        plan.notes.push_back(fmt::format(
            "the highlights last {} of the asked {}: without filler the montage ends early",
            clock_text(plan.length_s), clock_text(plan.asked_s)));
    if (filled_ > 0)
        plan.notes.push_back(fmt::format("{} of {} is filler: there were too few highlights",
                                         clock_text(plan.filled_s), clock_text(plan.length_s)));
    auto const cuts = std::ranges::count(plan.transitions, TransitionKind::Cut, &Transition::kind);
    if (options_.transition == TransitionKind::Crossfade && cuts > 0)
        plan.notes.push_back(fmt::format("{} of {} crossfades became cuts: no material beside them",
                                         cuts, plan.transitions.size()));
}

EditPlan Planner::plan(std::vector<Pick> const& picks) const {
    EditPlan plan;
    plan.asked_s = options_.length;
    plan.frame_rate = rate_;
    std::vector<int> index(found_.clips.size(), -1);
    for (auto const& pick : picks) index[pick.source] = 0;
    for (std::size_t s = 0; s < index.size(); ++s) {
        if (index[s] < 0) continue;
        index[s] = static_cast<int>(plan.sources.size());
        auto const& clip = found_.clips[s];
        plan.sources.push_back({clip.file, clip.sha256, clip.duration_s, 0});
    }
    for (auto const& pick : picks) {
        auto const* h = pick.moment.highlight;
        PlanClip clip;
        clip.source = index[pick.source];
        clip.source_start_s = frame_start(pick.from, rate_);
        clip.first_frame = plan.frames;
        clip.frames = pick.to - pick.from;
        clip.peak_s = h ? h->peak_s : frame_start(pick.moment.peak, rate_);
        clip.score = pick.moment.score;
        clip.kind = h ? h->kind : "fill";
        clip.fill = h == nullptr;
        if (h) clip.why = h->why;
        plan.frames += clip.frames;
        plan.clips.push_back(std::move(clip));
    }
    for (std::size_t i = 1; i < picks.size(); ++i)
        plan.transitions.push_back(transition(picks[i - 1], picks[i]));
    for (auto const format : options_.formats)
        plan.outputs.push_back(output_for(format, options_.short_side));
    plan.length_s = frame_start(plan.frames, rate_);
    plan.filled_s = frame_start(filled_, rate_);
    add_notes(plan);
    return plan;
}

Result<> check(PlanOptions const& o) {
    auto const usage = [](std::string text) { return fail(ErrorCode::Usage, std::move(text)); };
    if (o.length <= Time{} || kMaxLength < o.length)
        return usage("the length of the montage must be above 0 and at most 43200 seconds");
    for (auto const lead : {o.lead_in, o.lead_out})
        if (lead < Time{} || kMaxLead < lead)
            return usage("lead-in and lead-out must be from 0 to 60 seconds");
    if (o.short_side < 144 || o.short_side > 2160 || o.short_side % 2 != 0)
        return usage("the resolution must be an even number from 144 to 2160");
    if (o.transition_length < Time{} || kMaxTransition < o.transition_length)
        return usage("a transition must last from 0 to 5 seconds");
    auto formats = o.formats;
    std::ranges::sort(formats);
    if (formats.empty() || std::ranges::adjacent_find(formats) != formats.end())
        return usage("name at least one format, and each only once");
    return {};
}

Rational rate_of(ClipHighlights const& clip) {
    return standard_rate(clip.frame_rate.value_or(kDefaultRate));
}

Rational highest_rate(Highlights const& found, auto const& is_used) {
    Rational best{0, 1};
    for (std::size_t s = 0; s < found.clips.size(); ++s) {
        auto const rate = rate_of(found.clips[s]);
        if (is_used(s) && less(best, rate)) best = rate;
    }
    return best.num > 0 ? best : kDefaultRate;
}

}  // namespace

Rational standard_rate(Rational source) {
    if (less(kStandardRates.back(), source)) {
        for (std::int64_t times = 2; times <= 16; ++times)
            if (equals(source, {60000, 1001}, times)) return {60000, 1001};
        return kStandardRates.back();
    }
    for (auto const rate : kStandardRates)
        if (equals(source, rate)) return rate;
    for (auto const rate : kStandardRates)
        for (std::int64_t times = 2; times <= 60; ++times)
            if (equals(rate, source, times)) return rate;
    return *std::ranges::find_if(kStandardRates, [&](Rational r) { return less(source, r); });
}

Result<EditPlan> plan_montage(Highlights const& found, PlanOptions const& options) {
    TRY_VOID(check(options));
    auto rate = highest_rate(found, [](std::size_t) { return true; });
    std::vector<bool> dropped(found.clips.size());
    std::optional<EditPlan> faster;  // the whole length, at a rate that only unused sources have
    for (;;) {
        Planner planner(found, options, rate, dropped);
        if (planner.material() == 0)
            return fail(ErrorCode::NothingToDo,
                        "the inputs hold no video to make a montage of; give longer clips");
        planner.choose();
        auto const picks = planner.ordered();
        // Frames of another rate round another way: without the dropped one may be missing.
        if (faster && !planner.reached_length()) return *std::move(faster);
        if (picks.empty())
            return fail(ErrorCode::NothingToDo,
                        options.fill
                            ? "the inputs hold nothing that can be shown; give longer clips"
                            : "no highlight was found; leave out --no-fill to get the best parts "
                              "anyway");
        std::vector<bool> is_used(found.clips.size());
        for (auto const& pick : picks) is_used[pick.source] = true;
        auto const used = highest_rate(found, [&](std::size_t s) { return is_used[s]; });
        if (!less(used, rate)) return planner.plan(picks);
        // A fast source that gave nothing must not set the rate. Rates only fall, so this ends.
        if (planner.reached_length()) faster = planner.plan(picks);
        for (std::size_t s = 0; s < dropped.size(); ++s)
            if (!is_used[s] && less(used, rate_of(found.clips[s]))) dropped[s] = true;
        rate = used;
    }
}

}  // namespace aiditor::edit
