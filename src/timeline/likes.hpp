#pragma once
/// Thumbs up and down: moments that a person liked or not. docs/likes.md is for users.

#include "timeline/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aiditor::timeline {

/// One moment, named by the clip it is in, by how it sounded, or by both.
struct Like {
    Time at_s;  ///< of the moment itself, e.g. Highlight::peak_s; 0 to Likes::kLatest
    bool like = true;
    std::optional<std::string> sha256;  ///< of the clip
    std::optional<std::string> file;    ///< for people; finds the clip where sha256 is absent
    /// Likes::kSoundValues numbers as detect/taste.hpp makes them: with them the mark says
    /// something about other recordings, too.
    std::optional<std::vector<float>> sound;

    friend bool operator==(Like const&, Like const&) = default;
};
BOOST_DESCRIBE_STRUCT(Like, (), (at_s, like, sha256, file, sound))

/// What `aiditor like` writes and `--learn` reads. Errors on reading: BadJson, LimitReached for too
/// many marks.
struct Likes {
    static constexpr char const* kSchema = "aiditor.likes/1";
    static constexpr std::size_t kMostMarks = 1000;
    static constexpr Time kLatest = seconds(4 * 3600);  ///< as long as a clip may be
    static constexpr std::size_t kSoundValues = 56;
    static constexpr float kLowestSound = -2, kHighestSound = 4;

    std::vector<Like> marks;

    [[nodiscard]] Result<> validate(std::string const& pointer) const;
    friend bool operator==(Likes const&, Likes const&) = default;
};
BOOST_DESCRIBE_STRUCT(Likes, (), (marks))

}  // namespace aiditor::timeline
