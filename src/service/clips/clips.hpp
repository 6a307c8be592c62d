#pragma once
/// Recordings of a workspace: one for each content. A new one is looked into by a job "ingest"
/// (subject: its id), which calls set_checked or set_unusable in the transaction of its end.

#include "service/clips/objects.hpp"

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

namespace aiditor::clips {

enum class ClipState : std::uint8_t { Checking = 1, Ready, Unusable };
BOOST_DESCRIBE_ENUM(ClipState, Checking, Ready, Unusable)

struct Clip {
    std::string id, workspace_id;
    std::string name;  ///< see check_name
    ClipState state = ClipState::Checking;
    /// One of them: the object, or a file of the operator's that was imported where it is.
    std::optional<std::string> source_key, source_path;
    std::int64_t size = 0;
    std::string sha256;
    std::optional<std::string> media;  ///< JSON: aiditor.media_info
    std::optional<std::string> analysis_key, proxy_key, poster_key, strip_key;
    std::optional<std::string> problem;  ///< for people, when unusable
    std::int64_t created_at_us = 0;
};

struct NewClip {
    std::string id, workspace_id, name;
    std::optional<std::string> source_key, source_path;
    std::int64_t size = 0;
    std::string sha256;
};
struct Added {
    std::string clip_id;
    bool is_new = true;  ///< else the workspace had this content: the caller drops his
};
/// Adds a clip with its job and the event "clip.added", unless the workspace has its content.
[[nodiscard]] Result<Added> add(db::Session& session, NewClip const& clip);
/// The id of the clip with this content.
[[nodiscard]] Result<std::optional<std::string>> find_content(db::Session& session,
                                                              std::string_view workspace_id,
                                                              std::string_view sha256);

/// Errors: NotFound.
[[nodiscard]] Result<Clip> find(db::Session& session, std::string_view workspace_id,
                                std::string_view id);
/// Newest first, those before `cursor` (an id, or empty).
[[nodiscard]] Result<std::vector<Clip>> list(db::Session& session, std::string_view workspace_id,
                                             std::string_view cursor, std::int64_t limit);
/// Errors: NotFound; BadRequest as check_name.
[[nodiscard]] Result<> rename(db::Session& session, std::string_view workspace_id,
                              std::string_view id, std::string_view name);
/// Its objects are marked deleting, jobs about it are cancelled; "clip.removed". What was imported
/// in place stays where it is. Errors: NotFound.
[[nodiscard]] Result<> remove(db::Session& session, std::string_view workspace_id,
                              std::string_view id);

/// What ingest made; the keys are of committed objects. Those it made before are marked deleting.
struct Checked {
    std::string media;  ///< JSON
    std::string analysis_key, proxy_key, poster_key, strip_key;
};
/// "clip.ready". Errors: NotFound when the clip was removed meanwhile: roll back.
[[nodiscard]] Result<> set_checked(db::Session& session, std::string_view id,
                                   Checked const& checked);
/// "clip.unusable". Errors: as above.
[[nodiscard]] Result<> set_unusable(db::Session& session, std::string_view id,
                                    std::string_view problem);

}  // namespace aiditor::clips
