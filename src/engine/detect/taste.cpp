#include "engine/detect/taste.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>

namespace aiditor::detect {
namespace {

using timeline::CueTrack;
using timeline::Like;
using timeline::Likes;
using Column = std::vector<float>;

constexpr std::size_t kBands = 8, kLags = 7, kBefore = 3;
constexpr float kFloorDb = -80;  // below it, one silence is as good as another
constexpr float kStepDb = 10;
constexpr double kWidth = 4;       // of nearness, in the unit of sounds
constexpr double kStrength = 1.5;  // in what a moment must reach
constexpr double kFullSeconds = 2, kNoneSeconds = 4;
constexpr std::ptrdiff_t kSmooth = 3;  // samples to each side

/// The middle value, the lower of two; `values` is put in another order.
template <class T>
T median_of(std::vector<T>& values) {
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

/// Bands above what is usual in them; no column where the clip has no sound at all. What is missing
/// is as usual.
std::vector<Column> sounds_of(CueTrack const& track) {
    std::vector<Column> out;
    bool heard = false;
    for (std::size_t b = 0; b < kBands; ++b) {
        auto const values = track.find("audio.band" + std::to_string(b) + "_dbfs@1");
        Column known;
        for (auto const x : values)
            if (std::isfinite(x)) known.push_back(std::max(x, kFloorDb));
        auto const usual = known.empty() ? kFloorDb : median_of(known);
        auto& column = out.emplace_back(static_cast<std::size_t>(track.samples), 0.0F);
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!std::isfinite(values[i])) continue;
            heard = heard || values[i] > kFloorDb;
            column[i] = std::clamp((std::max(values[i], kFloorDb) - usual) / kStepDb,
                                   Likes::kLowestSound, Likes::kHighestSound);
        }
    }
    if (!heard || track.samples == 0) out.clear();
    return out;
}

/// A sample at or beyond either end is the last one there.
std::size_t within(std::ptrdiff_t i, std::size_t samples) {
    return static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(i, 0, static_cast<std::ptrdiff_t>(samples) - 1));
}

std::optional<std::vector<float>> sound_at(std::vector<Column> const& sounds, timeline::Time at) {
    if (sounds.empty()) return std::nullopt;
    auto const middle = static_cast<std::ptrdiff_t>(timeline::to_seconds(at) * kRateHz);
    std::vector<float> out;
    for (std::size_t lag = 0; lag < kLags; ++lag)
        for (auto const& column : sounds) {
            auto const i =
                middle + static_cast<std::ptrdiff_t>(lag) - static_cast<std::ptrdiff_t>(kBefore);
            out.push_back(column[within(i, column.size())]);
        }
    return out;
}

bool is_of(Like const& mark, CueTrack const& track) {
    if (mark.sha256) return *mark.sha256 == track.sha256;
    if (!mark.file) return false;
    std::string_view const name = *mark.file, file = track.file;
    // Written by hand it is often the bare name, which stands for a clip in any folder.
    bool const is_bare = name.find('/') == std::string_view::npos;
    return name == (is_bare ? file.substr(file.rfind('/') + 1) : file);
}

