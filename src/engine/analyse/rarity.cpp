#include "engine/analyse/rarity.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace aiditor::analyse {
namespace {

constexpr std::size_t kMostReferences = 2000;
constexpr std::size_t kNearest = 8;
constexpr std::size_t kApart = std::size_t{5} * kRateHz;
constexpr std::size_t kLeastHeard = std::size_t{20} * kRateHz;
constexpr double kFloorDb = -75;  ///< below it differences are inaudible

/// The `kNearest` smallest values seen.
class Nearest {
public:
    void add(float x) {
        if (count_ == kNearest && x >= values_.front()) return;
        if (count_ == kNearest) std::ranges::pop_heap(values_);
        else ++count_;
        values_[count_ - 1] = x;
        std::push_heap(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(count_));
    }
    /// Mean distance; the values are squared ones.
    [[nodiscard]] double mean_root() const {
        double sum = 0;
        for (std::size_t i = 0; i < count_; ++i) sum += std::sqrt(static_cast<double>(values_[i]));
        return count_ > 0 ? sum / static_cast<double>(count_) : 0;
    }

private:
    std::array<float, kNearest> values_{};
    std::size_t count_ = 0;
};

}  // namespace

void Rarity::add(std::size_t sample, std::span<double const, kFineBands> levels_db) {
    if (sample >= spectra_.size()) {
        spectra_.resize(sample + 1);
        heard_.resize(sample + 1, false);
    }
    for (std::size_t b = 0; b < kFineBands; ++b)
        spectra_[sample][b] = static_cast<float>(std::max(kFloorDb, levels_db[b]));
    heard_[sample] = true;
}

void Rarity::finish(CueGrid& grid) const {
    auto const n = spectra_.size();
    std::vector<Spectrum> smooth(n), shape(n);
    for (std::size_t i = 0; i < n; ++i) {
        if (!heard_[i]) continue;
        float count = 0;
        for (auto j = i - std::min<std::size_t>(i, 1); j < std::min(n, i + 2); ++j) {
            if (!heard_[j]) continue;
            ++count;
            for (std::size_t b = 0; b < kFineBands; ++b) smooth[i][b] += spectra_[j][b];
        }
        for (auto& x : smooth[i]) x /= count;
        auto const level =
            std::accumulate(smooth[i].begin(), smooth[i].end(), 0.0F) / float{kFineBands};
        std::ranges::transform(smooth[i], shape[i].begin(), [&](float x) { return x - level; });
    }
    if (static_cast<std::size_t>(std::ranges::count(heard_, true)) < kLeastHeard) return;
    write(grid, CueId::Rarity, smooth);
    write(grid, CueId::RarityShape, shape);
}

void Rarity::write(CueGrid& grid, CueId id, std::vector<Spectrum> const& smooth) const {
    auto const n = smooth.size();
    auto const step = std::max<std::size_t>(1, (n + kMostReferences - 1) / kMostReferences);
    for (std::size_t i = 0; i < n; ++i) {
        if (!heard_[i]) continue;
        Nearest nearest;
        for (std::size_t j = 0; j < n; j += step) {
            auto const apart = i > j ? i - j : j - i;
            if (!heard_[j] || apart < kApart) continue;
            float sum = 0;
            for (std::size_t b = 0; b < kFineBands; ++b) {
                auto const d = smooth[i][b] - smooth[j][b];
                sum += d * d;
            }
            nearest.add(sum / float{kFineBands});
        }
        grid.set(id, i, nearest.mean_root());
    }
}

}  // namespace aiditor::analyse
