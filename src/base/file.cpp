#include "base/file.hpp"

#include "base/printable.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aiditor {
namespace {

constexpr std::size_t kLongestName = 230;  // of 255, less what the hidden name adds

std::string reason(int error) {
    char buffer[256];
    return ::strerror_r(error, buffer, sizeof buffer);  // the GNU form: thread-safe
}

FileFacts facts_of(struct stat const& s) {
    auto const ns = [](timespec t) { return t.tv_sec * 1'000'000'000 + t.tv_nsec; };
    return {s.st_dev, s.st_ino, s.st_size, ns(s.st_mtim), ns(s.st_ctim)};
}

std::unexpected<Error> write_failure(int error, std::string_view path) {
    if (error == ENOSPC || error == EDQUOT || error == EFBIG)
        return fail(ErrorCode::DiskFull,
                    fmt::format("{}: no space left on the disk; free some, or write elsewhere",
                                printable(path)));
    return fail(ErrorCode::Unwritable,
                fmt::format("{}: cannot be written ({}); check the folder and its permissions",
                            printable(path), reason(error)));
}

std::pair<std::string, std::string> split(std::string const& path) {
    auto const slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

UniqueFd::~UniqueFd() {
    if (fd_ >= 0) ::close(fd_);
}

Result<OpenFile> open_regular(std::string const& path) {
    auto const name = printable(path);
    // Non-blocking, or opening a FIFO would wait for a writer for ever.
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        auto const error = errno;
        if (error == ENOENT || error == ENOTDIR)
            return fail(ErrorCode::NotFound, name + ": no such file; check the name");
        return fail(
            ErrorCode::Unreadable,
            fmt::format("{}: cannot be read ({}); check its permissions", name, reason(error)));
    }
    struct stat s{};
    if (::fstat(fd.get(), &s) != 0)
        return fail(ErrorCode::Unreadable, fmt::format("{}: {}", name, reason(errno)));
    if (S_ISDIR(s.st_mode)) return fail(ErrorCode::Unreadable, name + ": is a folder, not a file");
    if (!S_ISREG(s.st_mode))
        return fail(ErrorCode::Unreadable,
                    name + ": is not a regular file; copy the data into one first");
    return OpenFile{std::move(fd), facts_of(s)};
}

Result<> make_folder(std::string const& path) {
    std::filesystem::path const folder(path);
    auto const above = folder.parent_path().empty() ? "." : folder.parent_path().string();
    bool made = ::mkdir(path.c_str(), 0700) == 0;
    if (!made && errno == ENOENT && above != path) {
        TRY_VOID(make_folder(above));
        made = ::mkdir(path.c_str(), 0700) == 0;
    }
    struct stat s{};
    if (!made && (errno != EEXIST || ::stat(path.c_str(), &s) != 0))
        return write_failure(errno, path);
    if (!made && !S_ISDIR(s.st_mode)) return write_failure(ENOTDIR, path);
    UniqueFd const fd(::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // One that was there before may lie where this user cannot look.
    if (!fd && !made) return {};
    if (!fd || ::fsync(fd.get()) != 0) return write_failure(errno, path);
    return {};
}

std::string program_folder() {
    std::error_code ec;
    auto const self = std::filesystem::read_symlink("/proc/self/exe", ec);
    return ec ? "." : self.parent_path().string();
}

Result<std::string> read_all(int fd, std::size_t most_bytes) {
    std::string out;
    for (;;) {
        char chunk[65536];
        auto const n = ::read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(ErrorCode::Unreadable, "cannot be read (" + reason(errno) + ")");
        if (n == 0) return out;
        out.append(chunk, static_cast<std::size_t>(n));
        if (out.size() > most_bytes)
            return fail(ErrorCode::LimitReached,
                        most_bytes < (1U << 20)
                            ? fmt::format("is larger than {} KiB", most_bytes >> 10)
                            : fmt::format("is larger than {} MiB", most_bytes >> 20));
    }
}

Result<std::string> read_text(std::string const& path, std::size_t most_bytes) {
    auto const named = [](Result<std::string> text, std::string const& name) {
        if (!text)
            return Result<std::string>(std::unexpected(std::move(text).error().while_doing(name)));
        return text;
    };
    if (path == "-") return named(read_all(STDIN_FILENO, most_bytes), "standard input");
    auto const file = TRY(open_regular(path));
    return named(read_all(file.fd.get(), most_bytes), printable(path));
}

Result<> write_all(int fd, std::string_view bytes, std::string_view name) {
    while (!bytes.empty()) {
        auto const n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return write_failure(errno, name);
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

Result<UniqueFd> unnamed_file(std::string const& folder) {
    UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (fd) return fd;
    auto path = folder + "/.aiditor-XXXXXX";
    fd = UniqueFd(::mkostemp(path.data(), O_CLOEXEC));
    if (!fd) return write_failure(errno, folder);
    ::unlink(path.c_str());
    return fd;
}

Result<OutputFile> OutputFile::create(std::string path) {
    OutputFile out;
    out.path_ = std::move(path);
    auto const [folder, name] = split(out.path_);
    out.name_ = name;
    struct stat s{};
    bool const exists = ::stat(out.path_.c_str(), &s) == 0;
    if (name.empty() || (exists && !S_ISREG(s.st_mode)))
        return fail(ErrorCode::Unwritable,
                    printable(out.path_) + ": is not a regular file; name a file to write to");
    if (name.size() > kLongestName)
        return fail(ErrorCode::Unwritable, printable(out.path_) +
                                               ": the name is too long; choose a "
                                               "shorter one");
    out.folder_ = UniqueFd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!out.folder_) {
        if (errno == ENOENT)
            return fail(ErrorCode::Unwritable,
                        fmt::format("{}: the folder {} does not exist; create it first",
                                    printable(out.path_), printable(folder)));
        return write_failure(errno, out.path_);
    }
    out.fd_ = UniqueFd(::openat(out.folder_.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
    if (!out.fd_ &&
        (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT || errno == EINVAL)) {
        out.part_name_ = fmt::format(".{}.{}.part", name, ::getpid());
        ::unlinkat(out.folder_.get(), out.part_name_.c_str(), 0);
        out.fd_ = UniqueFd(::openat(out.folder_.get(), out.part_name_.c_str(),
                                    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
        if (!out.fd_) out.part_name_.clear();
    }
    if (!out.fd_) return write_failure(errno, out.path_);
    return out;
}

OutputFile::~OutputFile() {
    if (fd_ && !part_name_.empty()) ::unlinkat(folder_.get(), part_name_.c_str(), 0);
}

Result<> OutputFile::flush() const {
    if (::fsync(fd_.get()) != 0) return write_failure(errno, path_);
    return {};
}

Result<> OutputFile::link_as(std::string const& name) const {
    auto const self = fmt::format("/proc/self/fd/{}", fd_.get());
    if (::linkat(AT_FDCWD, self.c_str(), folder_.get(), name.c_str(), AT_SYMLINK_FOLLOW) != 0)
        return write_failure(errno, path_);
    return {};
}

Result<> OutputFile::publish() {
    if (part_name_.empty()) {
        struct stat s{};
        // A new name is one step. Replacing takes two, as linkat never overwrites; only a kill
        // between them could leave the hidden name, and it would hold the complete file.
        bool const free = ::fstatat(folder_.get(), name_.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0;
        auto const name = free ? name_ : fmt::format(".{}.{}.part", name_, ::getpid());
        if (!free) ::unlinkat(folder_.get(), name.c_str(), 0);
        TRY_VOID(link_as(name));
        if (!free) part_name_ = name;
    }
    if (!part_name_.empty()) {
        if (::renameat(folder_.get(), part_name_.c_str(), folder_.get(), name_.c_str()) != 0)
            return write_failure(errno, path_);
        part_name_.clear();
    }
    if (::fsync(folder_.get()) != 0 && errno != EINVAL) return write_failure(errno, path_);
    return {};
}

Result<> write_text(std::string const& path, std::string_view text) {
    if (path == "-") return write_all(STDOUT_FILENO, text, "standard output");
    auto file = TRY(OutputFile::create(path));
    TRY_VOID(write_all(file.fd(), text, path));
    TRY_VOID(file.flush());
    return file.publish();
}

Result<> refuse_same_file(std::string const& path, std::vector<FileFacts> const& inputs) {
    struct stat s{};
    if (::stat(path.c_str(), &s) != 0) return {};
    for (auto const& input : inputs)
        if (facts_of(s).same_file(input))
            return fail(ErrorCode::OutputIsInput,
                        printable(path) + ": is also an input; choose another name for the output");
    return {};
}

}  // namespace aiditor
