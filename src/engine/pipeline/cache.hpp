#pragma once
/// Results kept between runs: what was measured in a clip does not change while its bytes do not.
///
/// One folder of files named by key. An entry carries the SHA-256 of its text, so that a damaged
/// one is as good as none. Losing the folder loses time, nothing else.

#include "base/file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aiditor::pipeline {

class Cache {
public:
    static constexpr std::int64_t kMostBytes = 2LL << 30;
    static constexpr std::size_t kMostEntryBytes = 128U << 20;

    /// $AIDITOR_CACHE, else $XDG_CACHE_HOME/aiditor, else ~/.cache/aiditor; empty without a home.
    [[nodiscard]] static std::string default_folder();

    /// Keeps nothing and finds nothing.
    Cache() = default;
    /// Creates the folder when needed (mode 0700). Errors: Unwritable.
    [[nodiscard]] static Result<Cache> open(std::string folder);

    [[nodiscard]] bool enabled() const { return !folder_.empty(); }

    /// Keys are file names: letters, digits, '-'.
    [[nodiscard]] std::optional<std::string> get(std::string const& key) const;
    /// Best effort: a full disk only means that nothing is kept.
    void put(std::string const& key, std::string_view text) const;

    /// A large file kept beside the entries, checked against the hash its entry recorded.
    [[nodiscard]] std::optional<UniqueFd> find_file(std::string const& key,
                                                    std::string const& sha256) const;
    /// A new large file, to be filled and published. Errors: Unwritable, DiskFull.
    [[nodiscard]] Result<OutputFile> new_file(std::string const& key) const;

    /// Deletes the entries that were used longest ago until at most `most_bytes` are left.
    void trim(std::int64_t most_bytes = kMostBytes) const;

private:
    [[nodiscard]] std::string path_of(std::string const& key) const;
    std::string folder_;
};

}  // namespace aiditor::pipeline
