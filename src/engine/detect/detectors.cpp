#include "engine/detect/detectors.hpp"

#include "engine/detect/model.hpp"
#include "engine/detect/rules.hpp"

#include <algorithm>
#include <cassert>

namespace aiditor::detect {

ChosenDetector make_detector(std::string_view name, std::string const& model) {
    assert(std::ranges::find(kDetectorNames, name) != kDetectorNames.end());
    if (name == "rules") return {make_rules(), {}};
    auto loaded = load_model(model);
    if (loaded) return {std::move(*loaded), {}};
    if (name == "auto" && loaded.error().code == ErrorCode::NotFound) return {make_rules(), {}};
    return {make_rules(), "the model cannot be used, so the rules find the highlights: " +
                              loaded.error().message};
}

}  // namespace aiditor::detect
