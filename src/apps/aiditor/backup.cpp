#include "apps/aiditor/backup.hpp"

#include "base/file.hpp"
#include "base/printable.hpp"
#include "base/sha256.hpp"
#include "service/clips/objects.hpp"
#include "service/db/migrations.hpp"
#include "service/db/sqlite_copy.hpp"

#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>
#include <unordered_set>

namespace aiditor::app {
namespace {

namespace fs = std::filesystem;
using clips::KeptObject;

constexpr std::string_view kManifest = "backup.json", kDatabasePrefix = "database-";
constexpr std::size_t kMostManifestBytes = 64U << 10;
constexpr std::size_t kMostKeyFileBytes = 1U << 20;
constexpr int kObjectsAtOnce = 500;
/// Copies of the database until none of its objects has vanished meanwhile.
constexpr int kMostRounds = 5;

std::string manifest_path(std::string const& folder) {
    return fmt::format("{}/{}", folder, kManifest);
}
std::string objects_folder(std::string const& folder) { return folder + "/objects"; }

bool is_empty_or_missing(std::string const& folder) {
    std::error_code ec;
    return !fs::exists(folder, ec) || fs::is_empty(folder, ec);
}

/// Nothing in it is anybody else's: a back-up, or one that was ended half-way.
Result<> check_backup_folder(std::string const& folder) {
    std::error_code ec;
    if (!fs::exists(folder, ec)) return {};
    for (auto const& entry : fs::directory_iterator(folder, ec)) {
        auto const name = entry.path().filename().string();
        if (name != kManifest && name != "objects" && !name.starts_with(kDatabasePrefix))
            return fail(ErrorCode::Usage,
                        fmt::format("{}: holds other things ({}); name a new or empty folder, or "
                                    "an earlier back-up",
                                    printable(folder), printable(name)));
    }
    if (ec) return fail(ErrorCode::Unreadable, printable(folder) + ": " + ec.message());
    return {};
}

Result<> make_folder(std::string const& folder) {
    std::error_code ec;
    fs::create_directories(folder, ec);
    if (!ec) fs::permissions(folder, fs::perms::owner_all, ec);
    if (ec) return fail(ErrorCode::Unwritable, printable(folder) + ": " + ec.message());
    return {};
}

Result<BackupManifest> read_manifest(std::string const& folder) {
    auto text = read_text(manifest_path(folder), kMostManifestBytes);
    if (!text)
        return fail(ErrorCode::Usage, printable(folder) + ": is no back-up (it has no " +
                                          std::string(kManifest) + ")");
    auto read = json::from_text<BackupManifest>(*text);
    if (!read) return std::unexpected(std::move(read).error().while_doing(manifest_path(folder)));
    bool const plain = read->database.starts_with(kDatabasePrefix) &&
                       read->database.find('/') == std::string::npos;
    if (!plain)
        return fail(ErrorCode::BadJson, manifest_path(folder) + ": at /database: is no name");
    return read;
}

Result<std::unique_ptr<db::Database>> open_database(std::string const& file) {
    auto database = TRY(db::Database::open({.url = "sqlite:" + file}));
    TRY_VOID(db::schema_state(*database));
    return database;
}

Result<> for_each_object(db::Database& database, std::stop_token const& stop,
                         std::function<Result<>(KeptObject const&)> const& work) {
    std::string after;
    while (true) {
        auto const page = TRY(database.read(
            [&](db::Session& s) { return clips::kept_objects(s, after, kObjectsAtOnce); }));
        for (auto const& object : page) {
            if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "stopped");
            TRY_VOID(work(object));
        }
        if (page.size() < kObjectsAtOnce) return {};
        after = page.back().key;
    }
}

enum class Copied : std::uint8_t { Yes = 1, AlreadyThere, Damaged };

/// Errors: NotFound when the source has it no more.
Result<Copied> copy_object(storage::ObjectStore& from, storage::ObjectStore& to,
                           KeptObject const& object) {
    if (auto const there = to.facts(object.key); there && there->size == object.size)
        return Copied::AlreadyThere;
    TRY_VOID(to.remove(object.key));
    auto const source = TRY(from.open(object.key));
    auto const target = TRY(to.create(object.key));
    Sha256 hash;
    std::array<char, 1U << 18> block{};
    for (ssize_t got = 0; (got = ::read(source.get(), block.data(), block.size())) != 0;) {
        if (got < 0) return fail(ErrorCode::Unreadable, object.key + ": cannot be read");
        std::string_view const bytes(block.data(), static_cast<std::size_t>(got));
        hash.update(bytes);
        TRY_VOID(target->write(bytes));
    }
    if (hash.hex() != object.sha256) return Copied::Damaged;
    TRY_VOID(target->commit());
    return Copied::Yes;
}

class Backup {
public:
    Backup(BackupRequest const& request, std::stop_token const& stop)
        : request_(request), stop_(stop) {}

    Result<BackupReport> run() {
        std::optional<BackupManifest> earlier;
        TRY_VOID(check_backup_folder(request_.folder));
        if (auto read = read_manifest(request_.folder)) earlier = std::move(*read);
        TRY_VOID(make_folder(request_.folder));
        from_ = TRY(storage::local_store(objects_folder(request_.data)));
        to_ = TRY(storage::local_store(objects_folder(request_.folder)));
        bool whole = false;
        for (int round = 0; round < kMostRounds && !whole; ++round) whole = TRY(copy_all());
        if (!whole)
            return fail(ErrorCode::Conflict,
                        "objects are removed faster than they can be copied; "
                        "try again when less is going on");
        TRY_VOID(publish());
        // What stays by mistake takes room and harms nothing.
        if (earlier) std::ignore = forget(*earlier);
        return std::move(report_);
    }

private:
    [[nodiscard]] std::string path_of(std::string const& name) const {
        return request_.folder + "/" + name;
    }

