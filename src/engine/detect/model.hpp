#pragma once
/// The trained detector: a small network that judges each cue group by itself; the score is the sum
/// of what the groups add (docs/detection.md; training/ makes it).
///
/// Over the channels of channels.hpp. Before and after a recording the network sees what is usual.
/// A group whose channels say nothing throughout a clip (not measured, or never changing) adds
/// exactly 0; where that is so of all groups there is nothing to judge.

#include "engine/detect/detector.hpp"

#include <memory>
#include <string>

namespace aiditor::detect {

inline constexpr std::size_t kMostManifestBytes = 64U << 10, kMostNetworkBytes = 4U << 20;

/// `manifest` is the path of a model_manifest.hpp in JSON. The detector may be used by one thread
/// at a time; its memory does not grow with the length of a recording but for its channels and its
/// answer. Errors name the file: NotFound, Unreadable, LimitReached; BadJson for a manifest that is
/// malformed, or asks for a cue that this build does not know; Unreadable for a network that is not
/// the one of the manifest (by its hash), or cannot be used (onnx_net.hpp).
[[nodiscard]] Result<std::unique_ptr<Detector>> load_model(std::string const& manifest);

}  // namespace aiditor::detect
