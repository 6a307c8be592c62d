#include "timeline/likes.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::timeline {

namespace {

Result<> check(Like const& mark, std::string const& pointer) {
    if (mark.at_s < Time{} || Likes::kLatest < mark.at_s)
        return json::bad(pointer + "/at_s", "must be from 0 to 14400 s (4 hours) of the clip");
    if (!mark.sha256 && !mark.file && !mark.sound)
        return json::bad(pointer, "needs sha256, file or sound to say which moment is meant");
    if (!mark.sound) return {};
    if (mark.sound->size() != Likes::kSoundValues)
        return json::bad(pointer + "/sound",
                         fmt::format("must hold {} numbers or be left out", Likes::kSoundValues));
    auto const wrong = std::ranges::find_if_not(
        *mark.sound, [](float x) { return x >= Likes::kLowestSound && x <= Likes::kHighestSound; });
    if (wrong != mark.sound->end())
        return json::bad(
            fmt::format("{}/sound/{}", pointer, wrong - mark.sound->begin()),
            fmt::format("must be from {} to {}", Likes::kLowestSound, Likes::kHighestSound));
    return {};
}

}  // namespace

Result<> Likes::validate(std::string const& pointer) const {
    if (marks.size() > kMostMarks)
        return fail(ErrorCode::LimitReached,
                    fmt::format("at {}/marks: holds {} marks; keep the {} that matter most",
                                pointer, marks.size(), kMostMarks));
    for (std::size_t i = 0; i < marks.size(); ++i)
        TRY_VOID(check(marks[i], fmt::format("{}/marks/{}", pointer, i)));
    return {};
}

}  // namespace aiditor::timeline
