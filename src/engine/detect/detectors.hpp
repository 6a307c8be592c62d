#pragma once
/// Which detectors there are, and which one is used.

#include "engine/detect/detector.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace aiditor::detect {

/// "auto" is the model where its files are there and whole, else the rules.
inline constexpr std::array<std::string_view, 3> kDetectorNames{"rules", "model", "auto"};

struct ChosenDetector {
    std::unique_ptr<Detector const> detector;  ///< never null
    /// One sentence: what is wrong with the model that was to be used, and that the rules are used
    /// instead; empty when all is as it was asked for.
    std::string problem;
};

/// `name` is one of kDetectorNames; `model` is the path of the model's manifest. A model that
/// cannot be loaded is no error: the rules take its place, and `problem` says so. For "auto" a
/// model that is not there at all is no problem.
[[nodiscard]] ChosenDetector make_detector(std::string_view name, std::string const& model);

}  // namespace aiditor::detect
