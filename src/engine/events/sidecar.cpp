#include "engine/events/sidecar.hpp"

#include "base/file.hpp"
#include "base/printable.hpp"
#include "engine/events/csv_events.hpp"
#include "engine/events/steam_timeline.hpp"

#include <filesystem>

namespace aiditor::events {

using timeline::EventMarks;

namespace {

Result<EventMarks> marks_of_json(std::string_view text) {
    auto const value = json::parse(text);
    if (!value)
        return fail(value.error().code, value.error().message + "; docs/events.md shows the form");
    if (is_steam_timeline(*value)) return marks_of_steam_timeline(*value);
    return json::from_value<EventMarks>(*value);
}

}  // namespace

std::optional<std::string> sidecar_of(std::string const& clip_path) {
    std::filesystem::path const clip(clip_path);
    auto const stem = (clip.parent_path() / clip.stem()).string();
    for (auto const& name : {clip_path, stem}) {
        for (auto const* ending : {".events.json", ".events.csv"}) {
            auto path = name + ending;
            std::error_code ec;
            auto const status = std::filesystem::status(path, ec);
            if (std::filesystem::exists(status) && !std::filesystem::is_directory(status))
                return path;
        }
    }
    return std::nullopt;
}

Result<EventMarks> marks_of_text(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        return fail(ErrorCode::BadJson, "is UTF-16 text; save it as UTF-8");
    if (!is_utf8(text) || text.find('\0') != std::string_view::npos)
        return fail(ErrorCode::BadJson,
                    "is not UTF-8 text; give events as JSON or CSV (docs/events.md)");
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    auto const first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return fail(ErrorCode::BadJson, "is empty; write events into it or remove it");
    auto marks = text[first] == '{' || text[first] == '[' ? marks_of_json(text.substr(first))
                                                          : marks_of_csv(text);
    // Importers give only what passes; this is what callers rely on.
    if (marks) TRY_VOID(marks->validate(""));
    return marks;
}

Result<EventMarks> read_sidecar(std::string const& path) {
    auto const text = read_text(path, kMostSidecarBytes);
    if (!text && text.error().code == ErrorCode::LimitReached)
        return fail(ErrorCode::LimitReached,
                    text.error().message + "; keep only the events that matter");
    if (!text) return std::unexpected(text.error());
    auto marks = marks_of_text(*text);
    if (!marks) return std::unexpected(std::move(marks).error().while_doing(printable(path)));
    return marks;
}

}  // namespace aiditor::events
