#include "apps/aiditor/platform.hpp"

#include "apps/aiditor/account_keeper.hpp"
#include "apps/aiditor/account_parts.hpp"
#include "apps/aiditor/departing.hpp"
#include "apps/aiditor/service_work.hpp"
#include "base/file.hpp"
#include "base/printable.hpp"
#include "service/accounts/routes.hpp"
#include "service/api/openapi.hpp"
#include "service/clips/routes.hpp"
#include "service/db/migrations.hpp"
#include "service/db/sqlite_copy.hpp"
#include "service/events/events.hpp"
#include "service/idempotency/kept_answers.hpp"
#include "service/jobs/routes.hpp"
#include "service/projects/routes.hpp"
#include "service/uploads/routes.hpp"
#include "service/web/routes.hpp"

#include <array>
#include <condition_variable>
#include <filesystem>
#include <fmt/format.h>
#include <mutex>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace aiditor::app {
namespace {

namespace fs = std::filesystem;
/// Between looks at what has expired: uploads, objects, events.
constexpr std::chrono::minutes kSweepEvery{5};
constexpr std::int64_t kGigabyte = 1'000'000'000;

/// Up to date; a SQLite file that is there is copied first.
Result<> bring_up_to_date(db::Database& database, std::string const& file) {
    auto const state = TRY(db::schema_state(database));
    if (state.version == state.newest) return {};
    if (state.version > 0 && !file.empty()) {
        auto const copy = fmt::format("{}.before-{:04}", file, state.newest);
        std::error_code ignored;
        fs::remove(copy, ignored);  // of a start that was ended half-way
        TRY_VOID(db::copy_sqlite(file, copy));
    }
    return db::migrate(database, state.newest);
}

/// The host names of a URL and of this machine's loopback.
std::vector<std::string> hosts_of(std::string const& public_url) {
    std::vector<std::string> out{"127.0.0.1", "localhost", "::1", "[::1]"};
    auto const begin = public_url.find("://");
    if (begin == std::string::npos) return out;
    auto host = public_url.substr(begin + 3);
    host = host.substr(0, host.find('/'));
    auto const bracket = host.find(']');  // of an IPv6 address
    out.push_back(host.substr(0, host.find(':', bracket == std::string::npos ? 0 : bracket)));
    return out;
}

/// One program at a time serves a folder of a machine.
std::string worker_name(std::string const& folder) {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
    return fmt::format("{}:{}", host.data(), folder);
}

struct Health {
    std::string status;  ///< "ok" or "degraded"
};
BOOST_DESCRIBE_STRUCT(Health, (), (status))

}  // namespace

struct Platform::Parts {
    Parts(Config c, std::string f, std::string url, Log l)
        : config(std::move(c)),
          folder(std::move(f)),
          public_url(std::move(url)),
          log(std::move(l)) {}

    Config config;
    std::string folder, public_url;
    Log log;
    std::unique_ptr<db::Database> database;
    std::unique_ptr<storage::ObjectStore> store;
    std::unique_ptr<accounts::Accounts> accounts;
    std::unique_ptr<EngineWork> engine;
    std::unique_ptr<ServiceWork> work;
    std::unique_ptr<uploads::Uploads> uploads;
    std::unique_ptr<jobs::Deps> jobs_deps;
    std::unique_ptr<projects::Deps> projects_deps;
    std::unique_ptr<accounts::Authenticator> authenticator;
    std::unique_ptr<accounts::MailSender> mail;
    api::RateLimits rates;
    std::unique_ptr<idempotency::KeptAnswers> kept_answers;
    std::unique_ptr<api::Service> service;
    std::function<void(std::string_view)> on_news;
    std::unique_ptr<jobs::Worker> worker;
    std::jthread sweeper;
    std::unique_ptr<AccountKeeper> keeper;

    [[nodiscard]] clips::Quota quota() const {
        return {.most_bytes = config.number("quota_gb") * kGigabyte};
    }
    Result<> open_stores();
    Result<> open_accounts();
    void open_work();
    Result<> open_service();
    [[nodiscard]] idempotency::KeptAnswers::Options kept_answers_options();
    [[nodiscard]] std::vector<api::Route> routes();
    [[nodiscard]] std::vector<api::Route> health_routes();
    [[nodiscard]] Result<Health> health();
    void sweep(std::stop_token const& stop);
    void trouble(std::string_view doing, Error const& error) const {
        log.line({{"event", "trouble"},
                  {"doing", doing},
                  {"code", code_name(error.code)},
                  {"message", error.message}});
    }
};

