#include "service/db/database.hpp"

#include "base/printable.hpp"
#include "service/db/postgres_database.hpp"
#include "service/db/sqlite_database.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

namespace aiditor::db {
namespace {

/// A query and the code that reads it do not fit together: no answer would be right.
[[noreturn]] void end_program(std::string_view column, std::string_view what) {
    std::fputs(fmt::format("db: column '{}' {}\n", column, what).c_str(), stderr);
    std::abort();
}

Result<> check_text(Query const& query, std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
        return fail(ErrorCode::BadRequest, fmt::format("{}: a text holds a NUL byte", query.name));
    if (!is_utf8(text))
        return fail(ErrorCode::BadRequest, fmt::format("{}: a text is not UTF-8", query.name));
    return {};
}

Result<> check_parameter(Query const& query, Value const& value) {
    auto const* text = std::get_if<std::string>(&value);
    auto const* blob = std::get_if<Blob>(&value);
    auto const size = text ? text->size() : blob ? blob->bytes.size() : 0;
    if (size > kMostValueBytes)
        return fail(ErrorCode::LimitReached, fmt::format("{}: a value of {} bytes, at most {}",
                                                         query.name, size, kMostValueBytes));
    if (text) return check_text(query, *text);
    auto const* real = std::get_if<double>(&value);
    if (real && !std::isfinite(*real))
        return fail(ErrorCode::Internal, fmt::format("{}: a number is not finite", query.name));
    return {};
}

}  // namespace

Value const& Row::at(std::string_view column) const {
    auto const found = std::ranges::find(*names_, column);
    if (found == names_->end()) end_program(column, "is not in the answer");
    return values_[static_cast<std::size_t>(found - names_->begin())];
}

bool Row::is_null(std::string_view column) const {
    return std::holds_alternative<std::monostate>(at(column));
}

std::int64_t Row::integer(std::string_view column) const {
    if (auto const* x = std::get_if<std::int64_t>(&at(column))) return *x;
    end_program(column, "is not a whole number");
}

double Row::real(std::string_view column) const {
    auto const& value = at(column);
    if (auto const* x = std::get_if<double>(&value)) return *x;
    if (auto const* x = std::get_if<std::int64_t>(&value)) return static_cast<double>(*x);
    end_program(column, "is not a number");
}

std::string const& Row::text(std::string_view column) const {
    if (auto const* x = std::get_if<std::string>(&at(column))) return *x;
    end_program(column, "is not text");
}

std::string const& Row::blob(std::string_view column) const {
    if (auto const* x = std::get_if<Blob>(&at(column))) return x->bytes;
    end_program(column, "is not a blob");
}

std::optional<std::int64_t> Row::maybe_integer(std::string_view column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

std::optional<std::string> Row::maybe_text(std::string_view column) const {
    if (is_null(column)) return std::nullopt;
    return text(column);
}

template <class T>
Result<T> Session::remember(Result<T> result) {
    if (!result) failure_ = result.error();
    return result;
}

Result<Session::Answer> Session::ask(Query const& query, std::span<Parameter const> parameters) {
    if (failure_) return std::unexpected(*failure_);
    for (auto const& parameter : parameters)
        if (auto good = check_parameter(query, parameter.value()); !good)
            return remember<Answer>(std::unexpected(std::move(good).error()));
    return remember(run(query, parameters));
}

Result<Rows> Session::rows(Query const& query, std::initializer_list<Parameter> parameters) {
    return TRY(ask(query, {parameters.begin(), parameters.size()})).rows;
}

Result<std::optional<Row>> Session::row(Query const& query,
                                        std::initializer_list<Parameter> parameters) {
    auto answer = TRY(ask(query, {parameters.begin(), parameters.size()}));
    if (answer.rows.empty()) return std::nullopt;
    if (answer.rows.size() > 1)
        return remember<std::optional<Row>>(
            fail(ErrorCode::Internal, fmt::format("{}: more than one row", query.name)));
    return std::move(answer.rows.front());
}

Result<std::int64_t> Session::change(Query const& query,
                                     std::initializer_list<Parameter> parameters) {
    return TRY(ask(query, {parameters.begin(), parameters.size()})).changed;
}

Result<> Session::script(std::string_view sql) {
    if (failure_) return std::unexpected(*failure_);
    return remember(run_script(std::string(sql)));
}

Result<> Session::check(Query const& query) {
    if (failure_) return std::unexpected(*failure_);
    return remember(prepare(query));
}

Result<std::unique_ptr<Database>> Database::open(Options const& options) {
    std::string_view const url = options.url;
    if (url.starts_with("sqlite:")) return open_sqlite(std::string(url.substr(7)), options);
    if (url.starts_with("postgresql://") || url.starts_with("postgres://"))
        return open_postgres(options);
    return fail(ErrorCode::Usage,
                "the url of the database is neither sqlite:PATH nor postgresql://...");
}

}  // namespace aiditor::db
