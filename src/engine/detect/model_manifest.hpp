#pragma once
/// What lies beside a network: which cues it takes and what its answers mean.

#include "base/json.hpp"

#include <string>
#include <vector>

namespace aiditor::detect {

/// One cue group: a net of its own inside the network, and one row of its answer.
struct ModelGroup {
    std::string group;  ///< the key in Highlight::why; not "ending", "event" or "taste"
    std::string kind;   ///< of a highlight in which it stands out most
    double unit = 1;    ///< > 0: one robust deviation of its part, for comparing groups
    std::vector<std::string> channels;  ///< detect/channels.hpp; in the order of the input rows
};
BOOST_DESCRIBE_STRUCT(ModelGroup, (), (group, kind, unit, channels))

/// The network takes (1, groups * width, 1, T) float32: each group's channels, filled up to `width`
/// rows with zeros. It gives (1, groups, 1, T): the part of the score that each group adds; 0 is an
/// average moment.
struct ModelManifest {
    static constexpr char const* kSchema = "aiditor.detector_model/1";
    static constexpr std::size_t kMostGroups = 16, kMostWidth = 64, kLongestName = 64;
    static constexpr double kMostScore = 1000;  ///< of what is compared with the score

    std::string name;    ///< goes into Highlights::detector
    std::string file;    ///< the network, in the folder of this manifest
    std::string sha256;  ///< of the network
    std::vector<ModelGroup> groups;
    std::size_t width = 0;
    double least = 0;       ///< > 0: the score that a moment must reach
    double least_fall = 0;  ///< >= 0: how far the score falls between two moments

    /// Also refuses channels that this build does not know.
    [[nodiscard]] Result<> validate(std::string const& pointer) const;
};
BOOST_DESCRIBE_STRUCT(ModelManifest, (), (name, file, sha256, groups, width, least, least_fall))

}  // namespace aiditor::detect
