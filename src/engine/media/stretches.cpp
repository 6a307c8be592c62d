#include "engine/media/stretches.hpp"

#include <algorithm>
#include <limits>

namespace aiditor::media {
namespace {

using timeline::Time;
using timeline::TimeSpan;

/// Pictures from one key packet to the next; of each group only a beginning can be decoded.
class Groups {
public:
    explicit Groups(FrameIndex const& index)
        : index_(index), used_(index.keys.size(), 0), earliest_(index.entries.size()) {
        for (std::size_t g = 0; g < used_.size(); ++g) {
            auto earliest = std::numeric_limits<std::int64_t>::max();
            for (auto i = end_of(g); i-- > index.keys[g];) {
                auto const& e = index.entries[i];
                if ((e.flags & IndexEntry::kHidden) == 0) earliest = std::min(earliest, e.pts);
                earliest_[i] = earliest;
            }
        }
    }

    /// Adds what `wish` needs when it costs at most `left` more packets, which it takes from it.
    bool take(TimeSpan const& wish, std::size_t& left) {
        auto const from = group_of(wish.start_s), to = group_of(wish.end_s - Time{1});
        std::size_t cost = 0;
        for (auto g = from; g <= to; ++g) cost += more(g, needed(g, to, wish));
        if (cost > left) return false;
        left -= cost;
        for (auto g = from; g <= to; ++g) used_[g] += more(g, needed(g, to, wish));
        return true;
    }

    [[nodiscard]] std::vector<Stretch> stretches() const {
        std::vector<Stretch> out;
        for (std::size_t g = 0; g < used_.size(); ++g) {
            if (used_[g] == 0) continue;
            auto const first = index_.keys[g];
            if (!out.empty() && out.back().first + out.back().count == first)
                out.back().count += used_[g];
            else out.push_back({first, used_[g]});
        }
        return out;
    }

private:
    [[nodiscard]] std::size_t group_of(Time t) const {
        auto const key = std::ranges::lower_bound(index_.keys, index_.key_before(t));
        return static_cast<std::size_t>(key - index_.keys.begin());
    }
    [[nodiscard]] std::size_t end_of(std::size_t g) const {
        return g + 1 < index_.keys.size() ? index_.keys[g + 1] : index_.entries.size();
    }
    /// How many packets of group `g` the wish needs: all, but of the last group.
    [[nodiscard]] std::size_t needed(std::size_t g, std::size_t last, TimeSpan const& wish) const {
        auto const first = index_.keys[g], count = end_of(g) - first;
        if (g < last) return count;
        auto const target = index_.ticks_of(wish.end_s - Time{1});
        auto const group = std::span(earliest_).subspan(first, count);
        return static_cast<std::size_t>(std::ranges::upper_bound(group, target) - group.begin());
    }
    [[nodiscard]] std::size_t more(std::size_t g, std::size_t count) const {
        return count - std::min(count, used_[g]);
    }

    FrameIndex const& index_;
    std::vector<std::size_t> used_;  ///< packets from the key packet on, by group
    /// By packet: the earliest display time of it and of those after it in its group. It never
    /// falls within a group, so that the last packet of a wish is found by halving.
    std::vector<std::int64_t> earliest_;
};

}  // namespace

std::vector<Stretch> fit_stretches(FrameIndex const& index, std::span<TimeSpan const> wishes,
                                   double share) {
    if (index.keys.empty() || !(share > 0)) return {};
    auto const shown = std::ranges::count_if(
        index.entries, [](IndexEntry const& e) { return (e.flags & IndexEntry::kHidden) == 0; });
    auto left = static_cast<std::size_t>(std::min(share, 1.0) * static_cast<double>(shown));
    Groups groups(index);
    for (auto const& wish : wishes) {
        if (left == 0) break;
        if (wish.end_s <= wish.start_s || groups.take(wish, left)) continue;
        auto const middle = wish.start_s + (wish.end_s - wish.start_s) / 2;
        (void)groups.take({middle, std::min(wish.end_s, middle + timeline::seconds(1))}, left);
    }
    return groups.stretches();
}

}  // namespace aiditor::media
