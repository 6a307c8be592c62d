#include "engine/pipeline/cache.hpp"

#include "base/printable.hpp"
#include "base/sha256.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <vector>

namespace aiditor::pipeline {

namespace fs = std::filesystem;

namespace {
constexpr std::string_view kMark = "aiditor-cache/1 ";
constexpr std::size_t kHashDigits = 64;

void mark_used(std::string const& path) { ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0); }
}  // namespace

std::string Cache::default_folder() {
    auto const from = [](char const* name) -> std::string {
        char const* value = std::getenv(name);
        return value && value[0] == '/' ? value : "";  // relative ones are void (XDG base dirs)
    };
    if (auto const own = from("AIDITOR_CACHE"); !own.empty()) return own;
    if (auto const xdg = from("XDG_CACHE_HOME"); !xdg.empty()) return xdg + "/aiditor";
    auto const home = from("HOME");
    return home.empty() ? "" : home + "/.cache/aiditor";
}

Result<Cache> Cache::open(std::string folder) {
    std::error_code ec;
    bool const made = fs::create_directories(folder, ec);
    if (made) fs::permissions(folder, fs::perms::owner_all, ec);
    if (ec || ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
        return fail(ErrorCode::Unwritable,
                    printable(folder) +
                        ": the cache folder cannot be written; set AIDITOR_CACHE to "
                        "another one, or use --no-cache");
    Cache cache;
    cache.folder_ = std::move(folder);
    return cache;
}

std::string Cache::path_of(std::string const& key) const { return folder_ + "/" + key; }

std::optional<std::string> Cache::get(std::string const& key) const {
    if (!enabled()) return std::nullopt;
    auto text = read_text(path_of(key), kMostEntryBytes);
    auto const head = kMark.size() + kHashDigits + 1;
    if (!text || text->size() < head || !text->starts_with(kMark)) return std::nullopt;
    auto body = text->substr(head);
    if (text->substr(kMark.size(), kHashDigits) != sha256_hex(body)) return std::nullopt;
    mark_used(path_of(key));
    return body;
}

void Cache::put(std::string const& key, std::string_view text) const {
    if (!enabled() || text.size() > kMostEntryBytes) return;
    auto const entry = fmt::format("{}{}\n{}", kMark, sha256_hex(text), text);
    // A cache that cannot be written only costs time, on the next run.
    if (auto const written = write_text(path_of(key), entry); !written) return;
}

std::optional<UniqueFd> Cache::find_file(std::string const& key, std::string const& sha256) const {
    if (!enabled()) return std::nullopt;
    auto file = open_regular(path_of(key));
    if (!file) return std::nullopt;
    auto const actual = sha256_of_file(file->fd.get());
    if (!actual || *actual != sha256) return std::nullopt;
    mark_used(path_of(key));
    return std::move(file->fd);
}

Result<OutputFile> Cache::new_file(std::string const& key) const {
    return OutputFile::create(path_of(key));
}

namespace {
/// Names as the keys are made: kind-<sha256>. The folder may be one that holds other files.
bool is_entry(std::string_view name) {
    constexpr std::array<std::string_view, 5> kKinds{"analysis", "index", "hash", "build",
                                                     "render"};
    auto const dash = name.find('-');
    return dash != std::string_view::npos &&
           std::ranges::find(kKinds, name.substr(0, dash)) != kKinds.end() &&
           name.size() == dash + 1 + 64 &&
           name.find_first_not_of("0123456789abcdef", dash + 1) == std::string_view::npos;
}
}  // namespace

void Cache::trim(std::int64_t most_bytes) const {
    if (!enabled()) return;
    struct Entry {
        fs::file_time_type used;
        std::int64_t bytes;
        fs::path path;
    };
    std::vector<Entry> entries;
    std::int64_t total = 0;
    std::error_code ec;
    for (auto it = fs::directory_iterator(folder_, ec); !ec && it != fs::directory_iterator();
         it.increment(ec)) {
        std::error_code gone;  // another run may trim at the same time
        if (!is_entry(it->path().filename().string()) || it->is_symlink(gone) ||
            !it->is_regular_file(gone))
            continue;
        Entry entry{it->last_write_time(gone), static_cast<std::int64_t>(it->file_size(gone)),
                    it->path()};
        if (gone) continue;
        total += entry.bytes;
        entries.push_back(std::move(entry));
    }
    if (total <= most_bytes) return;
    std::ranges::sort(entries, {}, [](Entry const& e) { return std::tie(e.used, e.path); });
    for (auto const& entry : entries) {
        if (total <= most_bytes) return;
        fs::remove(entry.path, ec);
        total -= entry.bytes;
    }
}

}  // namespace aiditor::pipeline
