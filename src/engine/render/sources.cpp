#include "engine/render/sources.hpp"

namespace aiditor::render {

Result<media::FrameIndex const*> Sources::index(int source) {
    if (loaded_ != source) {
        loaded_ = -1;
        auto loaded = media::FrameIndex::load(file(source).index_fd);
        if (!loaded)
            return std::unexpected(std::move(loaded).error().while_doing(file(source).name));
        index_ = std::move(*loaded);
        loaded_ = source;
    }
    return &index_;
}

std::int64_t handle_before(timeline::EditPlan const& plan, std::size_t i) {
    return i == 0 ? 0 : plan.transitions[i - 1].frames / 2;
}
std::int64_t handle_after(timeline::EditPlan const& plan, std::size_t i) {
    return i + 1 == plan.clips.size() ? 0 : plan.transitions[i].frames / 2;
}

}  // namespace aiditor::render
