#pragma once
/// Marks as a table: what a spreadsheet, a script or a person writes.

#include "timeline/event_marks.hpp"

#include <optional>
#include <string_view>

namespace aiditor::events {

/// Columns time, kind, weight, text; all but time may be left out or empty. A first line with these
/// names may put them in another order. The separator is a comma or a semicolon, cells may be
/// quoted (RFC 4180), line ends are LF, CR LF or CR, empty lines are skipped.
/// Errors: BadJson with the line ("line 3: time: ..."), LimitReached above 10 000 events.
[[nodiscard]] Result<timeline::EventMarks> marks_of_csv(std::string_view text);

/// "12.5", "1:02.5" or "1:02:03.5" as time; a decimal comma is taken for a point. Nothing for
/// other text and for what is past 9e6 s.
[[nodiscard]] std::optional<timeline::Time> time_of_text(std::string_view text);

}  // namespace aiditor::events
