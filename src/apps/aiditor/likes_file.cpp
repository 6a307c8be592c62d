#include "apps/aiditor/likes_file.hpp"

#include "base/file.hpp"
#include "base/printable.hpp"
#include "engine/detect/taste.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::app {

using timeline::Likes;
using timeline::Time;

namespace {

constexpr std::size_t kMostBytes = 4U << 20;
constexpr Time kNearHighlight = timeline::seconds(3), kSameMoment = timeline::seconds(1);

Time distance(Time a, Time b) { return a < b ? b - a : a - b; }

Time moment_at(timeline::ClipHighlights const& found, Time at) {
    auto best = at;
    auto nearest = kNearHighlight;
    for (auto const& h : found.highlights) {
        if (h.start_s <= at && at <= h.end_s) return h.peak_s;
        auto const away = distance(h.peak_s, at);
        if (nearest < away) continue;
        nearest = away;
        best = h.peak_s;
    }
    return best;
}

}  // namespace

Result<Likes> read_likes(std::string const& path) {
    auto likes = json::from_text<Likes>(TRY(read_text(path, kMostBytes)));
    if (likes) return likes;
    return std::unexpected(
        std::move(likes).error().while_doing(path == "-" ? "standard input" : printable(path)));
}

Result<Likes> likes_so_far(std::string const& path) {
    auto likes = read_likes(path);
    if (!likes && likes.error().code == ErrorCode::NotFound) return Likes{};
    return likes;
}

Result<> add_like(Likes& likes, timeline::CueTrack const& track,
                  timeline::ClipHighlights const& found, Time at, bool is_liked) {
    if (track.duration_s < at)
        return fail(ErrorCode::Usage,
                    fmt::format("{}: is {} long; {} is beyond its end", printable(track.file),
                                timeline::clock_text(track.duration_s), timeline::clock_text(at)));
    auto mark = detect::remember(track, moment_at(found, at), is_liked);
    std::erase_if(likes.marks, [&](timeline::Like const& old) {
        return old.sha256 == mark.sha256 && distance(old.at_s, mark.at_s) < kSameMoment;
    });
    likes.marks.push_back(std::move(mark));
    return {};
}

}  // namespace aiditor::app
