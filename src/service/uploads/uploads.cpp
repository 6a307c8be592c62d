#include "service/uploads/uploads.hpp"

#include "base/random.hpp"
#include "service/clips/file_names.hpp"
#include "service/uploads/queries.hpp"
#include "service/uploads/rows.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aiditor::uploads {
namespace {

constexpr std::string_view kIdPrefix = "upload";

std::unexpected<Error> gone() { return fail(ErrorCode::Gone, "the upload has ended; begin anew"); }
std::unexpected<Error> locked() {
    return fail(ErrorCode::Locked, "another request is writing to this upload; again in a moment");
}

}  // namespace

Turn::~Turn() {
    if (!owner_) return;
    std::lock_guard const lock(owner_->mutex_);
    owner_->busy_.erase(id_);
}

Result<std::unique_ptr<Uploads>> Uploads::open(db::Database& database, storage::ObjectStore& store,
                                               Settings settings) {
    auto const& folder = settings.folder;
    TRY_VOID(make_folder(folder));
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fchmod(fd.get(), 0700) != 0)
        return fail(ErrorCode::Unwritable,
                    fmt::format("{}: cannot be used ({})", folder, std::strerror(errno)));
    return std::unique_ptr<Uploads>(
        new Uploads(database, store, std::move(settings), std::move(fd)));
}

Result<Upload> Uploads::begin(NewUpload const& wanted) {
    TRY_VOID(clips::check_video_name(wanted.name));
    if (wanted.length <= 0) return fail(ErrorCode::BadRequest, "an empty file is no video");
    if (wanted.length > kMostBytes)
        return fail(ErrorCode::LimitReached,
                    fmt::format("an upload may have at most {} bytes", kMostBytes));
    auto const now = settings_.clock->now();
    Upload upload{.id = new_id(kIdPrefix, *settings_.clock),
                  .workspace_id = wanted.workspace_id,
                  .made_by = wanted.made_by,
                  .name = wanted.name,
                  .length = wanted.length,
                  .received = 0,
                  .hash_state = ResumableSha256().state(),
                  .state = UploadState::Open,
                  .clip_id = new_id("clip", *settings_.clock),
                  .created_at_us = now,
                  .expires_at_us = now + kKeptUs};
    auto const quota = TRY(settings_.quota(wanted.workspace_id));
    // Two that look at the free disk at once would both be promised it.
    std::lock_guard const lock(admission_);
    auto const free = TRY(store_.free_bytes());
    auto const written = database_.write([&](db::Session& s) -> Result<> {
        auto const promised = TRY(s.row(queries::kExpected))->integer("bytes");
        if (upload.length > free - promised)
            return fail(ErrorCode::DiskFull, "the disk has no room for this file");
        auto const open = TRY(s.row(queries::kCountOpen, {upload.workspace_id}));
        if (open->integer("uploads") >= kMostOpen)
            return fail(ErrorCode::QuotaReached,
                        fmt::format("a workspace may have {} uploads under way", kMostOpen));
        TRY_VOID(clips::stage(s, upload.workspace_id, object_key(upload), upload.length, quota));
        TRY_VOID(
            s.change(queries::kInsert, {upload.id, upload.workspace_id, upload.made_by, upload.name,
                                        upload.length, db::Blob{upload.hash_state}, upload.clip_id,
                                        upload.created_at_us, upload.expires_at_us}));
        return {};
    });
    if (!written) return std::unexpected(written.error());
    return upload;
}

std::optional<Turn> Uploads::take_turn(std::string const& id) {
    std::lock_guard const lock(mutex_);
    if (!busy_.insert(id).second) return std::nullopt;
    return Turn(*this, id);
}

std::string Uploads::path_of(Upload const& upload) const {
    return fmt::format("{}/{}", settings_.folder, upload.id);
}

Result<Upload> Uploads::read(std::string_view workspace_id, std::string const& id) {
    return database_.read([&](db::Session& s) { return find_row(s, workspace_id, id); });
}

Result<Upload> Uploads::read_alive(std::string_view workspace_id, std::string const& id) {
    auto upload = TRY(read(workspace_id, id));
    bool const is_over = upload.expires_at_us <= settings_.clock->now();
    if (upload.state == UploadState::Ended || (upload.state == UploadState::Open && is_over))
        return gone();
    return upload;
}

