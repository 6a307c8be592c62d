#pragma once
/// Clips that stay where they are: files in folders that the operator has named.

#include "base/file.hpp"
#include "service/clips/clips.hpp"

#include <stop_token>

namespace aiditor::clips {

/// Makes a clip of the video `path` inside `folder` (configured by the operator; itself it may be
/// reached by links). The bytes are neither copied nor counted; the clip keeps the whole path.
/// Reads the file once, for its hash. Errors: BadRequest for a path that leads out of the folder,
/// passes a symbolic link, or is no video's name; NotFound, Unreadable; Conflict when the file
/// changes meanwhile; NothingToDo for an empty one; Cancelled.
[[nodiscard]] Result<Added> import_file(db::Database& database, std::string_view workspace_id,
                                        std::string const& folder, std::string const& path,
                                        std::stop_token const& stop = {});

/// The source of a clip for reading, whether stored or imported. Errors: NotFound when it is not
/// there any more, Conflict when an imported file has changed its size; those of the store.
[[nodiscard]] Result<UniqueFd> open_source(Clip const& clip, storage::ObjectStore& store);

}  // namespace aiditor::clips
