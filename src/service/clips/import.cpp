#include "service/clips/import.hpp"

#include "base/printable.hpp"
#include "base/random.hpp"
#include "base/sha256.hpp"
#include "service/clips/file_names.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aiditor::clips {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> failure(int error, std::string_view path) {
    auto const name = printable(path);
    if (error == ELOOP || error == ENOTDIR)
        return fail(ErrorCode::BadRequest,
                    name + ": a symbolic link is on the way, which is not followed");
    if (error == ENOENT) return fail(ErrorCode::NotFound, name + ": is not there");
    return fail(ErrorCode::Unreadable, fmt::format("{}: {}", name, std::strerror(error)));
}

/// Walks from `folder` by descriptors, so that no link leads elsewhere; `below` is relative.
Result<OpenFile> open_below(fs::path const& folder, fs::path const& below) {
    constexpr int kFolder = O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
    UniqueFd at(::open(folder.c_str(), kFolder));
    if (!at) return failure(errno, folder.string());
    for (auto part = below.begin(); std::next(part) != below.end(); ++part) {
        UniqueFd next(::openat(at.get(), part->c_str(), kFolder));
        if (!next) return failure(errno, below.string());
        at = std::move(next);
    }
    auto const name = below.filename();
    // O_NONBLOCK: a FIFO of that name must not hold us up.
    OpenFile out;
    out.fd =
        UniqueFd(::openat(at.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat s{};
    if (!out.fd || ::fstat(out.fd.get(), &s) != 0) return failure(errno, below.string());
    if (!S_ISREG(s.st_mode))
        return fail(ErrorCode::Unreadable, printable(below.string()) + ": is no plain file");
    auto const ns = [](timespec const& t) { return t.tv_sec * 1'000'000'000 + t.tv_nsec; };
    out.facts = {.device = s.st_dev,
                 .inode = s.st_ino,
                 .size_bytes = s.st_size,
                 .modified_ns = ns(s.st_mtim),
                 .changed_ns = ns(s.st_ctim)};
    return out;
}

Result<fs::path> below(std::string const& folder, std::string const& path) {
    auto out = fs::path(path);
    if (out.is_absolute()) out = out.lexically_relative(folder);
    bool ok = !out.empty() && out.has_filename();
    for (auto const& part : out) ok = ok && part != ".." && part != "." && !part.empty();
    if (!ok) return fail(ErrorCode::BadRequest, printable(path) + ": is not inside the folder");
    return out;
}

}  // namespace

Result<Added> import_file(db::Database& database, std::string_view workspace_id,
                          std::string const& folder, std::string const& path,
                          std::stop_token const& stop) {
    auto const name_below = TRY(below(folder, path));
    auto const name = name_below.filename().string();
    TRY_VOID(check_video_name(name));
    std::error_code ec;
    auto const real = fs::canonical(folder, ec);
    if (ec) return failure(ec.value(), folder);
    auto const whole = (real / name_below).string();
    if (!is_utf8(whole)) return fail(ErrorCode::BadRequest, "the path is not UTF-8");

    auto const file = TRY(open_below(real, name_below));
    if (file.facts.size_bytes == 0) return fail(ErrorCode::NothingToDo, name + ": is empty");
    auto const sha256 = TRY(sha256_of_file(file.fd.get(), stop));
    if (TRY(open_below(real, name_below)).facts != file.facts)
        return fail(ErrorCode::Conflict, name + ": is being written; again when it is finished");
    NewClip const clip{.id = new_id("clip"),
                       .workspace_id = std::string(workspace_id),
                       .name = name,
                       .source_key = std::nullopt,
                       .source_path = whole,
                       .size = file.facts.size_bytes,
                       .sha256 = sha256};
    return database.write([&](db::Session& s) { return add(s, clip); });
}

Result<UniqueFd> open_source(Clip const& clip, storage::ObjectStore& store) {
    if (clip.source_key) return store.open(*clip.source_key);
    if (!clip.source_path) return fail(ErrorCode::NotFound, "the clip has no source");
    fs::path const path = *clip.source_path;
    auto file = TRY(open_below("/", path.relative_path()));
    if (file.facts.size_bytes != clip.size)
        return fail(ErrorCode::Conflict, clip.name + ": the file was changed since its import");
    return std::move(file.fd);
}

}  // namespace aiditor::clips