Result<> Platform::Parts::open_stores() {
    auto const url = database_url(config, folder);
    database = TRY(db::Database::open({.url = url}));
    TRY_VOID(bring_up_to_date(*database, url.starts_with("sqlite:") ? url.substr(7) : ""));
    store = TRY(storage::local_store(folder + "/objects"));
    return {};
}

Result<> Platform::Parts::open_accounts() {
    mail = TRY(mail_sender_of(config));
    accounts = TRY(app::open_accounts(config, folder, public_url, *database));
    authenticator =
        std::make_unique<accounts::Authenticator>(TRY(authenticator_of(config, *accounts)));
    return {};
}

void Platform::Parts::open_work() {
    std::error_code ignored;
    fs::remove_all(folder + "/work", ignored);  // of a run that was killed
    fs::create_directories(folder + "/work", ignored);
    auto const& model = config.text("model");
    engine = std::make_unique<EngineWork>(EngineOptions{
        .cache_folder = folder + "/cache",
        .detector = config.text("detector"),
        .model = model.empty() ? program_folder() + "/models/highlight.json" : model});
    work = std::make_unique<ServiceWork>(ServiceWork{.database = *database,
                                                     .store = *store,
                                                     .engine = *engine,
                                                     .quota = quota(),
                                                     .work_folder = folder + "/work"});
}

Result<Health> Platform::Parts::health() {
    TRY_VOID(db::schema_state(*database));
    TRY_VOID(store->self_test());
    bool const has_room = TRY(store->free_bytes()) > 0;
    return Health{worker && has_room ? "ok" : "degraded"};
}

std::vector<api::Route> Platform::Parts::health_routes() {
    api::Policy const open{.access = api::Access::Public};
    std::vector<api::Route> out;
    out.push_back(api::endpoint<void, Health>(
        api::Method::Get, "/health/live", open,
        {.id = "is_live", .tag = "health", .summary = "Whether the program answers"},
        [](api::Request const&) -> Result<Health> { return Health{"ok"}; }));
    out.push_back(api::endpoint<void, Health>(
        api::Method::Get, "/health/ready", open,
        {.id = "is_ready",
         .tag = "health",
         .summary = "Whether database and storage work; degraded without workers or room"},
        [this](api::Request const&) { return health(); }));
    return out;
}

std::vector<api::Route> Platform::Parts::routes() {
    auto const work_came = [this] {
        if (worker) worker->wake();
    };
    jobs_deps = std::make_unique<jobs::Deps>(jobs::Deps{*database, work_came, tidy});
    projects_deps = std::make_unique<projects::Deps>(projects::Deps{
        .database = *database,
        .store = *store,
        .planner = {.highlights =
                        [this](auto analyses, auto const& wishes) {
                            return highlights_of(*engine, analyses, wishes);
                        },
                    .plan = [this](auto const& found,
                                   auto const& wishes) { return plan_of(*engine, found, wishes); },
                    .check = check_plan},
        .clock = machine_clock(),
        .work_came = work_came,
        .unwanted = clips::mark_deleting});
    std::vector<api::Route> out;
    auto const add = [&](std::vector<api::Route> more) {
        std::ranges::move(more, std::back_inserter(out));
    };
    add(health_routes());
    add(accounts::routes(*accounts));
    add(jobs::routes(*jobs_deps));
    add(projects::routes(*projects_deps));
    add(clips::routes(*database, *store));
    add(uploads::routes(*uploads, *database));
    add(web::routes());
    return out;
}

Result<> Platform::Parts::open_service() {
    uploads = TRY(uploads::Uploads::open(
        *database, *store,
        {.folder = folder + "/uploads",
         .quota = [this](std::string const&) -> Result<clips::Quota> { return quota(); }}));
    auto all = routes();
    all.push_back(TRY(api::openapi_route(all, {})));
    api::ServicePorts ports;
    ports.authenticate = [this](api::Request const& request) { return (*authenticator)(request); };
    ports.memberships = [this](std::string const& user, std::string const& workspace) {
        return accounts->workspaces.role_of(user, workspace);
    };
    ports.count_request = [this](std::string const& key, api::RateLimit const& limit) {
        return Result<api::RateState>(rates.count(key, limit));
    };
    ports.observers.push_back(log.request);
    kept_answers = std::make_unique<idempotency::KeptAnswers>(*database, kept_answers_options());
    ports.idempotency = {
        .claim = [this](auto const& key) { return kept_answers->claim(key); },
        .finish = [this](auto const& key,
                         auto const& answer) { kept_answers->finish(key, answer); }};
    service = TRY(api::Service::create(
        std::move(all), {.hosts = hosts_of(public_url), .origins = {}, .media_origin = {}}, ports));
    return {};
}

