#pragma once
/// Real databases for tests: a SQLite file and a PostgreSQL server of the test program's own, made
/// when first asked for and gone with the program. Only tests include this.
///
///     using JobStoreTest = db::testing::EachDatabase;
///     INSTANTIATE_TEST_SUITE_P(Databases, JobStoreTest, db::testing::databases(),
///                              db::testing::name_of);
///     TEST_P(JobStoreTest, ClaimsTheOldest) { ... database().write(...) ... }

#include "service/db/database.hpp"
#include "service/db/migrations.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <mutex>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace aiditor::db::testing {

/// Pooler: PostgreSQL behind pgbouncer in transaction mode.
enum class Server : std::uint8_t { Sqlite = 1, Postgres, Pooler };

inline auto databases() { return ::testing::Values(Server::Sqlite, Server::Postgres); }
inline auto databases_and_pooler() {
    return ::testing::Values(Server::Sqlite, Server::Postgres, Server::Pooler);
}
inline std::string name_of(::testing::TestParamInfo<Server> const& info) {
    return info.param == Server::Sqlite     ? "Sqlite"
           : info.param == Server::Postgres ? "Postgres"
                                            : "Pooler";
}

/// The value, or the end of the test program with the error: what a test needs before it begins.
template <class T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().message;
        std::abort();
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Runs tests/services/SCRIPT and waits for it.
inline void run_script(std::string const& script, std::vector<std::string> arguments) {
    auto path = fmt::format("{}/tests/services/{}", AIDITOR_SOURCE_DIR, script);
    std::vector<char*> argv{path.data()};
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_t child = 0;
    int status = -1;
    if (::posix_spawn(&child, path.c_str(), nullptr, nullptr, argv.data(), environ) != 0 ||
        ::waitpid(child, &status, 0) != child || status != 0) {
        ADD_FAILURE() << path << " failed";
        std::abort();
    }
}

