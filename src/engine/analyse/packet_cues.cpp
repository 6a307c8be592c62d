#include "engine/analyse/packet_cues.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace aiditor::analyse {
namespace {

constexpr std::size_t kMedianReach = std::size_t{30} * kRateHz;  ///< to each side
constexpr std::size_t kSpikeReach = 4;                           ///< to each side: 1.8 s in all

/// The middle of a window that slides over a column; missing values are no part of it.
class SlidingMedian {
public:
    void add(float x) { sorted_.insert(std::ranges::lower_bound(sorted_, x), x); }
    void remove(float x) { sorted_.erase(std::ranges::lower_bound(sorted_, x)); }
    [[nodiscard]] float middle() const { return sorted_[sorted_.size() / 2]; }

private:
    std::vector<float> sorted_;
};

double log2_bytes(float bytes, std::uint32_t count) {
    return std::log2(std::max(1.0, static_cast<double>(bytes) / count));
}

}  // namespace

void PacketCues::add(timeline::Time pts, std::uint32_t size_bytes, bool key) {
    auto const sample = sample_at(pts);
    if (!sample) return;
    if (*sample >= sums_.size()) sums_.resize(*sample + 1);
    auto& s = sums_[*sample];
    (key ? s.key_bytes : s.bytes) += static_cast<float>(size_bytes);
    ++(key ? s.keys : s.count);
    if (!key) s.largest = std::max(s.largest, static_cast<float>(size_bytes));
}

void PacketCues::finish(CueGrid& grid) const {
    write_sizes(grid);
    write_spikes(grid);
    write_keys(grid);
}

void PacketCues::write_sizes(CueGrid& grid) const {
    bool const only_keys = std::ranges::all_of(sums_, [](Sums const& s) { return s.count == 0; });
    std::vector<std::optional<float>> sizes(sums_.size());
    for (std::size_t i = 0; i < sums_.size(); ++i) {
        auto const& s = sums_[i];
        if ((only_keys ? s.keys : s.count) == 0) continue;
        auto const size =
            only_keys ? log2_bytes(s.key_bytes, s.keys) : log2_bytes(s.bytes, s.count);
        sizes[i] = static_cast<float>(size);
        grid.set(CueId::PacketSize, i, size);
    }
    SlidingMedian median;
    for (std::size_t i = 0; i < sizes.size() + kMedianReach; ++i) {
        if (i < sizes.size() && sizes[i]) median.add(*sizes[i]);
        if (i < kMedianReach) continue;
        auto const here = i - kMedianReach;
        if (sizes[here])
            grid.set(CueId::PacketRise, here, static_cast<double>(*sizes[here] - median.middle()));
        if (here >= kMedianReach && sizes[here - kMedianReach])
            median.remove(*sizes[here - kMedianReach]);
    }
}

void PacketCues::write_spikes(CueGrid& grid) const {
    for (std::size_t i = 0; i < sums_.size(); ++i) {
        if (sums_[i].count == 0) continue;
        float bytes = 0;
        std::uint32_t count = 0;
        for (auto j = i - std::min(i, kSpikeReach); j < std::min(sums_.size(), i + kSpikeReach + 1);
             ++j) {
            bytes += sums_[j].bytes;
            count += sums_[j].count;
        }
        grid.set(CueId::PacketSpike, i, log2_bytes(sums_[i].largest, 1) - log2_bytes(bytes, count));
    }
}

void PacketCues::write_keys(CueGrid& grid) const {
    std::vector<std::size_t> keys;
    for (std::size_t i = 0; i < sums_.size(); ++i)
        if (sums_[i].keys > 0) keys.push_back(i);
    if (keys.size() < 2) return;

    std::vector<std::size_t> intervals;
    for (std::size_t k = 1; k < keys.size(); ++k) intervals.push_back(keys[k] - keys[k - 1]);
    auto sorted = intervals;
    std::ranges::nth_element(sorted,
                             sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2));
    auto const usual = static_cast<double>(sorted[sorted.size() / 2]);

    for (std::size_t i = 0; i < sums_.size(); ++i) grid.set(CueId::KeyEarly, i, 0);
    for (std::size_t k = 1; k < keys.size(); ++k) {
        auto const& now = sums_[keys[k]];
        auto const& before = sums_[keys[k - 1]];
        auto const jump = std::abs(log2_bytes(now.key_bytes, now.keys) -
                                   log2_bytes(before.key_bytes, before.keys));
        auto const until = k + 1 < keys.size() ? keys[k + 1] : sums_.size();
        for (auto i = keys[k]; i < until; ++i) grid.set(CueId::KeyJump, i, jump);
        grid.set(CueId::KeyEarly, keys[k],
                 std::max(0.0, 1 - static_cast<double>(intervals[k - 1]) / usual));
    }
}

}  // namespace aiditor::analyse
