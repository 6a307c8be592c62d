#include "service/uploads/queries.hpp"
#include "service/uploads/rows.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace aiditor::uploads {

Appender::Appender(Uploads& owner, Turn turn, Upload upload, UniqueFd file,
                   ResumableSha256 const& hash, std::optional<Expected> expected)
    : owner_(owner),
      turn_(std::move(turn)),
      upload_(std::move(upload)),
      file_(std::move(file)),
      hash_(hash),
      at_(upload_.received),
      expected_(std::move(expected)) {
    if (expected_) checksum_.emplace(expected_->kind);
}

Appender::~Appender() {
    if (!file_) return;
    // Bytes without their checksum may be damaged; all others were worth sending.
    if (checksum_) std::ignore = ::ftruncate(file_.get(), upload_.received);
    else std::ignore = checkpoint();
}

Result<> Appender::write(std::string_view bytes) {
    if (failure_) return std::unexpected(*failure_);
    auto const done = [&]() -> Result<> {
        if (std::ssize(bytes) > upload_.length - at_)
            return fail(ErrorCode::LimitReached,
                        fmt::format("more bytes than the upload's length of {}", upload_.length));
        TRY_VOID(put(bytes));
        if (!checksum_ && at_ - upload_.received >= kCheckpointBytes) TRY_VOID(checkpoint());
        return {};
    }();
    if (!done) failure_ = done.error();
    return done;
}

Result<> Appender::put(std::string_view bytes) {
    auto const from = at_;
    for (auto rest = bytes; !rest.empty();) {
        auto const n = ::pwrite(file_.get(), rest.data(), rest.size(), at_);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return not_stored(errno);
        auto const stored = rest.substr(0, static_cast<std::size_t>(n));
        hash_.update(stored);
        if (checksum_) checksum_->update(stored);
        at_ += n;
        rest.remove_prefix(stored.size());
    }
    // The disk begins now, so that the checkpoint has little left to wait for.
    std::ignore = ::sync_file_range(file_.get(), from, at_ - from, SYNC_FILE_RANGE_WRITE);
    return {};
}

Result<> Appender::checkpoint() {
    if (at_ == upload_.received) return {};
    auto const& sync = owner_.settings_.sync;
    if ((sync ? sync(file_.get()) : ::fdatasync(file_.get())) != 0) {
        // What is on the disk is unknown now, and asking again would only hide it.
        file_ = UniqueFd();
        return owner_.lose(upload_, "the disk did not keep the bytes");
    }
    auto next = upload_;
    next.received = at_;
    next.hash_state = hash_.state();
    next.expires_at_us = owner_.settings_.clock->now() + kKeptUs;
    TRY_VOID(owner_.database_.write(
        [&](db::Session& s) { return store_checkpoint(s, next, upload_.received); }));
    upload_ = std::move(next);
    return {};
}

Result<> Appender::check_sum() {
    if (!checksum_ || checksum_->bytes() == expected_->bytes) {
        checksum_.reset();
        return {};
    }
    std::ignore = ::ftruncate(file_.get(), upload_.received);
    file_ = UniqueFd();
    return fail(ErrorCode::ChecksumMismatch,
                "the bytes are not those of Upload-Checksum; send them again");
}

Result<Upload> Appender::finish() {
    if (failure_) return std::unexpected(*failure_);
    TRY_VOID(check_sum());
    if (!file_) {  // nothing could follow
        if (upload_.state == UploadState::Open) return owner_.complete(upload_);
        return upload_;
    }
    TRY_VOID(checkpoint());
    file_ = UniqueFd();
    if (upload_.received < upload_.length) return upload_;
    return owner_.complete(upload_);
}

Result<Upload> Appender::finish_short() {
    if (failure_) return std::unexpected(*failure_);
    if (at_ == 0) return fail(ErrorCode::NothingToDo, "the file is empty");
    TRY_VOID(checkpoint());
    TRY_VOID(owner_.database_.write(
        [&](db::Session& s) { return s.change(queries::kSeal, {upload_.id}); }));
    upload_.length = upload_.received;
    return finish();
}

}  // namespace aiditor::uploads
