#pragma once
/// `aiditor serve`: the service in one process, web server and workers, until it is stopped.

#include "base/config.hpp"
#include "base/result.hpp"

#include <stop_token>
#include <string>

namespace aiditor::app {

struct ServeOptions {
    std::string listen;  ///< "ADDRESS:PORT", port 0 for a free one; empty: as the settings say
    std::string data;    ///< folder; empty: as the settings say
};

/// Says on standard error, one JSON object a line, what it does; the first line is
/// {"event":"listening","url":...}. Returns when `stop` is requested, after requests in work have
/// ended and running jobs were handed back. Errors: Usage for settings that do not go together,
/// Conflict when another program serves this data folder or port, and what opening gives.
[[nodiscard]] Result<> serve(Config const& config, ServeOptions const& options,
                             std::stop_token const& stop);

/// The folder of the service's data. Errors: Usage without one and without a home.
[[nodiscard]] Result<std::string> data_folder(Config const& config, std::string const& option);

}  // namespace aiditor::app
