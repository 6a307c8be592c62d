#pragma once
/// What a stage may start from: media, or the JSON value of an earlier stage.

#include "apps/aiditor/options.hpp"
#include "engine/pipeline/pipeline.hpp"

#include <string>
#include <variant>
#include <vector>

namespace aiditor::app {

using StageInput = std::variant<pipeline::InputSet, pipeline::AnalysisSet, timeline::Highlights,
                                timeline::EditPlan>;

/// A single input that is "-", ends in ".json", is a pipe of the shell (/dev/fd/N) or a file that
/// begins with '{' is a JSON value, known by its "schema"; all else are videos and folders. What
/// `probe` wrote gives its files, with the hashes they must still have. `outputs` are the files
/// that the command will write, left out of folders. Errors: BadJson naming file and pointer, Usage
/// for a value of more than 256 MiB, and those of list_inputs.
[[nodiscard]] Result<StageInput> read_stage_input(std::vector<std::string> const& inputs,
                                                  std::vector<std::string> const& outputs,
                                                  pipeline::Reporter& reporter);

/// Which files must not be overwritten: those that the value names, the event sidecars beside them,
/// and those it was read from.
[[nodiscard]] std::vector<FileFacts> files_of(StageInput const& input,
                                              std::vector<std::string> const& inputs = {});

/// Usage when the command cannot start from this value, or was given options of a stage that the
/// value has behind it, which would be ignored.
[[nodiscard]] Result<> check_fits(Options const& options, StageInput const& value);

}  // namespace aiditor::app
