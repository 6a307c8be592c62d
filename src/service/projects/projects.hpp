#pragma once
/// A project: some clips of the workspace in an order, and what the montage of them should be like.

#include "service/db/database.hpp"
#include "timeline/edit_plan.hpp"

#include <boost/describe.hpp>
#include <map>

namespace aiditor::projects {

enum class Order : std::uint8_t { Time = 1, Score };
BOOST_DESCRIBE_ENUM(Order, Time, Score)

/// What a montage should be like; kept with the project, and given anew to try something out.
struct Wishes {
    double length_s = 60;  ///< 1 to 3600
    std::vector<timeline::Format> formats{timeline::Format::Landscape};
    Order order = Order::Time;
    std::map<std::string, double> weights;  ///< by group of reasons, 0 to 10; absent: 1
    std::optional<std::string> detector;    ///< rules, model or auto; absent: the installation's
    bool fill = true;                       ///< add other material when highlights are too few

    [[nodiscard]] Result<> validate(std::string const& pointer) const;
};
BOOST_DESCRIBE_STRUCT(Wishes, (), (length_s, formats, order, weights, detector, fill))

inline constexpr std::size_t kMostClips = 256, kLongestName = 200;

struct ProjectClip {
    std::string id, name, state;
};
BOOST_DESCRIBE_STRUCT(ProjectClip, (), (id, name, state))

struct Project {
    std::string id, name;
    std::int64_t version = 1;
    Wishes wishes;
    std::vector<ProjectClip> clips;
    std::int64_t created_at_us = 0, changed_at_us = 0;
};
BOOST_DESCRIBE_STRUCT(Project, (), (id, name, version, wishes, clips, created_at_us, changed_at_us))

/// What of a project is given from outside.
struct ProjectDraft {
    std::string name;
    std::optional<Wishes> wishes;
    std::optional<std::vector<std::string>> clip_ids;

    [[nodiscard]] Result<> validate(std::string const& pointer) const;
};
BOOST_DESCRIBE_STRUCT(ProjectDraft, (), (name, wishes, clip_ids))

/// One rendered file of a montage.
struct MontageFile {
    std::string format;  ///< landscape, portrait or square
    std::string key;     ///< in the storage
    std::int64_t size = 0;
    std::string sha256;
};
BOOST_DESCRIBE_STRUCT(MontageFile, (), (format, key, size, sha256))

/// A clip as a worker and the planner need it.
struct Source {
    std::string clip_id, name, state, sha256;
    std::optional<std::string> analysis_key, source_key, source_path;
};

/// Errors: BadRequest for a clip that the workspace does not have.
[[nodiscard]] Result<Project> create(db::Session& session, std::string_view workspace_id,
                                     ProjectDraft const& draft);
/// Errors: NotFound.
[[nodiscard]] Result<Project> find(db::Session& session, std::string_view workspace_id,
                                   std::string_view id);
/// Newest first, without their clips.
[[nodiscard]] Result<std::vector<Project>> list(db::Session& session, std::string_view workspace_id,
                                                std::string_view cursor, std::int64_t limit);
/// What the draft leaves out stays. Errors: NotFound, Stale when `version` is not the present one,
/// BadRequest as create.
[[nodiscard]] Result<Project> change(db::Session& session, std::string_view workspace_id,
                                     std::string_view id, std::int64_t version,
                                     ProjectDraft const& draft);
/// With its plans, montages and links; jobs about these are cancelled. What is to be taken out of
/// the storage is returned. Errors: NotFound.
[[nodiscard]] Result<std::vector<MontageFile>> remove(db::Session& session,
                                                      std::string_view workspace_id,
                                                      std::string_view id);

[[nodiscard]] Result<std::vector<Source>> sources(db::Session& session,
                                                  std::string_view project_id);

}  // namespace aiditor::projects
