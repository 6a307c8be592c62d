#pragma once
/// The commands around the service: serve, backup, restore, setup-link, keys.

#include "apps/aiditor/options.hpp"
#include "base/config.hpp"

#include <stop_token>

namespace aiditor::app {

[[nodiscard]] bool is_service_command(Command command);

/// Writes what it did to standard output. Errors: those of serve(), back_up(), restore(),
/// print_setup_link() and rotate_keys().
[[nodiscard]] Result<> run_service_command(Options const& options, Config const& config,
                                           std::stop_token const& stop);

}  // namespace aiditor::app