Result<Upload> Uploads::find(std::string_view workspace_id, std::string const& id) {
    auto upload = TRY(read_alive(workspace_id, id));
    if (upload.state == UploadState::Done || upload.received < upload.length) return upload;
    // All bytes and no clip: it is being made right now, or something broke.
    auto const turn = take_turn(id);
    if (!turn) return upload;
    upload = TRY(read_alive(workspace_id, id));
    if (upload.state == UploadState::Done) return upload;
    return complete(std::move(upload));
}

Result<std::unique_ptr<Appender>> Uploads::append(std::string_view workspace_id,
                                                  std::string const& id, std::int64_t offset,
                                                  std::optional<Expected> expected) {
    TRY_VOID(read(workspace_id, id));  // only who may know of it learns that it is busy
    auto turn = take_turn(id);
    if (!turn) return locked();
    auto upload = TRY(read_alive(workspace_id, id));
    if (offset != upload.received)
        return fail(ErrorCode::Conflict,
                    fmt::format("the upload is at offset {}, not {}", upload.received, offset));
    auto hash = ResumableSha256::from_state(upload.hash_state);
    if (!hash || hash->size() != upload.received)
        return lose(upload, "the state of its hash is damaged");
    UniqueFd file;
    if (upload.received < upload.length) file = TRY(open_file(upload));
    return std::unique_ptr<Appender>(new Appender(*this, std::move(*turn), std::move(upload),
                                                  std::move(file), *hash, std::move(expected)));
}

Result<UniqueFd> Uploads::open_file(Upload const& upload) {
    bool const is_new = upload.received == 0;
    int const flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | (is_new ? O_CREAT : 0);
    UniqueFd fd(::openat(folder_.get(), upload.id.c_str(), flags, 0600));
    if (!fd && errno == ENOENT) return lose(upload, "its file is not there any more");
    struct stat s{};
    // A new name must be as durable as the bytes below it.
    if (!fd || ::fstat(fd.get(), &s) != 0 || (is_new && ::fsync(folder_.get()) != 0))
        return not_stored(errno);
    if (s.st_size < upload.received) return lose(upload, "its file has lost bytes");
    // Written before a crash and never acknowledged.
    if (s.st_size > upload.received && ::ftruncate(fd.get(), upload.received) != 0)
        return not_stored(errno);
    return fd;
}

Result<> Uploads::bring_to_store(Upload const& upload) {
    auto const key = object_key(upload);
    auto const there = store_.facts(key);
    if (there && there->size == upload.length) return store_.confirm(key);  // and then it broke
    if (there) return lose(upload, "its object has lost bytes");
    if (there.error().code != ErrorCode::NotFound) return std::unexpected(there.error());
    auto const moved = store_.adopt(path_of(upload), key);
    if (!moved && moved.error().code == ErrorCode::NotFound)
        return lose(upload, "its file is not there any more");
    return moved;
}

Result<Upload> Uploads::complete(Upload upload) {
    auto const hash = ResumableSha256::from_state(upload.hash_state);
    if (!hash || hash->size() != upload.length)
        return lose(upload, "the state of its hash is damaged");
    auto const sha256 = hash->hex();
    auto const key = object_key(upload);
    auto const known = TRY(database_.read(
        [&](db::Session& s) { return clips::find_content(s, upload.workspace_id, sha256); }));
    if (!known) TRY_VOID(bring_to_store(upload));
    clips::NewClip const clip{.id = upload.clip_id,
                              .workspace_id = upload.workspace_id,
                              .name = upload.name,
                              .source_key = key,
                              .source_path = std::nullopt,
                              .size = upload.length,
                              .sha256 = sha256};
    auto const done = database_.write([&](db::Session& s) -> Result<clips::Added> {
        clips::Added added{.clip_id = known.value_or(""), .is_new = false};
        if (known && !TRY(clips::find_content(s, upload.workspace_id, sha256)))
            return fail(ErrorCode::Unavailable, "the clip changes right now; again in a moment");
        if (!known) TRY_VOID(clips::commit(s, key, upload.length, sha256));
        if (!known) added = TRY(clips::add(s, clip));
        if (!added.is_new) TRY_VOID(clips::mark_deleting(s, key));
        if (TRY(s.change(queries::kDone, {upload.id, added.clip_id})) == 0) return gone();
        return added;
    });
    if (!done && done.error().code == ErrorCode::Stale) return gone();
    if (!done) return std::unexpected(done.error());
    remove_file(upload.id);
    upload.state = UploadState::Done;
    upload.clip_id = done->clip_id;
    return upload;
}

