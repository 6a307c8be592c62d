#include "apps/aiditor/service_commands.hpp"

#include "apps/aiditor/account_parts.hpp"
#include "apps/aiditor/backup.hpp"
#include "apps/aiditor/serve.hpp"
#include "base/file.hpp"
#include "base/printable.hpp"

#include <filesystem>
#include <fmt/format.h>

namespace aiditor::app {
namespace {

/// Errors: Usage where the database is not the embedded one.
Result<BackupRequest> backup_request(Options const& options, Config const& config) {
    auto const data = TRY(data_folder(config, options.data));
    auto const& url = config.text("database");
    if (!url.empty() && !url.starts_with("sqlite:"))
        return fail(ErrorCode::Usage,
                    "the database is PostgreSQL: back it up with pg_dump, then copy the folder "
                    "objects/ of the data folder (docs/operations.md)");
    auto const absolute = [](std::string const& path) {
        return path.empty() ? path : std::filesystem::absolute(path).string();
    };
    return BackupRequest{.data = data,
                         .database = url.empty() ? data + "/aiditor.db" : url.substr(7),
                         .folder = absolute(options.inputs.front()),
                         .keys = absolute(options.keys)};
}

std::string megabytes(std::int64_t bytes) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

Result<> run_backup(Options const& options, Config const& config, std::stop_token const& stop) {
    auto const request = TRY(backup_request(options, config));
    auto const report = TRY(back_up(request, stop));
    auto text = json::to_text(report) + "\n";
    if (!options.json) {
        text = fmt::format("{}: {} objects, {}, {} of them new\n", printable(request.folder),
                           report.backup.objects, megabytes(report.backup.bytes),
                           report.objects_copied);
        for (auto const& key : report.damaged)
            text += fmt::format("damaged in the data folder, not in the back-up: {}\n", key);
        if (request.keys.empty())
            text +=
                "The secrets (keys.json) are not in it; --keys FILE copies them to a place of "
                "their own.\n";
    }
    return write_text("-", text);
}

Result<> run_restore(Options const& options, Config const& config, std::stop_token const& stop) {
    auto const request = TRY(backup_request(options, config));
    auto const backup = TRY(restore(request, stop));
    if (options.json) return write_text("-", json::to_text(backup) + "\n");
    return write_text("-", fmt::format("{}: {} objects, {}; start with: aiditor serve --data {}\n",
                                       printable(request.data), backup.objects,
                                       megabytes(backup.bytes), printable(request.data)));
}

}  // namespace

bool is_service_command(Command command) {
    return command == Command::Serve || command == Command::Backup || command == Command::Restore ||
           command == Command::SetupLink || command == Command::RotateKeys;
}

Result<> run_service_command(Options const& options, Config const& config,
                             std::stop_token const& stop) {
    if (options.command == Command::Backup) return run_backup(options, config, stop);
    if (options.command == Command::Restore) return run_restore(options, config, stop);
    if (options.command == Command::SetupLink) return print_setup_link(config, options.data);
    if (options.command == Command::RotateKeys) return rotate_keys(config, options.data);
    return serve(config, {.listen = options.listen, .data = options.data}, stop);
}

}  // namespace aiditor::app