/// exp(-d^2 / 2 kWidth^2) to the nearest of `known`, by sample; 0 without any.
template <class Sound>
std::vector<double> nearness(std::vector<Column> const& sounds, std::vector<Sound> const& known) {
    auto const samples = sounds.front().size();
    std::vector<double> out(samples, 0);
    if (known.empty()) return out;
    Column nearest(samples, std::numeric_limits<float>::max()), distance(samples);
    for (auto const& sound : known) {
        std::ranges::fill(distance, 0.0F);
        for (std::size_t lag = 0; lag < kLags; ++lag)
            for (std::size_t b = 0; b < kBands; ++b) {
                auto const x = sound[lag * kBands + b];
                auto const* column = sounds[b].data();
                auto const add = [&](std::size_t i, std::size_t from) {
                    distance[i] += (column[from] - x) * (column[from] - x);
                };
                auto const shift =
                    static_cast<std::ptrdiff_t>(lag) - static_cast<std::ptrdiff_t>(kBefore);
                // Where no end is near it is one plain loop, which the compiler makes wide.
                auto const edge = std::min(kLags, samples);
                for (std::size_t i = 0; i < edge; ++i)
                    add(i, within(static_cast<std::ptrdiff_t>(i) + shift, samples));
                auto const last = std::max(edge, samples - edge);
                // From edge on i + shift is never below 0.
                auto const* shifted = column + (static_cast<std::ptrdiff_t>(edge) + shift);
                for (std::size_t i = edge; i < last; ++i)
                    distance[i] += (shifted[i - edge] - x) * (shifted[i - edge] - x);
                for (std::size_t i = last; i < samples; ++i)
                    add(i, within(static_cast<std::ptrdiff_t>(i) + shift, samples));
            }
        for (std::size_t i = 0; i < samples; ++i) nearest[i] = std::min(nearest[i], distance[i]);
    }
    for (std::size_t i = 0; i < samples; ++i)
        out[i] = std::exp(-static_cast<double>(nearest[i]) / (2 * kWidth * kWidth));
    return out;
}

std::vector<double> smoothed(std::vector<double> const& x) {
    std::vector<double> out(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        double sum = 0;
        for (auto k = -kSmooth; k <= kSmooth; ++k)
            sum += x[within(static_cast<std::ptrdiff_t>(i) + k, x.size())];
        out[i] = sum / (2 * kSmooth + 1);
    }
    return out;
}

}  // namespace

Like remember(CueTrack const& track, timeline::Time at, bool like) {
    return {.at_s = at,
            .like = like,
            .sha256 = track.sha256,
            .file = track.file,
            .sound = sound_at(sounds_of(track), at)};
}

Taste::Taste(Likes const& likes, std::span<CueTrack const> tracks) : likes_(likes) {
    for (auto const& track : tracks) {
        std::vector<Column> sounds;
        for (auto const& mark : likes.marks) {
            if (!is_of(mark, track) || track.duration_s < mark.at_s) continue;
            if (!mark.sound) ++used_;
            if (mark.sound || track.samples == 0) continue;
            if (sounds.empty()) sounds = sounds_of(track);
            auto const sound = sound_at(sounds, mark.at_s);
            if (!sound) continue;
            std::ranges::copy(*sound, (mark.like ? liked_ : disliked_).emplace_back().begin());
        }
    }
    for (auto const& mark : likes.marks) {
        if (!mark.sound || mark.sound->size() != Likes::kSoundValues) continue;
        ++used_;
        std::ranges::copy(*mark.sound, (mark.like ? liked_ : disliked_).emplace_back().begin());
    }
}

Part Taste::part(CueTrack const& track, std::span<double const> score, double least) const {
    Part out{.group = kTaste, .kind = kTaste, .unit = least / 2, .values = {}};
    out.values.assign(score.size(), 0);
    if (used_ == 0) return out;
    auto const sounds = sounds_of(track);
    if (!sounds.empty() && (!liked_.empty() || !disliked_.empty())) {
        auto near = nearness(sounds, liked_);
        auto const far = nearness(sounds, disliked_);
        std::ranges::transform(near, far, near.begin(), std::minus{});
        near = smoothed(near);
        auto copy = near;
        auto const usual = median_of(copy);
        for (std::size_t i = 0; i < score.size(); ++i)
            out.values[i] = quantised(kStrength * least * (near[i] - usual));
    }
    for (auto const& mark : likes_.marks) {
        if (!is_of(mark, track)) continue;
        auto const at_s = timeline::to_seconds(mark.at_s);
        for (std::size_t i = 0; i < score.size(); ++i) {
            auto const away = std::abs((static_cast<double>(i) + 0.5) / kRateHz - at_s);
            auto const share =
                std::clamp((kNoneSeconds - away) / (kNoneSeconds - kFullSeconds), 0.0, 1.0);
            if (share <= 0) continue;
            auto const direct = mark.like ? least : -std::max(0.0, score[i]);
            // The mark itself is surer than what merely sounds like it.
            out.values[i] = quantised(share * direct + (1 - share) * out.values[i]);
        }
    }
    return out;
}

}  // namespace aiditor::detect