    /// False when something vanished: it was deleted after the database was copied.
    Result<bool> copy_all() {
        if (!report_.backup.database.empty()) remove_database(report_.backup.database);
        auto const now = machine_clock().now();
        report_ = {.backup = {.made_by = AIDITOR_VERSION,
                              .made_at_us = now,
                              .database = fmt::format("{}{}.db", kDatabasePrefix, now),
                              .database_sha256 = {}},
                   .damaged = {}};
        auto& backup = report_.backup;
        TRY_VOID(db::copy_sqlite(request_.database, path_of(backup.database)));
        auto const database = TRY(open_database(path_of(backup.database)));
        bool vanished = false;
        TRY_VOID(for_each_object(*database, stop_, [&](KeptObject const& object) -> Result<> {
            auto const copied = copy_object(*from_, *to_, object);
            if (!copied && copied.error().code == ErrorCode::NotFound) vanished = true;
            else if (!copied) return std::unexpected(copied.error());
            else if (*copied == Copied::Damaged) report_.damaged.push_back(object.key);
            else if (*copied == Copied::Yes) ++report_.objects_copied;
            ++backup.objects;
            backup.bytes += object.size;
            return {};
        }));
        return !vanished;
    }

    Result<> publish() {
        auto& backup = report_.backup;
        auto const file = TRY(open_regular(path_of(backup.database)));
        backup.database_sha256 = TRY(sha256_of_file(file.fd.get(), stop_));
        return write_text(manifest_path(request_.folder), json::to_text(backup) + "\n");
    }

    /// What only the back-up before needs.
    Result<> forget(BackupManifest const& earlier) {
        std::unordered_set<std::string> kept;
        auto const now = TRY(open_database(path_of(report_.backup.database)));
        TRY_VOID(for_each_object(*now, stop_, [&](KeptObject const& object) -> Result<> {
            kept.insert(object.key);
            return {};
        }));
        auto const before = TRY(open_database(path_of(earlier.database)));
        TRY_VOID(for_each_object(*before, stop_, [&](KeptObject const& object) -> Result<> {
            return kept.contains(object.key) ? Result<>() : to_->remove(object.key);
        }));
        remove_database(earlier.database);
        return {};
    }

    void remove_database(std::string const& name) const {
        std::error_code ignored;
        for (auto const* end : {"", "-wal", "-shm"}) fs::remove(path_of(name) + end, ignored);
    }

    BackupRequest const& request_;
    std::stop_token const& stop_;
    std::unique_ptr<storage::ObjectStore> from_, to_;
    BackupReport report_;
};

/// Bytes of the secrets, in a file of mode 0600.
Result<> copy_keys(std::string const& from, std::string const& to) {
    auto const text = TRY(read_text(from, kMostKeyFileBytes));
    auto output = TRY(OutputFile::create(to));
    if (::fchmod(output.fd(), 0600) != 0)
        return fail(ErrorCode::Unwritable, printable(to) + ": cannot be kept from others");
    TRY_VOID(write_all(output.fd(), text, to));
    TRY_VOID(output.flush());
    return output.publish();
}

/// The parts of a back-up under `data`, which nobody uses yet.
Result<> unpack(BackupRequest const& request, BackupManifest const& backup, std::string const& data,
                std::stop_token const& stop) {
    auto const copy = request.folder + "/" + backup.database;
    auto const file = TRY(open_regular(copy));
    if (TRY(sha256_of_file(file.fd.get(), stop)) != backup.database_sha256)
        return fail(ErrorCode::Unreadable, printable(copy) + ": is damaged (its SHA-256 is wrong)");
    TRY_VOID(make_folder(data));
    TRY_VOID(db::copy_sqlite(copy, data + "/aiditor.db"));
    auto const from = TRY(storage::local_store(objects_folder(request.folder)));
    auto const to = TRY(storage::local_store(objects_folder(data)));
    auto const database = TRY(open_database(data + "/aiditor.db"));
    TRY_VOID(for_each_object(*database, stop, [&](KeptObject const& object) -> Result<> {
        auto const copied = copy_object(*from, *to, object);
        if (!copied) return std::unexpected(copied.error());
        if (*copied != Copied::Damaged) return {};
        return fail(ErrorCode::Unreadable, object.key + ": is damaged in the back-up");
    }));
    return request.keys.empty() ? Result<>() : copy_keys(request.keys, data + "/keys.json");
}

}  // namespace

Result<BackupReport> back_up(BackupRequest const& request, std::stop_token const& stop) {
    if (!request.keys.empty()) {
        auto const inside = fs::weakly_canonical(request.folder) / "";
        if (fs::weakly_canonical(request.keys).string().starts_with(inside.string()))
            return fail(ErrorCode::Usage,
                        "--keys: lies in the back-up, and must not be where the data is");
    }
    auto report = TRY(Backup(request, stop).run());
    if (!request.keys.empty()) TRY_VOID(copy_keys(request.data + "/keys.json", request.keys));
    return report;
}

Result<BackupManifest> restore(BackupRequest const& request, std::stop_token const& stop) {
    if (!is_empty_or_missing(request.data))
        return fail(ErrorCode::Usage, printable(request.data) +
                                          ": is not empty; restore into a new folder with --data");
    auto backup = TRY(read_manifest(request.folder));
    auto const part = request.data + ".restoring";
    std::error_code ec;
    fs::remove_all(part, ec);  // of a restore that was ended half-way
    TRY_VOID(unpack(request, backup, part, stop));
    fs::rename(part, request.data, ec);
    if (ec) return fail(ErrorCode::Unwritable, printable(request.data) + ": " + ec.message());
    return backup;
}

}  // namespace aiditor::app
