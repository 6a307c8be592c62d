#pragma once
/// Which bytes are kept under which key, and for whom. A row precedes its bytes, so that bytes
/// nobody knows of cannot be: staged, then committed, then deleting.
///
/// What a workspace has is counted in the same transactions: committed bytes are the sizes of its
/// committed objects, reserved bytes those of its staged ones. Functions that change an object of
/// a workspace lock it before its usage.

#include "service/db/database.hpp"
#include "service/storage/object_store.hpp"

namespace aiditor::clips {

struct Quota {
    std::int64_t most_bytes = 0;  ///< committed and reserved together; 0: no limit
};
struct Usage {
    std::int64_t committed_bytes = 0, reserved_bytes = 0;
};

/// A staged object that nobody commits or touches for so long is swept.
inline constexpr std::int64_t kStagedUs = 24LL * 3600 * 1'000'000;

/// Reserves a key (see storage::is_key) and `size` bytes. Errors: QuotaReached; Conflict when the
/// key exists.
[[nodiscard]] Result<> stage(db::Session& session, std::string_view workspace_id,
                             std::string_view key, std::int64_t size, Quota quota);

/// The bytes are durable under the key; `size` may differ from what was reserved. Errors: Stale
/// when the object is not staged (any more): roll back.
[[nodiscard]] Result<> commit(db::Session& session, std::string_view key, std::int64_t size,
                              std::string_view sha256);

/// A staged object is still being written. Errors: Stale as above.
[[nodiscard]] Result<> touch(db::Session& session, std::string_view key);

/// Objects of a workspace below a folder of keys ("w/ws_1/clips/clip_1/") that nobody will commit:
/// wanted no more, as by mark_deleting.
[[nodiscard]] Result<> drop_staged(db::Session& session, std::string_view workspace_id,
                                   std::string_view folder);

/// It is wanted no more and counts no more; the next sweep takes the bytes. None of that key, or
/// one that is deleting already, is no error.
[[nodiscard]] Result<> mark_deleting(db::Session& session, std::string_view key);
/// All of a workspace. Its rows go with the workspace and are needed to find the bytes: sweep
/// before the workspace is deleted.
[[nodiscard]] Result<> mark_all_deleting(db::Session& session, std::string_view workspace_id);

[[nodiscard]] Result<Usage> usage(db::Session& session, std::string_view workspace_id);

/// A committed object, as it must be found in the storage.
struct KeptObject {
    std::string key, sha256;
    std::int64_t size = 0;
};
/// In the order of their keys, at most `most` after the key `after` (empty: from the first).
[[nodiscard]] Result<std::vector<KeptObject>> kept_objects(db::Session& session,
                                                           std::string_view after, int most);

/// Removes the bytes and then the rows of what is deleting, or staged for kStagedUs. How many. May
/// run twice at once and be killed. Errors: the first of the store's, after all others were tried.
[[nodiscard]] Result<int> sweep(db::Database& database, storage::ObjectStore& store);

}  // namespace aiditor::clips
