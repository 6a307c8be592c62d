#include "engine/detect/model_manifest.hpp"

#include "base/printable.hpp"
#include "engine/detect/channels.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace aiditor::detect {
namespace {

bool is_name(std::string const& text) {
    return !text.empty() && text.size() <= ModelManifest::kLongestName && text == printable(text);
}

Result<> check(ModelGroup const& group, std::size_t width, std::string const& here) {
    constexpr std::array<std::string_view, 3> kTaken{"ending", "event", "taste"};
    if (!is_name(group.group) || !is_name(group.kind) ||
        std::ranges::find(kTaken, group.group) != kTaken.end())
        return json::bad(here,
                         "needs a group and a kind of 1 to 64 characters, and \"ending\", "
                         "\"event\" and \"taste\" are taken");
    if (!(group.unit > 0 && group.unit <= ModelManifest::kMostScore))
        return json::bad(json::join_pointer(here, "unit"), "must be above 0 and at most 1000");
    auto const channels = json::join_pointer(here, "channels");
    if (group.channels.empty() || group.channels.size() > width)
        return json::bad(channels, "must name at least 1 channel and at most `width`");
    for (std::size_t c = 0; c < group.channels.size(); ++c)
        if (!find_channel(group.channels[c]))
            return json::bad(json::join_pointer(channels, std::to_string(c)),
                             fmt::format("`{}` is no cue of this version of aiditor",
                                         printable(group.channels[c])));
    return {};
}

}  // namespace

Result<> ModelManifest::validate(std::string const& pointer) const {
    auto const at = [&](char const* key) { return json::join_pointer(pointer, key); };
    if (!is_name(name) || name.starts_with("rules"))
        return json::bad(at("name"), "must have 1 to 64 characters and not begin as `rules`");
    if (file.empty() || file.front() == '.' || file.find('/') != std::string::npos)
        return json::bad(at("file"), "must be the name of a file beside this one");
    if (groups.empty() || groups.size() > kMostGroups)
        return json::bad(at("groups"), fmt::format("must hold 1 to {} groups", kMostGroups));
    if (width < 1 || width > kMostWidth)
        return json::bad(at("width"), fmt::format("must be from 1 to {}", kMostWidth));
    if (!(least > 0 && least <= kMostScore) || !(least_fall >= 0 && least_fall <= kMostScore))
        return json::bad(pointer,
                         "needs a `least` above 0 and a `least_fall` of 0 or more, at most 1000");
    std::set<std::string> names;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        auto const here = json::join_pointer(at("groups"), std::to_string(g));
        TRY_VOID(check(groups[g], width, here));
        if (!names.insert(groups[g].group).second)
            return json::bad(here, "has the name of an earlier group");
    }
    return {};
}

}  // namespace aiditor::detect
