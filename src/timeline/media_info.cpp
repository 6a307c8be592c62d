#include "timeline/media_info.hpp"

#include "base/printable.hpp"

namespace aiditor::timeline {

Result<> Chapter::validate(std::string const& pointer) const {
    constexpr std::size_t kMostTitleBytes = 64;
    if (start_s < Time{} || end_s < start_s)
        return json::bad(pointer, "needs 0 <= start_s <= end_s");
    if (title.size() > kMostTitleBytes || printable(title) != title)
        return json::bad(pointer + "/title", "must be printable and at most 64 bytes");
    return {};
}

Result<> MediaInfo::validate(std::string const& pointer) const {
    if (chapters && chapters->size() > kMostChapters)
        return json::bad(pointer + "/chapters", "has more than 1000 chapters");
    return {};
}

}  // namespace aiditor::timeline
