#include "engine/analyse/detail_cues.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace aiditor::analyse {
namespace {

using media::LumaPicture;
using timeline::Time;

constexpr auto kLongestGap = timeline::milliseconds(2500);
constexpr double kPerSeconds = 0.1;  // motion is told for 0.1 s, whatever lies between two pictures

constexpr float kStill = 2;   // levels: what noise and coding change
constexpr float kFlash = 32;  // levels: an eighth of the range, at once

/// A part of the display stands still for 0.5 s, steps within 0.2 s, and stands still again.
constexpr std::size_t kStandsFor = 5, kStepTakes = 2;
constexpr float kStands = 2.5F, kStep = 4;

/// Letters: strokes at most 4 pixels wide that differ this much from both sides. Once seen, a
/// weaker one still counts: coding makes the edges of letters flicker.
constexpr int kStrokeReach = 3, kStrokeStarts = 36, kStrokeGoesOn = 20;
constexpr auto kTextStays = timeline::milliseconds(600);
constexpr std::size_t kMostToStay = 7;
constexpr std::uint8_t kClearBefore = 3;  // pictures without a stroke before a new one
constexpr std::uint8_t kFadesIn = 3;      // pictures within which the letters of a word appear
constexpr int kTextCell = 16;             // pixels: a few letters
constexpr int kLeastOfEach = 5;           // bright and dark pixels in a cell: 2 % of it
/// Over this share of the picture it is a cut, or a picture that came to rest.
constexpr double kMostNewText = 0.4;

/// Where block `i` of `blocks` begins in `length` pixels.
int edge(int i, int blocks, int length) {
    return static_cast<int>(std::int64_t{i} * length / blocks);
}

/// Calls f(block, x0, x1, y0, y1) for a grid of blocks, each at least one pixel.
void over_blocks(int across, int down, int width, int height, auto f) {
    for (int j = 0; j < down; ++j)
        for (int i = 0; i < across; ++i) {
            auto const x = edge(i, across, width), y = edge(j, down, height);
            f(static_cast<std::size_t>(j) * static_cast<std::size_t>(across) +
                  static_cast<std::size_t>(i),
              x, std::max(x + 1, edge(i + 1, across, width)), y,
              std::max(y + 1, edge(j + 1, down, height)));
        }
}

std::uint8_t const* row_of(LumaPicture const& picture, int y) {
    return picture.y.data() + static_cast<std::ptrdiff_t>(y) * picture.width;
}

/// How far a pixel is from both neighbours `step` away: positive above both, negative below both.
int stroke_height(std::uint8_t const* at, std::ptrdiff_t step) {
    int const a = at[-step], b = at[step], y = *at;
    return y > std::max(a, b) ? y - std::max(a, b) : y < std::min(a, b) ? y - std::min(a, b) : 0;
}

}  // namespace

void DetailCues::begin_stretch() {
    write();
    changes_.clear();
    strokes_.clear();
    last_ = {};
}

void DetailCues::add(Time at, LumaPicture const& picture) {
    if (picture.width < 1 || picture.height < 1 || !sample_at(at)) return;
    if (!last_.y.empty() && at <= last_at_) return;
    if (!last_.y.empty() && (picture.width != last_.width || picture.height != last_.height ||
                             at - last_at_ > kLongestGap))
        begin_stretch();
    bool const first = last_.y.empty();
    if (first) strokes_.assign(picture.y.size(), {});
    compare(at, picture);
    follow_strokes(picture);
    if (!first) {
        auto const stay = pictures_to_stay();
        auto const found = count_strokes(stay);
        if (found.all > 0) {
            auto const all = static_cast<double>(found.all);
            changes_.back().text = static_cast<double>(found.steady) / all;
            auto const fresh = static_cast<double>(found.fresh) / all;
            // They began when they were first seen, not now that they have stayed.
            if (stay <= changes_.size() && fresh <= kMostNewText)
                changes_[changes_.size() - stay].new_text = fresh;
        }
    }
    last_ = picture;
    last_at_ = at;
}

void DetailCues::compare(Time at, LumaPicture const& picture) {
    bool const first = last_.y.empty();
    Change change{.from = last_at_, .to = at, .motion = 0, .still = 0, .flash = 0, .cells = {}};
    double sum = 0;
    int still = 0, rose = 0;
    over_blocks(kAcross, kDown, picture.width, picture.height,
                [&](std::size_t block, int x0, int x1, int y0, int y1) {
                    int total = 0;
                    for (int y = y0; y < y1; ++y)
                        for (int x = x0; x < x1; ++x) total += row_of(picture, y)[x];
                    auto const mean =
                        static_cast<float>(total) / static_cast<float>((x1 - x0) * (y1 - y0));
                    auto const step = mean - std::exchange(small_[block], mean);
                    sum += static_cast<double>(std::abs(step));
                    still += std::abs(step) < kStill ? 1 : 0;
                    rose += step >= kFlash ? 1 : step <= -kFlash ? -1 : 0;
                });
    if (first) return;
    auto const blocks = static_cast<double>(kSmall);
    change.motion = sum / blocks * kPerSeconds / timeline::to_seconds(at - last_at_);
    change.still = still / blocks;
    // What moves gets brighter on one side and darker on the other.
    change.flash = std::max(0, rose) / blocks;
    over_blocks(kCellsAcross, kCellsDown, picture.width, picture.height,
                [&](std::size_t cell, int x0, int x1, int y0, int y1) {
                    int total = 0;
                    for (int y = y0; y < y1; ++y) {
                        auto const *now = row_of(picture, y), *then = row_of(last_, y);
                        for (int x = x0; x < x1; ++x) total += std::abs(now[x] - then[x]);
                    }
                    change.cells[cell] =
                        static_cast<float>(total) / static_cast<float>((x1 - x0) * (y1 - y0));
                });
    changes_.push_back(change);
}

