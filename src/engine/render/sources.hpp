#pragma once
/// The files of one render job, by their place in the plan.

#include "base/result.hpp"
#include "engine/media/frame_index.hpp"
#include "timeline/edit_plan.hpp"

#include <vector>

namespace aiditor::render {

struct SourceFile {
    int fd = -1;        ///< the clip
    int index_fd = -1;  ///< its FrameIndex
    std::string name;   ///< for messages
};

/// Loads frame indexes on demand; keeps the last one used (a long clip's index is 28 MB).
class Sources {
public:
    explicit Sources(std::vector<SourceFile> files) : files_(std::move(files)) {}
    [[nodiscard]] SourceFile const& file(int source) const {
        return files_[static_cast<std::size_t>(source)];
    }
    [[nodiscard]] Result<media::FrameIndex const*> index(int source);

private:
    std::vector<SourceFile> files_;
    int loaded_ = -1;
    media::FrameIndex index_;
};

/// Frames that the transition before / after clip `i` reaches into it and out of it: half of it.
[[nodiscard]] std::int64_t handle_before(timeline::EditPlan const& plan, std::size_t i);
[[nodiscard]] std::int64_t handle_after(timeline::EditPlan const& plan, std::size_t i);

}  // namespace aiditor::render
