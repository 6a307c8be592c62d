#include "base/printable.hpp"
#include "service/storage/object_store.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <tuple>
#include <unistd.h>

namespace aiditor::storage {
namespace {

constexpr std::size_t kLongestKey = 512;
/// The database must always be able to commit.
constexpr std::int64_t kFloorBytes = 1LL << 30;
constexpr std::int64_t kFloorShare = 50;  // one part in 50

/// Trouble of the machine that is over one day, without anybody sending something else.
bool may_pass(int error) {
    return error == EIO || error == EMFILE || error == ENFILE || error == EROFS;
}

std::unexpected<Error> failure(int error, std::string_view what, std::string_view key) {
    bool const full = error == ENOSPC || error == EDQUOT;
    auto const code = error == ENOENT   ? ErrorCode::NotFound
                      : full            ? ErrorCode::DiskFull
                      : may_pass(error) ? ErrorCode::Unavailable
                                        : ErrorCode::Unwritable;
    return fail(code, fmt::format("{}: {} ({})", printable(key), what, std::strerror(error)));
}

Result<> check_key(std::string_view key) {
    if (is_key(key)) return {};
    return fail(ErrorCode::Internal, printable(key) + ": is not a key of the storage");
}

Result<UniqueFd> open_folder(int at, std::string const& name) {
    UniqueFd fd(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return failure(errno, "cannot be opened", name);
    return fd;
}

Result<> sync(int fd, std::string_view name) {
    // After a failed fsync the state of the bytes is unknown; it is never tried again.
    if (::fsync(fd) != 0) return failure(errno, "cannot be brought to the disk", name);
    return {};
}

struct Place {
    UniqueFd folder;
    std::string name;
};

class LocalStore;

class LocalWriter final : public ObjectWriter {
public:
    LocalWriter(Place place, UniqueFd file, std::string key)
        : place_(std::move(place)), file_(std::move(file)), key_(std::move(key)) {}

    Result<> write(std::string_view bytes) override { return write_all(file_.get(), bytes, key_); }

    Result<> commit() override {
        TRY_VOID(sync(file_.get(), key_));
        auto const self = fmt::format("/proc/self/fd/{}", file_.get());
        // linkat never replaces: a key is written once.
        if (::linkat(AT_FDCWD, self.c_str(), place_.folder.get(), place_.name.c_str(),
                     AT_SYMLINK_FOLLOW) != 0) {
            if (errno == EEXIST)
                return fail(ErrorCode::Conflict, key_ + ": is in the storage already");
            return failure(errno, "cannot be named", key_);
        }
        return sync(place_.folder.get(), key_);
    }

private:
    Place place_;
    UniqueFd file_;  // without a name until commit(): it vanishes when the program is killed
    std::string key_;
};

class LocalStore final : public ObjectStore {
public:
    LocalStore(std::string folder, UniqueFd root)
        : folder_(std::move(folder)), root_(std::move(root)) {}

    Result<std::unique_ptr<ObjectWriter>> create(std::string_view key) override {
        auto place = TRY(make_place(key));
        UniqueFd file(::openat(place.folder.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
        if (!file) return failure(errno, "cannot be written", key);
        return std::make_unique<LocalWriter>(std::move(place), std::move(file), std::string(key));
    }

    Result<> adopt(std::string const& path, std::string_view key) override {
        auto const place = TRY(make_place(key));
        auto const file = TRY(open_regular(path));
        TRY_VOID(sync(file.fd.get(), path));
        auto const moved = ::renameat2(AT_FDCWD, path.c_str(), place.folder.get(),
                                       place.name.c_str(), RENAME_NOREPLACE);
        if (moved == 0) return sync(place.folder.get(), key);
        if (errno == EEXIST)
            return fail(ErrorCode::Conflict, std::string(key) + ": is in the storage already");
        if (errno != EXDEV) return failure(errno, "cannot be taken over", key);
        return copy(file.fd.get(), path, key);
    }

    Result<> confirm(std::string_view key) override {
        auto const place = TRY(make_place(key));
        auto const file = TRY(open(key));
        TRY_VOID(sync(file.get(), key));
        return sync(place.folder.get(), key);
    }

    Result<ObjectFacts> facts(std::string_view key) override {
        auto const fd = TRY(open(key));
        struct stat s{};
        if (::fstat(fd.get(), &s) != 0) return failure(errno, "cannot be read", key);
        return ObjectFacts{s.st_size};
    }

    Result<UniqueFd> open(std::string_view key) override {
        auto const place = TRY(find_place(key));
        UniqueFd fd(
            ::openat(place.folder.get(), place.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!fd) return failure(errno, "cannot be read", key);
        return fd;
    }

    Result<> remove(std::string_view key) override {
        auto const place = find_place(key);
        if (!place && place.error().code == ErrorCode::NotFound) return {};
        if (!place) return std::unexpected(place.error());
        if (::unlinkat(place->folder.get(), place->name.c_str(), 0) != 0 && errno != ENOENT)
            return failure(errno, "cannot be removed", key);
        // The row that knows of the bytes goes next: they must not come back.
        return sync(place->folder.get(), key);
    }

    Result<std::int64_t> free_bytes() override {
        struct statvfs s{};
        if (::fstatvfs(root_.get(), &s) != 0) return failure(errno, "cannot be measured", folder_);
        auto const block = static_cast<std::int64_t>(s.f_frsize);
        auto const all = static_cast<std::int64_t>(s.f_blocks) * block;
        auto const left = static_cast<std::int64_t>(s.f_bavail) * block;
        return std::max<std::int64_t>(0, left - std::max(kFloorBytes, all / kFloorShare));
    }

    Result<> self_test() override {
        auto const key = fmt::format("self-test/{}", ::getpid());
        TRY_VOID(remove(key));  // of a run that was killed
        auto const writer = TRY(create(key));
        TRY_VOID(writer->write("ok"));
        TRY_VOID(writer->commit());
        auto const fd = TRY(open(key));
        auto const text = TRY(read_all(fd.get(), 16));
        TRY_VOID(remove(key));
        if (text == "ok") return {};
        return fail(ErrorCode::Unavailable, "the storage gives back other bytes than it was given");
    }

private:
    Result<> copy(int fd, std::string const& path, std::string_view key) {
        auto const writer = TRY(create(key));
        std::array<char, 1 << 16> block;
        for (off_t at = 0;;) {
            auto const n = ::pread(fd, block.data(), block.size(), at);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return failure(errno, "cannot be read", path);
            if (n == 0) break;
            TRY_VOID(writer->write({block.data(), static_cast<std::size_t>(n)}));
            at += n;
        }
        TRY_VOID(writer->commit());
        ::unlink(path.c_str());
        return {};
    }

    /// Walks down by descriptors, so that no link in the tree leads out of it.
    Result<Place> walk(std::string_view key, bool make) {
        TRY_VOID(check_key(key));
        UniqueFd folder = TRY(open_folder(root_.get(), "."));
        for (;;) {
            auto const slash = key.find('/');
            std::string name(key.substr(0, slash));
            if (slash == std::string_view::npos) return Place{std::move(folder), std::move(name)};
            // Also a folder that is there may be new: another thread or a program that was killed
            // has made it and has not synced it (yet).
            if (make) {
                std::ignore = ::mkdirat(folder.get(), name.c_str(), 0700);
                TRY_VOID(sync(folder.get(), name));
            }
            folder = TRY(open_folder(folder.get(), name));
            key.remove_prefix(slash + 1);
        }
    }
    Result<Place> make_place(std::string_view key) { return walk(key, true); }
    Result<Place> find_place(std::string_view key) { return walk(key, false); }

    std::string folder_;
    UniqueFd root_;
};

}  // namespace

bool is_key(std::string_view key) {
    if (key.empty() || key.size() > kLongestKey) return false;
    for (;;) {
        auto const slash = key.find('/');
        auto const part = key.substr(0, slash);
        bool const plain = !part.empty() && std::ranges::all_of(part, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '.' || c == '_' || c == '-';
        });
        if (!plain || part == "." || part == "..") return false;
        if (slash == std::string_view::npos) return true;
        key.remove_prefix(slash + 1);
    }
}

Result<std::unique_ptr<ObjectStore>> local_store(std::string const& folder) {
    TRY_VOID(make_folder(folder));
    UniqueFd root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) return failure(errno, "cannot be opened", folder);
    if (::fchmod(root.get(), 0700) != 0)
        return failure(errno, "cannot be closed to others", folder);
    return std::make_unique<LocalStore>(folder, std::move(root));
}

}  // namespace aiditor::storage
