#include "apps/aiditor/serve.hpp"

#include "apps/aiditor/account_parts.hpp"
#include "apps/aiditor/platform.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/printable.hpp"
#include "base/stop_on_signals.hpp"
#include "service/api/net/server.hpp"

#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <sys/file.h>
#include <tuple>
#include <unistd.h>

namespace aiditor::app {
namespace {

/// How long requests may go on after a stop.
constexpr std::chrono::seconds kDrain{20};

struct Endpoint {
    std::string address;
    std::uint16_t port = 0;
};

Result<Endpoint> endpoint_of(std::string const& text) {
    auto const colon = text.rfind(':');
    Endpoint out;
    auto const* end = text.data() + text.size();
    auto const* begin = colon == std::string::npos ? end : text.data() + colon + 1;
    auto const [stop, ec] = std::from_chars(begin, end, out.port);
    if (colon == std::string::npos || colon == 0 || ec != std::errc() || stop != end)
        return fail(ErrorCode::Usage,
                    printable(text) + ": is not ADDRESS:PORT, e.g. 127.0.0.1:8080");
    out.address = text.substr(0, colon);
    if (out.address.starts_with('[') && out.address.ends_with(']'))
        out.address = out.address.substr(1, out.address.size() - 2);
    return out;
}

bool is_loopback(std::string const& address) {
    return address == "::1" || address.starts_with("127.");
}

/// One program a folder: held until the program ends, however it does.
Result<UniqueFd> lock_folder(std::string const& folder) {
    auto const path = folder + "/lock";
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) return fail(ErrorCode::Unwritable, printable(path) + ": cannot be made");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorCode::Conflict,
                    printable(folder) + ": another aiditor serves this folder already");
    return fd;
}

void log_line(json::Object line) {
    static std::mutex mutex;
    line["at_us"] = machine_clock().now();
    auto const text = boost::json::serialize(line) + "\n";
    std::scoped_lock const lock(mutex);
    // Nobody is left to be told that standard error is closed.
    std::ignore = write_all(STDERR_FILENO, text, "standard error");
}

void log_request(api::AccessRecord const& r) {
    json::Object line{{"event", "request"},        {"method", api::method_name(r.method)},
                      {"route", r.pattern},        {"status", r.status},
                      {"took_us", r.took.count()}, {"request_id", r.request_id},
                      {"principal", r.principal}};
    if (!r.failure.empty()) line["failure"] = r.failure;
    log_line(std::move(line));
}

/// Who may reach the service must fit who it takes them for.
Result<> check_reach(Config const& config, Endpoint const& where) {
    if (is_loopback(where.address)) return {};
    if (is_single(config))
        return fail(ErrorCode::Usage,
                    "with accounts = \"single\" whoever reaches the service owns it, so it "
                    "listens on loopback only, e.g. 127.0.0.1:8080");
    if (config.text("public_url").empty())
        return fail(ErrorCode::Usage,
                    "public_url: say how browsers reach the service, e.g. "
                    "https://aiditor.example; links in mails begin with it, and no other name is "
                    "answered to");
    return {};
}

/// The link for the first operator, as long as there is none.
Result<> say_how_to_begin(Config const& config, Platform& platform, Endpoint const& where,
                          std::uint16_t port) {
    auto const url = public_url_of(config, fmt::format("{}:{}", where.address, port));
    auto const link = TRY(make_setup_link(platform.accounts(), url));
    if (link) log_line({{"event", "set_up"}, {"link", *link}, {"good_for_s", 3600}});
    if (!url.starts_with("https://") && !is_loopback(where.address))
        log_line({{"event", "warning"},
                  {"message",
                   "without https passwords and films cross the network readable; put a TLS proxy "
                   "in front"}});
    return {};
}

void wait_for(std::stop_token const& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
}

/// A service that no terminal holds reads its secrets again at SIGHUP.
void wait_for_the_end(Platform& platform, std::stop_token const& stop) {
    std::optional<OnHangup> on_hangup;
    if (::isatty(STDIN_FILENO) == 0) on_hangup.emplace([&platform] { platform.read_keys(); });
    wait_for(stop);
}

}  // namespace

Result<std::string> data_folder(Config const& config, std::string const& option) {
    if (!option.empty()) return std::filesystem::absolute(option).string();
    if (!config.text("data").empty())
        return std::filesystem::absolute(config.text("data")).string();
    auto const variable = [](char const* name) {
        auto const* value = std::getenv(name);
        return std::string(value ? value : "");
    };
    if (auto const xdg = variable("XDG_DATA_HOME"); xdg.starts_with('/')) return xdg + "/aiditor";
    if (auto const home = variable("HOME"); home.starts_with('/'))
        return home + "/.local/share/aiditor";
    return fail(ErrorCode::Usage, "there is no home folder: name the data folder with --data");
}

Result<> serve(Config const& config, ServeOptions const& options, std::stop_token const& stop) {
    auto const listen = options.listen.empty() ? config.text("listen") : options.listen;
    auto const where = TRY(endpoint_of(listen));
    TRY_VOID(check_reach(config, where));
    auto const public_url = public_url_of(config, listen);
    auto const folder = TRY(data_folder(config, options.data));
    TRY_VOID(Platform::make_folder(folder));
    auto const lock = TRY(lock_folder(folder));
    auto const platform = TRY(Platform::open(
        config, folder, public_url,
        {.request = log_request, .line = [](json::Object l) { log_line(std::move(l)); }}));
    api::net::ServerOptions net;
    net.address = where.address;
    net.port = where.port;
    if (auto const& proxies = config.text("trusted_proxies"); !proxies.empty())
        net.trusted_proxies = {proxies};
    auto const server = TRY(api::net::Server::start(net, platform->service()));
    platform->start_workers([&server](std::string_view topic) { server->wake(topic); });
    log_line({{"event", "listening"},
              {"url", fmt::format("http://{}:{}/", where.address, server->port())},
              {"data", folder},
              {"accounts", config.text("accounts")}});
    if (!is_single(config)) TRY_VOID(say_how_to_begin(config, *platform, where, server->port()));
    wait_for_the_end(*platform, stop);
    log_line({{"event", "stopping"}});
    server->stop(kDrain);
    platform->stop_workers();
    log_line({{"event", "stopped"}});
    return {};
}

}  // namespace aiditor::app
