#pragma once
/// Runs what the command line asked for.

#include "apps/aiditor/options.hpp"
#include "apps/aiditor/progress.hpp"

#include <stop_token>

namespace aiditor::app {

/// Writes the result to standard output or to the named file.
[[nodiscard]] Result<> run_command(Options const& options, ProgressReporter& reporter,
                                   std::stop_token const& stop);

}  // namespace aiditor::app
