#include "service/uploads/rows.hpp"

#include "base/json.hpp"
#include "service/clips/file_names.hpp"
#include "service/uploads/queries.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>

namespace aiditor::uploads {

std::unexpected<Error> not_stored(int error) {
    bool const is_full = error == ENOSPC || error == EDQUOT;
    bool const may_pass = error == EROFS || error == EMFILE || error == ENFILE;
    return fail(is_full    ? ErrorCode::DiskFull
                : may_pass ? ErrorCode::Unavailable
                           : ErrorCode::Unwritable,
                fmt::format("the upload cannot be stored ({})", std::strerror(error)));
}

std::string object_key(Upload const& upload) {
    return fmt::format("w/{}/clips/{}/1/source{}", upload.workspace_id, upload.clip_id,
                       clips::video_extension(upload.name).value_or(""));
}

Result<Upload> find_row(db::Session& session, std::string_view workspace_id, std::string_view id) {
    auto const row = TRY(session.row(queries::kFind, {id, workspace_id}));
    if (!row) return fail(ErrorCode::NotFound, "there is no such upload");
    return Upload{.id = row->text("id"),
                  .workspace_id = row->text("workspace_id"),
                  .made_by = row->text("made_by"),
                  .name = row->text("name"),
                  .length = row->integer("length"),
                  .received = row->integer("received"),
                  .hash_state = row->blob("hash_state"),
                  .state = json::from_value<UploadState>(json::Value(row->text("state"))).value(),
                  .clip_id = row->text("clip_id"),
                  .created_at_us = row->integer("created_at_us"),
                  .expires_at_us = row->integer("expires_at_us")};
}

Result<> store_checkpoint(db::Session& session, Upload const& upload, std::int64_t before) {
    auto const changed = TRY(session.change(
        queries::kCheckpoint,
        {upload.id, before, upload.received, db::Blob{upload.hash_state}, upload.expires_at_us}));
    auto const touched = changed == 0 ? Result<>(fail(ErrorCode::Stale, ""))
                                      : clips::touch(session, object_key(upload));
    if (!touched && touched.error().code == ErrorCode::Stale)
        return fail(ErrorCode::Gone, "the upload was ended meanwhile; begin anew");
    return touched;
}

}  // namespace aiditor::uploads
