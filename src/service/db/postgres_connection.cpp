#include "service/db/postgres_connection.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fmt/format.h>
#include <poll.h>

namespace aiditor::db {
namespace {

/// Types by their number in pg_type, which never changes.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kOid = 26;
constexpr Oid kFloat4 = 700, kFloat8 = 701, kNumeric = 1700;

std::string trimmed(char const* text) {
    std::string_view out = text ? text : "";
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.remove_suffix(1);
    return printable(out);
}

/// Parameters as libpq takes them. Whole numbers and text go as text with the type left to the
/// server; blobs in binary.
class Arguments {
public:
    explicit Arguments(std::span<Parameter const> parameters) {
        auto const count = parameters.size();
        texts_.reserve(count);
        types_.assign(count, 0);
        lengths_.assign(count, 0);
        formats_.assign(count, 0);
        values_.assign(count, nullptr);
        for (std::size_t i = 0; i < count; ++i) add(i, parameters[i].value());
    }
    [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
    [[nodiscard]] Oid const* types() const { return types_.data(); }
    [[nodiscard]] char const* const* values() const { return values_.data(); }
    [[nodiscard]] int const* lengths() const { return lengths_.data(); }
    [[nodiscard]] int const* formats() const { return formats_.data(); }

private:
    void add(std::size_t i, Value const& value) {
        if (auto const* x = std::get_if<std::string>(&value)) {
            values_[i] = x->c_str();
        } else if (auto const* blob = std::get_if<Blob>(&value)) {
            types_[i] = kBytea;
            values_[i] = blob->bytes.data();
            lengths_[i] = static_cast<int>(blob->bytes.size());
            formats_[i] = 1;
        } else if (auto const* n = std::get_if<std::int64_t>(&value)) {
            values_[i] = texts_.emplace_back(fmt::format("{}", *n)).c_str();
        } else if (auto const* real = std::get_if<double>(&value)) {
            values_[i] = texts_.emplace_back(fmt::format("{}", *real)).c_str();
        }
    }
    std::vector<std::string> texts_;  // never grows past its reserve: the pointers stay
    std::vector<Oid> types_;
    std::vector<int> lengths_, formats_;
    std::vector<char const*> values_;
};

template <class T>
std::optional<T> number(std::string_view text) {
    T out{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return out;
}

Value whole_or_real(std::string_view text) {
    if (auto const whole = number<std::int64_t>(text)) return *whole;
    if (auto const real = number<double>(text)) return *real;
    return std::string(text);
}

Value column_value(PGresult const* result, int column) {
    if (PQgetisnull(result, 0, column)) return std::monostate();
    auto const* raw = PQgetvalue(result, 0, column);
    std::string_view const text(raw, static_cast<std::size_t>(PQgetlength(result, 0, column)));
    switch (PQftype(result, column)) {
    case kBool: return std::int64_t{text == "t"};
    case kInt2:
    case kInt4:
    case kInt8:
    case kOid:
    case kNumeric: return whole_or_real(text);  // SUM of bigint is numeric
    case kFloat4:
    case kFloat8:
        if (auto const real = number<double>(text)) return *real;
        return std::string(text);
    case kBytea: {
        std::size_t size = 0;
        std::unique_ptr<unsigned char, decltype(&PQfreemem)> const bytes(
            PQunescapeBytea(reinterpret_cast<unsigned char const*>(raw), &size), &PQfreemem);
        return Blob{std::string(reinterpret_cast<char const*>(bytes.get()), size)};
    }
    default: return std::string(text);
    }
}

std::string field(PGresult const* result, int which) {
    return trimmed(PQresultErrorField(result, which));
}

/// After which the server hangs up.
bool is_end(PGresult const* result) {
    auto severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity.empty()) severity = field(result, PG_DIAG_SEVERITY);  // pgbouncer
    return severity == "FATAL" || severity == "PANIC";
}

/// What SQLSTATE says (PostgreSQL 15, appendix A). The detail is left out: it holds values.
PostgresFailure failure_of(std::string_view name, PGresult const* result) {
    auto const state = field(result, PG_DIAG_SQLSTATE);
    auto const message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    using Kind = PostgresFailure::Kind;
    auto const unavailable = [&](std::string_view what, Kind kind = Kind::Final) {
        return PostgresFailure{{ErrorCode::Unavailable, fmt::format("{}: {}", name, what)}, kind};
    };
    if (state == "23505" || state == "23503" || state == "23P01")
        return {{ErrorCode::Conflict,
                 fmt::format("{}: {} ({})", name,
                             state == "23503" ? "something else needs it, or is not there"
                                              : "exists already",
                             field(result, PG_DIAG_CONSTRAINT_NAME))}};
    if (state == "40001" || state == "40P01")
        return unavailable("others change the same rows", Kind::RolledBack);
    if (state == "57014") return unavailable("the statement took too long");
    if (state == "53100") return unavailable("the disk of the database is full");
    if (state == "25006") return unavailable("the database cannot be written now");
    // An 08P01 that is no FATAL is our own mistake with the parameters; poolers say it at an end.
    if (is_end(result) && (state.starts_with("57P") || state.starts_with("08")))
        return unavailable("the database went away", Kind::Lost);
    if (state.starts_with("53") || state.starts_with("58") || state == "55P03")
        return unavailable(message);
    return {{ErrorCode::Internal, fmt::format("{}: {} ({})", name, message, state)}};
}

}  // namespace

bool PostgresConnection::lost() const {
    return !connection_ || PQstatus(connection_.get()) != CONNECTION_OK;
}

bool PostgresConnection::closed_by_server() {
    // Readable while nobody asked anything: notices, or the end. A few rounds see the end.
    for (int round = 0; round < 8; ++round) {
        pollfd waiting{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, 0) <= 0) return false;
        if (!PQconsumeInput(connection_.get())) return true;
        (void)PQisBusy(connection_.get());  // reads what came
        if (lost()) return true;
    }
    return true;
}

Result<> PostgresConnection::make_ready() {
    if (!lost() && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE && !closed_by_server())
        return {};
    std::vector<char const*> keys, values;
    for (auto const& [key, value] : target_.options) {
        keys.push_back(key.c_str());
        values.push_back(value.c_str());
    }
    keys.push_back(nullptr);
    values.push_back(nullptr);
    connection_.reset(PQconnectdbParams(keys.data(), values.data(), 0));
    if (lost()) {
        auto const why = trimmed(connection_ ? PQerrorMessage(connection_.get()) : "no memory");
        connection_.reset();
        return fail(ErrorCode::Unavailable,
                    "the database cannot be reached: " + without_password(why, target_.password));
    }
    PQsetNoticeProcessor(connection_.get(), [](void*, char const*) {}, nullptr);
    PQsetnonblocking(connection_.get(), 1);
    return {};
}

bool PostgresConnection::wait(Deadline deadline) {
    using std::chrono::milliseconds;
    for (;;) {
        auto const unsent = PQflush(connection_.get());
        if (unsent < 0) return false;
        if (unsent == 0 && !PQisBusy(connection_.get())) return true;
        int wait_ms = -1;
        if (deadline != Deadline::max()) {
            auto const left =
                std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
            timed_out_ = left <= milliseconds(0);
            if (timed_out_) return false;
            wait_ms = static_cast<int>(std::min(left, milliseconds(60'000)).count());
        }
        pollfd waiting{.fd = PQsocket(connection_.get()),
                       .events = static_cast<short>(unsent ? POLLIN | POLLOUT : POLLIN),
                       .revents = 0};
        if (::poll(&waiting, 1, wait_ms) < 0 && errno != EINTR) return false;
        if ((waiting.revents & ~POLLOUT) != 0 && !PQconsumeInput(connection_.get())) return false;
    }
}

std::unexpected<PostgresFailure> PostgresConnection::broken(std::string_view name) {
    auto const late = std::exchange(timed_out_, false);
    drop();
    return std::unexpected(PostgresFailure{
        {ErrorCode::Unavailable,
         fmt::format("{}: {}", name,
                     late ? "the database does not answer" : "the database went away")},
        late ? PostgresFailure::Kind::Final : PostgresFailure::Kind::Lost});
}

PostgresResult<PostgresConnection::Answer> PostgresConnection::collect(std::string_view name,
                                                                       Deadline deadline) {
    Answer answer;
    std::optional<PostgresFailure> failure;
    for (;;) {
        if (!wait(deadline)) return failure ? std::unexpected(*failure) : broken(name);
        ResultPtr const result(PQgetResult(connection_.get()));
        if (!result) break;
        auto const status = PQresultStatus(result.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
            answer.command = PQcmdStatus(result.get());
            answer.changed = number<std::int64_t>(PQcmdTuples(result.get())).value_or(0);
            if (answer.command.starts_with("SELECT")) answer.changed = 0;
        } else if (status == PGRES_SINGLE_TUPLE) {
            if (answer.rows.size() == kMostRows) {
                drop();  // cheaper than to read the rest
                return std::unexpected(
                    PostgresFailure{{ErrorCode::LimitReached,
                                     fmt::format("{}: more than {} rows", name, kMostRows)}});
            }
            auto const columns = PQnfields(result.get());
            if (!answer.names) {
                std::vector<std::string> names;
                for (int i = 0; i < columns; ++i) names.emplace_back(PQfname(result.get(), i));
                answer.names = std::make_shared<std::vector<std::string> const>(std::move(names));
            }
            auto& row = answer.rows.emplace_back();
            row.reserve(static_cast<std::size_t>(columns));
            for (int i = 0; i < columns; ++i) row.push_back(column_value(result.get(), i));
        } else if (status == PGRES_FATAL_ERROR) {
            // Without a state it is libpq's own: the connection broke.
            bool const server_said = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE) != nullptr;
            if (!server_said && lost()) return failure ? std::unexpected(*failure) : broken(name);
            if (!failure) failure = failure_of(name, result.get());
        } else {
            drop();
            return std::unexpected(PostgresFailure{
                {ErrorCode::Internal, fmt::format("{}: not a query but a COPY", name)}});
        }
    }
    if (failure) return std::unexpected(std::move(*failure));
    return answer;
}

PostgresResult<PostgresConnection::Answer> PostgresConnection::run(
    Query const& query, std::span<Parameter const> parameters, Deadline deadline) {
    if (lost()) return broken(query.name);
    Arguments const arguments(parameters);
    std::string const sql(query.sql);
    if (!PQsendQueryParams(connection_.get(), sql.c_str(), arguments.count(), arguments.types(),
                           arguments.values(), arguments.lengths(), arguments.formats(), 0))
        return broken(query.name);
    PQsetSingleRowMode(connection_.get());
    return collect(query.name, deadline);
}

PostgresResult<std::string> PostgresConnection::execute(std::string_view name,
                                                        std::string const& sql, Deadline deadline) {
    if (lost() || !PQsendQuery(connection_.get(), sql.c_str())) return broken(name);
    auto answer = collect(name, deadline);
    if (!answer) return std::unexpected(std::move(answer).error());
    return std::move(answer->command);
}

PostgresResult<> PostgresConnection::prepare(Query const& query, Deadline deadline) {
    std::string const sql(query.sql);
    if (lost() || !PQsendPrepare(connection_.get(), "", sql.c_str(), 0, nullptr))
        return broken(query.name);
    if (auto done = collect(query.name, deadline); !done)
        return std::unexpected(std::move(done).error());
    if (!PQsendDescribePrepared(connection_.get(), "") || !wait(deadline))
        return broken(query.name);
    ResultPtr const described(PQgetResult(connection_.get()));
    if (auto rest = collect(query.name, deadline); !rest)
        return std::unexpected(std::move(rest).error());
    for (int i = 0; i < PQnparams(described.get()); ++i)
        if (auto const type = PQparamtype(described.get(), i); type == kInt4 || type == kInt2)
            return std::unexpected(PostgresFailure{
                {ErrorCode::Internal,
                 fmt::format("{}: ${} would be a number of 32 bits; write CAST(${} AS bigint)",
                             query.name, i + 1, i + 1)}});
    return {};
}

}  // namespace aiditor::db
