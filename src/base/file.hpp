#pragma once
/// Files as this program needs them: owned descriptors, bounded reading, outputs that are whole
/// or not there at all. Linux only.

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace aiditor {

/// Owns one descriptor.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~UniqueFd();

    [[nodiscard]] int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// Which file a name or descriptor means, and whether it is still the same content.
struct FileFacts {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size_bytes = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;

    [[nodiscard]] bool same_file(FileFacts const& other) const {
        return device == other.device && inode == other.inode;
    }
    friend bool operator==(FileFacts const&, FileFacts const&) = default;
};

/// An open regular file.
struct OpenFile {
    UniqueFd fd;
    FileFacts facts;
};

/// Opens a regular file for reading; never blocks, also not on a FIFO or a device.
/// Errors name the file: NotFound, Unreadable (no permission, folder, not a regular file).
[[nodiscard]] Result<OpenFile> open_regular(std::string const& path);

/// Makes the folder, and those above it that are missing, with mode 0700; its name is durable on
/// return. One that is there stays as it is. Errors: Unwritable, DiskFull.
[[nodiscard]] Result<> make_folder(std::string const& path);

/// The folder of the running program; "." when the system does not say.
[[nodiscard]] std::string program_folder();

/// The whole text of a file; "-" is standard input. Errors: as above, LimitReached.
[[nodiscard]] Result<std::string> read_text(std::string const& path, std::size_t most_bytes);

/// All bytes of a descriptor from its start. Errors: Unreadable, LimitReached.
[[nodiscard]] Result<std::string> read_all(int fd, std::size_t most_bytes);

/// Writes all bytes. Errors: DiskFull, Unwritable, with `name` in the message.
[[nodiscard]] Result<> write_all(int fd, std::string_view bytes, std::string_view name);

/// An empty file without a name in `folder`, open for reading and writing; it vanishes with its
/// last descriptor, also when the process is killed. Errors: Unwritable, DiskFull.
[[nodiscard]] Result<UniqueFd> unnamed_file(std::string const& folder);

/// An output that appears under its name complete or not at all, even when the process is killed:
/// it is written without a name (O_TMPFILE) and named at the end. Where the file system has no
/// unnamed files it is a hidden ".NAME.PID.part" beside the target, removed unless published.
class OutputFile {
public:
    /// Opens the output; fails now rather than after the work when the folder is not writable.
    /// Errors: Unwritable (no folder, no permission, a folder or device of that name), DiskFull.
    [[nodiscard]] static Result<OutputFile> create(std::string path);

    OutputFile(OutputFile&&) noexcept = default;
    OutputFile& operator=(OutputFile&&) = delete;
    ~OutputFile();

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::string const& path() const { return path_; }

    /// Brings the bytes to the disk; the file is still invisible. Errors: DiskFull, Unwritable.
    [[nodiscard]] Result<> flush() const;
    /// Gives the file its name, replacing an older file. Call flush first.
    [[nodiscard]] Result<> publish();

private:
    OutputFile() = default;
    [[nodiscard]] Result<> link_as(std::string const& name) const;

    std::string path_, name_, part_name_;
    UniqueFd folder_, fd_;
};

/// Writes a small file whole or not at all; "-" is standard output.
[[nodiscard]] Result<> write_text(std::string const& path, std::string_view text);

/// OutputIsInput when `path` names the same file as an input, also through a link.
[[nodiscard]] Result<> refuse_same_file(std::string const& path,
                                        std::vector<FileFacts> const& inputs);

}  // namespace aiditor