/// So many pictures cover 0.6 s.
std::size_t DetailCues::pictures_to_stay() const {
    auto const count = static_cast<std::int64_t>(changes_.size());
    auto const spacing = (changes_.back().to - changes_.front().from) / count;
    auto const pictures = (kTextStays.flicks + spacing.flicks / 2) / spacing.flicks + 1;
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(pictures, 2, static_cast<std::int64_t>(kMostToStay)));
}

void DetailCues::follow_strokes(LumaPicture const& picture) {
    auto const width = static_cast<std::ptrdiff_t>(picture.width);
    for (int y = kStrokeReach; y < picture.height - kStrokeReach; ++y) {
        auto const* row = row_of(picture, y);
        auto* stroke = strokes_.data() + static_cast<std::ptrdiff_t>(y) * width;
        for (std::ptrdiff_t x = kStrokeReach; x < width - kStrokeReach; ++x) {
            auto const across = stroke_height(row + x, kStrokeReach);
            auto const down = stroke_height(row + x, kStrokeReach * width);
            auto const height = std::abs(across) >= std::abs(down) ? across : down;
            auto& s = stroke[x];
            auto const sign = static_cast<std::int8_t>(height > 0 ? 1 : -1);
            auto const least = s.run > 0 && s.sign == sign ? kStrokeGoesOn : kStrokeStarts;
            if (std::abs(height) < least) {
                if (s.run > 0) s.before = 0;
                s.run = 0;
                s.sign = 0;
                s.before = static_cast<std::uint8_t>(std::min(255, s.before + 1));
            } else if (s.sign != sign) {
                if (s.run > 0) s.before = 0;  // another stroke was there just now
                s.sign = sign;
                s.run = 1;
            } else {
                s.run = static_cast<std::uint8_t>(std::min(255, s.run + 1));
            }
        }
    }
}

/// Letters have bright strokes and dark gaps, or dark strokes and bright gaps.
DetailCues::StrokeCells DetailCues::count_strokes(std::size_t stay) const {
    StrokeCells out;
    for (int y0 = 0; y0 + kTextCell <= last_.height; y0 += kTextCell)
        for (int x0 = 0; x0 + kTextCell <= last_.width; x0 += kTextCell) {
            std::array<int, 2> steady{}, fresh{};
            for (int y = y0; y < y0 + kTextCell; ++y) {
                auto const* row = strokes_.data() + static_cast<std::ptrdiff_t>(y) * last_.width;
                for (int x = x0; x < x0 + kTextCell; ++x) {
                    auto const& s = row[x];
                    if (s.run < stay) continue;
                    auto const side = s.sign > 0 ? 0U : 1U;
                    ++steady[side];
                    if (s.before >= kClearBefore && s.run < stay + kFadesIn) ++fresh[side];
                }
            }
            ++out.all;
            out.steady += std::min(steady[0], steady[1]) >= kLeastOfEach ? 1U : 0U;
            out.fresh += std::min(fresh[0], fresh[1]) >= kLeastOfEach ? 1U : 0U;
        }
    return out;
}

/// Share of the cells that stood, stepped at picture k and stand since.
double DetailCues::stepped(std::size_t k) const {
    int count = 0;
    for (std::size_t cell = 0; cell < kCells; ++cell) {
        if (changes_[k].cells[cell] < kStep) continue;
        bool stands = true;
        for (auto i = k - kStandsFor; i < k + kStepTakes + kStandsFor && stands; ++i)
            stands = (k <= i && i < k + kStepTakes) || changes_[i].cells[cell] <= kStands;
        count += stands ? 1 : 0;
    }
    return static_cast<double>(count) / static_cast<double>(kCells);
}

void DetailCues::write() {
    if (changes_.empty()) return;
    auto const raise = [&](CueId id, std::size_t sample, double value) {
        auto const known = grid_.at(id, sample);
        grid_.set(id, sample,
                  std::isnan(known) ? value : std::max(value, static_cast<double>(known)));
    };
    auto const stay = pictures_to_stay();
    auto const begin = *sample_at(changes_.front().from);
    std::vector<double> motion, still;
    std::vector<int> counts;
    for (std::size_t k = 0; k < changes_.size(); ++k) {
        auto const& change = changes_[k];
        auto const last = *sample_at(change.to);
        // A change between two samples is that of all samples after the first picture.
        auto const first = std::min(last, *sample_at(change.from) + 1);
        motion.resize(last - begin + 1, 0);
        still.resize(motion.size(), 0);
        counts.resize(motion.size(), 0);
        for (auto i = first; i <= last; ++i) {
            motion[i - begin] += change.motion;
            still[i - begin] += change.still;
            ++counts[i - begin];
            raise(CueId::DetailFlash, i, i == last ? change.flash : 0);
            raise(CueId::DetailText, i, change.text);
            if (kStandsFor <= k && k + kStepTakes + kStandsFor <= changes_.size())
                raise(CueId::DetailHudChange, i, i == last ? stepped(k) : 0);
            if (kClearBefore <= k && k + stay <= changes_.size())
                raise(CueId::DetailTextChange, i, i == last ? change.new_text : 0);
        }
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] == 0) continue;
        grid_.set(CueId::DetailMotion, begin + i, motion[i] / counts[i]);
        grid_.set(CueId::DetailStill, begin + i, still[i] / counts[i]);
    }
}

}  // namespace aiditor::analyse
