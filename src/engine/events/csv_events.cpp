#include "engine/events/csv_events.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <string>

namespace aiditor::events {

using timeline::EventMark;
using timeline::EventMarks;
using timeline::Time;

namespace {

constexpr std::array<std::string_view, 4> kColumns{"time", "kind", "weight", "text"};
enum class Column : std::uint8_t { Time, Kind, Weight, Text };

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<Column> column_named(std::string_view name) {
    std::string lower(trimmed(name));
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    auto const it = std::ranges::find(kColumns, lower);
    if (it == kColumns.end()) return std::nullopt;
    return static_cast<Column>(it - kColumns.begin());
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// A plain decimal number, `,` or `.` before its fraction: no sign, exponent, nan or inf.
std::optional<double> decimal(std::string_view given) {
    std::string text(given);
    std::ranges::replace(text, ',', '.');
    auto const point = text.find('.');
    auto const whole = std::string_view(text).substr(0, point);
    if (!all_digits(whole) ||
        (point != std::string::npos && !all_digits(std::string_view(text).substr(point + 1))))
        return std::nullopt;
    double value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

std::unexpected<Error> bad_line(std::size_t line, std::string_view what) {
    return fail(ErrorCode::BadJson, fmt::format("line {}: {}", line, what));
}

/// Reads record after record.
class Table {
public:
    explicit Table(std::string_view text) : rest_(text), separator_(separator_of(text)) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] std::size_t line() const { return line_; }  ///< where the last record began

    /// The cells of the next record.
    Result<std::vector<std::string>> next() {
        line_ = next_line_;
        std::vector<std::string> cells;
        while (true) {
            cells.push_back(TRY(cell()));
            if (rest_.empty()) return cells;
            if (rest_.front() == separator_) {
                rest_.remove_prefix(1);
                continue;
            }
            take_line_end();
            return cells;
        }
    }

private:
    /// Semicolons, when the first cell before one is a time or a column name: "12,5;kill".
    static char separator_of(std::string_view text) {
        auto const start = text.find_first_not_of(" \t\r\n");
        if (start == std::string_view::npos) return ',';
        text = text.substr(start);
        text = text.substr(0, text.find_first_of("\r\n"));
        auto const semicolon = text.find(';');
        if (semicolon == std::string_view::npos) return ',';
        auto cell = trimmed(text.substr(0, semicolon));
        if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"')
            cell = cell.substr(1, cell.size() - 2);
        return time_of_text(cell) || column_named(cell) ? ';' : ',';
    }

    static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

    void take_line_end() {
        rest_.remove_prefix(rest_.starts_with("\r\n") ? 2 : 1);
        ++next_line_;
    }

    Result<std::string> cell() {
        auto const blank = rest_.find_first_not_of(" \t");
        if (blank != std::string_view::npos && rest_[blank] == '"') return quoted(blank + 1);
        auto const end =
            std::ranges::find_if(rest_, [&](char c) { return c == separator_ || is_line_end(c); });
        auto const size = static_cast<std::size_t>(end - rest_.begin());
        std::string out(trimmed(rest_.substr(0, size)));
        rest_.remove_prefix(size);
        return out;
    }

    Result<std::string> quoted(std::size_t from) {
        rest_.remove_prefix(from);
        std::string out;
        while (true) {
            auto const quote = rest_.find('"');
            if (quote == std::string_view::npos)
                return bad_line(line_, "a quoted cell does not end; add the missing quote");
            auto const part = rest_.substr(0, quote);
            out += part;
            next_line_ += static_cast<std::size_t>(std::ranges::count(part, '\n'));
            rest_.remove_prefix(quote + 1);
            if (!rest_.starts_with('"')) break;
            out += '"';
            rest_.remove_prefix(1);
        }
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
        if (!rest_.empty() && rest_.front() != separator_ && !is_line_end(rest_.front()))
            return bad_line(line_, "text follows a closing quote; double the quotes inside a cell");
        return out;
    }

    std::string_view rest_;
    char separator_;
    std::size_t line_ = 1, next_line_ = 1;
};

Result<std::vector<Column>> read_names(std::vector<std::string> const& cells, std::size_t line) {
    std::vector<Column> order;
    for (auto const& cell : cells) {
        auto const column = column_named(cell);
        if (!column)
            return bad_line(line, "the columns are time, kind, weight, text; remove any other");
        if (std::ranges::find(order, *column) != order.end())
            return bad_line(line, "a column is named twice; keep one");
        order.push_back(*column);
    }
    if (std::ranges::find(order, Column::Time) == order.end())
        return bad_line(line, "has no column time; add it");
    return order;
}

Result<EventMark> mark_of(std::vector<std::string> const& cells, std::vector<Column> const& order,
                          std::size_t line) {
    if (cells.size() > order.size())
        return bad_line(line, fmt::format("has {} cells instead of at most {}; quote a text that "
                                          "holds the separator",
                                          cells.size(), order.size()));
    EventMark mark;
    bool timed = false;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        auto const& cell = cells[i];
        if (cell.empty()) continue;
        if (order[i] == Column::Time) {
            if (cell.starts_with('-'))
                return bad_line(line, "time: must not be negative; count from the start");
            auto const at = time_of_text(cell);
            if (!at) return bad_line(line, "time: must be seconds or h:mm:ss, such as 83.5");
            mark.at_s = *at;
            timed = true;
        } else if (order[i] == Column::Weight) {
            auto const weight = decimal(cell);
            if (!weight) return bad_line(line, "weight: must be a number from 0 to 10");
            mark.weight = *weight;
        } else if (order[i] == Column::Kind) {
            mark.kind = cell;
        } else {
            mark.text = cell;
        }
    }
    if (!timed) return bad_line(line, "time: is missing; give seconds or h:mm:ss");
    if (auto const flaw = timeline::flaw_of(mark))
        return bad_line(
            line, fmt::format("{}: {}", flaw->field == "at_s" ? "time" : flaw->field, flaw->what));
    return mark;
}

bool is_blank(std::vector<std::string> const& cells) {
    return std::ranges::all_of(cells, [](auto const& cell) { return cell.empty(); });
}

}  // namespace

std::optional<Time> time_of_text(std::string_view text) {
    constexpr double kMostSeconds = 9e6;
    double before = 0;
    for (int parts = 0;; ++parts) {
        auto const colon = text.find(':');
        auto const part = text.substr(0, colon);
        bool const last = colon == std::string_view::npos;
        if (!last && (parts == 2 || !all_digits(part))) return std::nullopt;
        auto const value = decimal(part);
        if (!value || (parts > 0 && *value >= 60)) return std::nullopt;
        before = before * 60 + *value;
        if (before > kMostSeconds) return std::nullopt;
        if (last) return timeline::from_seconds(before);
        text.remove_prefix(colon + 1);
    }
}

Result<EventMarks> marks_of_csv(std::string_view text) {
    EventMarks marks;
    std::vector<Column> order{Column::Time, Column::Kind, Column::Weight, Column::Text};
    Table table(text);
    for (bool first = true; !table.at_end();) {
        auto const cells = TRY(table.next());
        if (is_blank(cells)) continue;
        if (std::exchange(first, false) && column_named(cells.front())) {
            order = TRY(read_names(cells, table.line()));
            continue;
        }
        if (marks.events.size() == EventMarks::kMostEvents)
            return fail(ErrorCode::LimitReached,
                        fmt::format("line {}: is one event too many; keep the {} that matter most",
                                    table.line(), EventMarks::kMostEvents));
        marks.events.push_back(TRY(mark_of(cells, order, table.line())));
    }
    return marks;
}

}  // namespace aiditor::events
