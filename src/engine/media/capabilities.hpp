#pragma once
/// What this build and machine can really do with media; for `aiditor doctor`.

#include <string>
#include <vector>

namespace aiditor::media {

struct Ability {
    std::string name;
    bool works = false;
    std::string detail;  ///< why not
};

[[nodiscard]] std::string library_versions();
[[nodiscard]] std::vector<Ability> containers();
/// Every decoder of the allow-list, opened once.
[[nodiscard]] std::vector<Ability> decoders();
/// Each encoder encodes a few frames. Hardware encoders need device nodes, which the sandbox does
/// not have: they answer why they do not work.
[[nodiscard]] std::vector<Ability> encoders();

/// Silences FFmpeg's log; process-wide.
void be_quiet();

}  // namespace aiditor::media