Result<> Uploads::end(std::string_view workspace_id, std::string const& id) {
    TRY_VOID(read(workspace_id, id));
    auto const turn = take_turn(id);
    if (!turn) return locked();
    auto const upload = TRY(read(workspace_id, id));
    if (upload.state == UploadState::Ended) return gone();
    if (upload.state == UploadState::Open) return end_now(upload);
    TRY_VOID(database_.write([&](db::Session& s) { return s.change(queries::kForget, {id}); }));
    return {};
}

Result<> Uploads::end_now(Upload const& upload) {
    auto const written = database_.write([&](db::Session& s) -> Result<> {
        if (TRY(s.change(queries::kEnd, {upload.id})) == 0) return {};
        return clips::mark_deleting(s, object_key(upload));
    });
    if (!written) return std::unexpected(written.error());
    remove_file(upload.id);
    return {};
}

std::unexpected<Error> Uploads::lose(Upload const& upload, std::string_view why) {
    // Where this fails too, the next request finds the same and tries again.
    std::ignore = end_now(upload);
    return fail(ErrorCode::Gone, fmt::format("the upload has ended: {}; begin anew", why));
}

void Uploads::remove_file(std::string const& id) const {
    ::unlinkat(folder_.get(), id.c_str(), 0);  // what stays is removed by remove_strays()
}

Result<bool> Uploads::expire(std::string const& workspace_id, std::string const& id) {
    auto const turn = take_turn(id);
    if (!turn) return false;
    auto const upload = read(workspace_id, id);
    if (!upload) return false;
    if (upload->expires_at_us > settings_.clock->now()) return false;  // a last byte came
    if (upload->state == UploadState::Open) TRY_VOID(end_now(*upload));
    remove_file(id);
    TRY_VOID(database_.write([&](db::Session& s) { return s.change(queries::kForget, {id}); }));
    return true;
}

Result<int> Uploads::remove_strays() {
    int count = 0;
    std::error_code ec;
    for (auto const& entry : std::filesystem::directory_iterator(settings_.folder, ec)) {
        auto const id = entry.path().filename().string();
        auto const turn = take_turn(id);
        if (!turn || !is_id(id, kIdPrefix)) continue;
        if (TRY(database_.read([&](db::Session& s) { return s.row(queries::kIsOpen, {id}); })))
            continue;
        remove_file(id);
        ++count;
    }
    if (ec)
        return fail(ErrorCode::Unreadable,
                    fmt::format("{}: cannot be listed ({})", settings_.folder, ec.message()));
    return count;
}

Result<int> Uploads::sweep() {
    int count = 0;
    std::optional<Error> failure;
    auto const note = [&](auto const& result) {
        if (!result && !failure) failure = result.error();
    };
    for (auto const& row :
         TRY(database_.read([](db::Session& s) { return s.rows(queries::kUnfinished); }))) {
        auto const done = find(row.text("workspace_id"), row.text("id"));
        if (done || done.error().code != ErrorCode::Gone) note(done);
        count += done && done->state == UploadState::Done ? 1 : 0;
    }
    auto const now = settings_.clock->now();
    for (auto const& row :
         TRY(database_.read([&](db::Session& s) { return s.rows(queries::kExpired, {now}); }))) {
        auto const done = expire(row.text("workspace_id"), row.text("id"));
        note(done);
        count += done && *done ? 1 : 0;
    }
    auto const strays = remove_strays();
    note(strays);
    if (failure) return std::unexpected(std::move(*failure).while_doing("sweeping uploads"));
    return count + *strays;
}

}  // namespace aiditor::uploads