idempotency::KeptAnswers::Options Platform::Parts::kept_answers_options() {
    return {.seal = {.seal =
                         [this](auto const& plain, auto const& context) {
                             return accounts->keys->ring()->seal(plain, context,
                                                                 machine_clock().now());
                         },
                     .open =
                         [this](auto const& sealed, auto const& context) {
                             return accounts->keys->ring()->open(sealed, context);
                         }},
            .on_trouble = [this](Error const& error) { trouble("keep an answer", error); }};
}

void Platform::Parts::sweep(std::stop_token const& stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    do {
        if (auto const done = uploads->sweep(); !done) trouble("sweep uploads", done.error());
        if (auto const done = clips::sweep(*database, *store); !done)
            trouble("sweep objects", done.error());
        if (auto const done = clear_departed(*accounts, *database, *store); !done)
            trouble("clear what departed", done.error());
        auto const forgot = database->write(
            [](db::Session& s) { return events::forget_old(s, machine_clock().now()); });
        if (!forgot) trouble("forget events", forgot.error());
        if (auto const done = kept_answers->sweep(); !done) trouble("forget answers", done.error());
        std::unique_lock lock(mutex);
        woken.wait_for(lock, stop, kSweepEvery, [] { return false; });
    } while (!stop.stop_requested());
}

std::string database_url(Config const& config, std::string const& folder) {
    auto const& url = config.text("database");
    return url.empty() ? "sqlite:" + folder + "/aiditor.db" : url;
}

Platform::Platform(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Platform::~Platform() { stop_workers(); }

Result<> Platform::make_folder(std::string const& folder) {
    TRY_VOID(aiditor::make_folder(folder));
    std::error_code ec;
    fs::permissions(folder, fs::perms::owner_all, ec);
    if (ec)
        return fail(ErrorCode::Unwritable,
                    fmt::format("{}: cannot be made ({})", printable(folder), ec.message()));
    return {};
}

Result<std::unique_ptr<Platform>> Platform::open(Config const& config, std::string const& folder,
                                                 std::string const& public_url, Log log) {
    auto parts = std::make_unique<Parts>(config, folder, public_url, std::move(log));
    TRY_VOID(parts->open_stores());
    TRY_VOID(parts->open_accounts());
    parts->open_work();
    TRY_VOID(parts->open_service());
    return std::unique_ptr<Platform>(new Platform(std::move(parts)));
}

api::Service const& Platform::service() const { return *parts_->service; }
accounts::Accounts& Platform::accounts() { return *parts_->accounts; }

void Platform::start_workers(std::function<void(std::string_view)> on_news) {
    auto& p = *parts_;
    p.on_news = std::move(on_news);
    p.keeper = std::make_unique<AccountKeeper>(*p.accounts, std::move(p.mail), p.log.line);
    p.sweeper = std::jthread([&p](std::stop_token const& stop) { p.sweep(stop); });
    auto const threads = static_cast<unsigned>(p.config.number("workers"));
    if (threads == 0) return;
    jobs::Worker::Options options;
    options.name = worker_name(p.folder);
    // Whoever had this name before held the folder's lock and lives no more.
    if (auto const ended = jobs::end_leases(*p.database, options.name); !ended)
        p.trouble("end leases", ended.error());
    options.threads = threads;
    options.tidy = tidy;
    options.on_end = [&p](jobs::Job const& job, std::string_view state, std::string_view error) {
        p.log.line({{"event", "job"},
                    {"job_id", job.id},
                    {"kind", job.kind},
                    {"state", state},
                    {"error", error}});
        p.on_news(job.workspace_id);
    };
    options.on_trouble = [&p](Error const& error) { p.trouble("jobs", error); };
    p.worker = std::make_unique<jobs::Worker>(*p.database, work_of(*p.work), options);
}

void Platform::read_keys() { parts_->keeper->read_keys(); }

void Platform::stop_workers() {
    parts_->worker.reset();
    parts_->sweeper = {};
    parts_->keeper.reset();
}

}  // namespace aiditor::app
