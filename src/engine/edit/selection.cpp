#include "engine/edit/selection.hpp"

#include <algorithm>
#include <cassert>

namespace aiditor::edit {
namespace {

/// A highlight explains a pick better than filler does, a better one better than a worse one.
bool explains_better(Moment const& a, Moment const& b) {
    if ((a.highlight != nullptr) != (b.highlight != nullptr)) return a.highlight != nullptr;
    return a.score > b.score;
}

/// Free frames between two picks, or between a pick and an end of its source.
struct Gap {
    Pick* before;  ///< null at the start of the source
    Pick* after;   ///< null at its end
    std::int64_t frames;

    [[nodiscard]] std::int64_t sides() const { return (before ? 1 : 0) + (after ? 1 : 0); }
    [[nodiscard]] std::int64_t gain(std::int64_t each) const {
        return each >= frames ? frames : std::min(frames, each * sides());
    }
    void take(std::int64_t n) const {
        auto const left = before ? (after ? (n + 1) / 2 : n) : 0;
        if (before) before->to += left;
        if (after) after->from -= n - left;
    }
};

std::vector<Gap> gaps_of(std::vector<std::vector<Pick>>& picks,
                         std::vector<std::int64_t> const& source_frames) {
    std::vector<Gap> gaps;
    for (std::size_t s = 0; s < picks.size(); ++s) {
        Pick* before = nullptr;
        for (auto& pick : picks[s]) {
            gaps.push_back({before, &pick, pick.from - (before ? before->to : 0)});
            before = &pick;
        }
        if (before) gaps.push_back({before, nullptr, source_frames[s] - before->to});
    }
    return gaps;
}

}  // namespace

/// What adding [from, to) would make: one pick in place of those numbered [first, last).
struct Selection::Hull {
    std::int64_t from, to, cost;
    std::size_t first, last;
};

Selection::Selection(std::vector<std::int64_t> source_frames, std::int64_t budget,
                     std::int64_t join_gap, Most most)
    : source_frames_(std::move(source_frames)),
      picks_(source_frames_.size()),
      remaining_(budget),
      join_gap_(join_gap),
      most_(most) {}

bool Selection::covers(std::size_t source, std::int64_t frame) const {
    auto const& all = picks_[source];
    auto const next = std::ranges::upper_bound(all, frame, {}, &Pick::from);
    return next != all.begin() && frame < std::prev(next)->to;
}

std::vector<Pick> const& Selection::picks(std::size_t source) const { return picks_[source]; }

Selection::Hull Selection::hull(std::size_t source, std::int64_t from, std::int64_t to) const {
    auto const& all = picks_[source];
    auto const first = std::ranges::lower_bound(all, from - join_gap_, {}, &Pick::to);
    auto const last = std::ranges::upper_bound(first, all.end(), to + join_gap_, {}, &Pick::from);
    Hull h{from, to, 0, static_cast<std::size_t>(first - all.begin()),
           static_cast<std::size_t>(last - all.begin())};
    std::int64_t had = 0;
    for (auto it = first; it != last; ++it) {
        h.from = std::min(h.from, it->from);
        h.to = std::max(h.to, it->to);
        had += it->to - it->from;
    }
    h.cost = h.to - h.from - had;
    return h;
}

bool Selection::add(std::size_t source, Window const& window, Moment const& moment) {
    assert(window.from <= window.core_from && window.core_from < window.core_to &&
           window.core_to <= window.to && window.to <= source_frames_[source]);
    auto const before = window.core_from - window.from, after = window.to - window.core_to;
    auto const shrunk = [&](std::int64_t by) {
        auto const left = before + after == 0 ? 0 : by * before / (before + after);
        return hull(source, window.from + left, window.to - (by - left));
    };
    // The cost never rises as the window shrinks, so the smallest sufficient cut is found by
    // halving.
    std::int64_t low = 0, high = before + after;
    if (shrunk(high).cost > remaining_) return false;
    while (low < high) {
        auto const middle = (low + high) / 2;
        if (shrunk(middle).cost <= remaining_) high = middle;
        else low = middle + 1;
    }
    auto const h = shrunk(low);
    auto& all = picks_[source];
    bool const no_source = all.empty() && sources_ == most_.sources;
    bool const no_pick = h.first == h.last && count_ == most_.picks;
    sources_were_full_ = sources_were_full_ || no_source;
    picks_were_full_ = picks_were_full_ || no_pick;
    if (no_source || no_pick) return false;
    if (all.empty()) ++sources_;
    Pick merged{source, h.from, h.to, moment};
    for (auto i = h.last; i-- > h.first;)  // backwards: the earliest of equals stays
        if (!explains_better(merged.moment, all[i].moment)) merged.moment = all[i].moment;
    auto const at = all.erase(all.begin() + static_cast<std::ptrdiff_t>(h.first),
                              all.begin() + static_cast<std::ptrdiff_t>(h.last));
    all.insert(at, merged);
    count_ = count_ + 1 - (h.last - h.first);
    remaining_ -= h.cost;
    return true;
}

void Selection::widen(std::int64_t most) {
    auto const gaps = gaps_of(picks_, source_frames_);
    auto const total = [&](std::int64_t each) {
        std::int64_t sum = 0;
        for (auto const& gap : gaps) sum += gap.gain(each);
        return sum;
    };
    std::int64_t low = 0, high = most;
    while (low < high) {
        auto const middle = low + (high - low + 1) / 2;
        if (total(middle) <= remaining_) low = middle;
        else high = middle - 1;
    }
    for (auto const& gap : gaps) {
        // What is left over after the even share goes to the first gaps, a frame or two each.
        auto const even = gap.gain(low);
        gap.take(even);
        remaining_ -= even;
    }
    if (low < most && remaining_ > 0)
        for (auto const& gap : gaps) {
            auto const free = (gap.after ? gap.after->from : source_frames_[gap.before->source]) -
                              (gap.before ? gap.before->to : 0);
            auto const extra = std::min({free, gap.sides(), remaining_});
            gap.take(extra);
            remaining_ -= extra;
        }
    merge_touching();
}

void Selection::merge_touching() {
    count_ = 0;
    for (auto& all : picks_) {
        std::vector<Pick> kept;
        for (auto const& pick : all) {
            if (kept.empty() || kept.back().to < pick.from) {
                kept.push_back(pick);
                continue;
            }
            kept.back().to = pick.to;
            if (explains_better(pick.moment, kept.back().moment)) kept.back().moment = pick.moment;
        }
        all = std::move(kept);
        count_ += all.size();
    }
}

}  // namespace aiditor::edit
