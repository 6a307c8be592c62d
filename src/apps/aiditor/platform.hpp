#pragma once
/// The parts of the service put together over one data folder: everything but the sockets.

#include "base/clock.hpp"
#include "base/config.hpp"
#include "base/json.hpp"
#include "service/accounts/accounts.hpp"
#include "service/api/service.hpp"

#include <functional>
#include <memory>
#include <string>

namespace aiditor::app {

/// The setting, else a file in the data folder.
[[nodiscard]] std::string database_url(Config const& config, std::string const& folder);

class Platform {
public:
    struct Log {
        std::function<void(api::AccessRecord const&)> request;
        std::function<void(json::Object)> line;
    };

    /// The folder, with mode 0700. Errors: Unwritable.
    [[nodiscard]] static Result<> make_folder(std::string const& folder);
    /// Opens database (and brings its schema up to date), storage, accounts and routes. Errors: of
    /// each.
    [[nodiscard]] static Result<std::unique_ptr<Platform>> open(Config const& config,
                                                                std::string const& folder,
                                                                std::string const& public_url,
                                                                Log log);
    ~Platform();
    Platform(Platform const&) = delete;
    Platform& operator=(Platform const&) = delete;

    [[nodiscard]] api::Service const& service() const;
    [[nodiscard]] accounts::Accounts& accounts();
    /// `on_news` hears the workspace in which something happened.
    void start_workers(std::function<void(std::string_view)> on_news);
    /// Reads the secrets again, soon; between start_workers and stop_workers.
    void read_keys();
    /// Running jobs are handed back.
    void stop_workers();

private:
    struct Parts;
    explicit Platform(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace aiditor::app
