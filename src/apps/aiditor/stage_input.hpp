#pragma once
/// What a stage may start from: media, or the JSON value of an earlier stage.

#include "engine/pipeline/pipeline.hpp"

#include <string>
#include <variant>
#include <vector>

namespace aiditor::app {

using StageInput = std::variant<pipeline::InputSet, pipeline::AnalysisSet, timeline::Highlights,
                                timeline::EditPlan>;

/// A single input that is "-" or ends in ".json" is a JSON value, known by its "schema"; all else
/// are videos and folders. Errors: BadJson naming file and pointer, and those of list_inputs.
[[nodiscard]] Result<StageInput> read_stage_input(std::vector<std::string> const& inputs,
                                                  pipeline::Reporter& reporter);

/// Which files must not be overwritten.
[[nodiscard]] std::vector<FileFacts> files_of(StageInput const& input);

}  // namespace aiditor::app