/// Folder, servers and templates of this test program. One of it.
class Servers {
public:
    static Servers& get() {
        static Servers servers;
        return servers;
    }
    Servers(Servers const&) = delete;
    Servers& operator=(Servers const&) = delete;
    ~Servers() {
        if (::getpid() != owner_) return;  // a death test's child
        admin_.reset();
        if (pooler_) run_script("pgbouncer.sh", {"stop", folder_ + "/pool"});
        if (postgres_) run_script("postgres.sh", {"stop", folder_});
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    /// A new database; `migrated` to the newest step, or empty.
    std::string create(Server server, bool migrated) {
        std::lock_guard const lock(mutex_);
        auto const name = fmt::format("t{}", ++count_);
        if (server == Server::Sqlite) return create_file(name, migrated);
        start(server);
        if (migrated && !postgres_template_) {
            sql("CREATE DATABASE migrated");
            migrate_to_newest(url_of(Server::Postgres, "migrated"));
            postgres_template_ = true;
        }
        sql(fmt::format("CREATE DATABASE {} TEMPLATE {}", name,
                        migrated ? "migrated" : "template0"));
        return url_of(server, name);
    }
    void drop(Server server, std::string const& url) {
        std::lock_guard const lock(mutex_);
        if (server == Server::Sqlite) {
            for (auto const* end : {"", "-wal", "-shm"})
                std::filesystem::remove(url.substr(url.find(':') + 1) + end);
        } else {
            auto const begin = url.find("///") + 3;
            sql(fmt::format("DROP DATABASE {} WITH (FORCE)",
                            url.substr(begin, url.find('?') - begin)));
        }
    }
    /// A statement by the server's owner, outside of any transaction.
    void sql(std::string const& text) {
        std::unique_ptr<PGresult, decltype(&PQclear)> const done(PQexec(admin_.get(), text.c_str()),
                                                                 &PQclear);
        auto const status = PQresultStatus(done.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            ADD_FAILURE() << text << ": " << PQerrorMessage(admin_.get());
    }
    [[nodiscard]] std::string const& folder() const { return folder_; }

private:
    Servers() : owner_(::getpid()) {
        auto pattern = (roomy_folder() / "aiditor-db-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) std::abort();
        folder_ = pattern;
        // The server runs as another user when the tests run as root.
        ::chmod(folder_.c_str(), 0711);
    }

    /// Memory where there is enough: making a database writes 300 files.
    static std::filesystem::path roomy_folder() {
        constexpr std::uintmax_t kEnough = std::uintmax_t{1} << 30;
        std::error_code error;
        std::filesystem::path const memory = "/dev/shm";
        auto const space = std::filesystem::space(memory, error);
        bool const fits = !error && space.available >= kEnough &&
                          ::access(memory.c_str(), W_OK) == 0 && !std::getenv("TMPDIR");
        return fits ? memory : std::filesystem::temp_directory_path();
    }
    void start(Server server) {
        auto const owner = std::to_string(owner_);
        if (!postgres_) {
            run_script("postgres.sh", {"start", folder_, owner});
            postgres_ = true;
            auto const url = url_of(Server::Postgres, "postgres");
            admin_.reset(PQconnectdb(url.c_str()));
        }
        if (server == Server::Pooler && !pooler_) {
            run_script("pgbouncer.sh", {"start", folder_ + "/pool", folder_, owner});
            pooler_ = true;
        }
    }
    [[nodiscard]] std::string url_of(Server server, std::string const& name) const {
        bool const pooled = server == Server::Pooler;
        return fmt::format("postgresql:///{}?host={}{}&port={}&user=aiditor", name, folder_,
                           pooled ? "/pool" : "", pooled ? 6432 : 5432);
    }
    std::string create_file(std::string const& name, bool migrated) {
        auto const path = fmt::format("{}/{}.db", folder_, name);
        auto const made = folder_ + "/migrated.db";
        if (migrated && !sqlite_template_) migrate_to_newest("sqlite:" + made);
        sqlite_template_ = sqlite_template_ || migrated;
        if (migrated) std::filesystem::copy_file(made, path);
        return "sqlite:" + path;
    }
    static void migrate_to_newest(std::string const& url) {
        Options options;
        options.url = url;
        auto const database = must(Database::open(options));
        must(migrate(*database, static_cast<int>(migrations(database->engine()).size())));
    }

    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    pid_t owner_;
    std::mutex mutex_;
    std::string folder_;
    int count_ = 0;
    bool postgres_ = false, pooler_ = false, postgres_template_ = false, sqlite_template_ = false;
    std::unique_ptr<PGconn, Finish> admin_;
};

/// A database of its own, gone with this object.
class TestDatabase {
public:
    explicit TestDatabase(Server server, bool migrated = true)
        : server_(server), url_(Servers::get().create(server, migrated)) {}
    TestDatabase(TestDatabase const&) = delete;
    TestDatabase& operator=(TestDatabase const&) = delete;
    ~TestDatabase() { Servers::get().drop(server_, url_); }

    [[nodiscard]] std::string const& url() const { return url_; }
    [[nodiscard]] std::unique_ptr<Database> open(Options options = {}) const {
        options.url = url_;
        return must(Database::open(options));
    }

private:
    Server server_;
    std::string url_;
};

/// Every test has a freshly migrated database.
class EachDatabase : public ::testing::TestWithParam<Server> {
protected:
    [[nodiscard]] Database& database() { return *database_; }
    [[nodiscard]] TestDatabase const& where() const { return where_; }
    /// Another program's connections to it.
    [[nodiscard]] std::unique_ptr<Database> another(Options options = {}) const {
        return where_.open(std::move(options));
    }
    [[nodiscard]] bool is_sqlite() const { return GetParam() == Server::Sqlite; }

private:
    TestDatabase where_{GetParam()};
    std::unique_ptr<Database> database_ = where_.open();
};

/// The name and text of every src/service/FEATURE/queries/NAME.sql.
inline std::vector<std::pair<std::string, std::string>> all_queries() {
    std::vector<std::pair<std::string, std::string>> out;
    std::filesystem::path const service = AIDITOR_SOURCE_DIR "/src/service";
    for (auto const& entry : std::filesystem::recursive_directory_iterator(service)) {
        auto const& path = entry.path();
        if (path.extension() != ".sql" || path.parent_path().filename() != "queries") continue;
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        out.emplace_back(std::filesystem::relative(path, service).string(), text.str());
    }
    return out;
}

}  // namespace aiditor::db::testing
