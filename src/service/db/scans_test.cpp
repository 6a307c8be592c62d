// No query of the product reads a whole table that grows: every one is planned by both engines
// over tables of 100,000 rows.

#include "service/db/testing.hpp"

#include <algorithm>
#include <charconv>
#include <gmock/gmock.h>
#include <set>
#include <tuple>

namespace aiditor::db {
namespace {

using testing::must;

constexpr int kRows = 100'000;

/// Rows for one table: `values` of the number n, in SQL that both engines understand. Things belong
/// to a thousand of the people and workspaces, a hundred each.
struct Seed {
    std::string_view table, columns, values;
};
#define WS "'ws_' || (n % 1000 + 1)"
#define USER "'user_' || (n % 1000 + 1)"
constexpr Seed kSeeds[] = {
    {"users", "id, email, is_operator, totp_last_step, created_at_us",
     "'user_' || n, n || '@example.org', CASE n WHEN 1 THEN 1 ELSE 0 END, 0, n"},
    {"workspaces", "id, name, personal_of, created_at_us, members_changed_at_us",
     "'ws_' || n, 'w', 'user_' || n, n, n"},
    {"recovery_codes", "user_id, code_hash", USER ", 'c' || n"},
    {"user_tokens", "user_id, kind, token_hash, expires_at_us",
     "'user_' || n, 'reset', 't' || n, n"},
    {"registration_invites", "id, token_hash, made_by, expires_at_us",
     "'i' || n, 't' || n, " USER ", n"},
    {"sessions",
     "id, user_id, generation, token_hash, second_factor, address, client, created_at_us, "
     "rotated_at_us, idle_until_us, expires_at_us",
     "'sess_' || n, " USER ", 1, 't' || n, 0, '', '', n, n, n, n"},
    {"memberships", "workspace_id, user_id, role, created_at_us", "'ws_' || n, " USER ", 4, n"},
    {"workspace_invitations",
     "id, workspace_id, email, role, token_hash, invited_by, expires_at_us",
     "'wi_' || n, " WS ", n || '@example.org', 1, 't' || n, " USER ", n"},
    {"api_keys", "id, user_id, workspace_id, name, prefix, key_hash, scopes, created_at_us",
     "'key_' || n, " USER ", " WS ", 'k', 'aik_', 'h' || n, 'read', n"},
    {"audit_log", "id, at_us, actor_id, action, object_id, address, details",
     "'audit_' || n, n, " USER ", 'a', 'o' || n, '', '{}'"},
    {"outgoing_mails", "id, sealed, attempts, due_at_us", "'mail_' || n, '', 0, n"},
    {"jobs",
     "id, workspace_id, kind, subject_id, state, priority, payload, attempts, crashes, fence, "
     "ready_at_us, cancel_requested, stage, fraction, created_at_us, lease_until_us",
     "'job_' || n, " WS ", 'render', 's' || n, CASE n % 50 WHEN 0 THEN 'queued' WHEN 1 THEN "
     "'running' WHEN 2 THEN 'failed' ELSE 'done' END, 0, '{}', 0, 0, 0, n, 0, '', 0, n, n"},
    {"job_lanes", "workspace_id, waiting, served_at_us",
     "'ws_' || n, CASE n % 100 WHEN 0 THEN 1 ELSE 0 END, n"},
    {"event_counters", "workspace_id, seq", "'ws_' || n, 100"},
    {"events", "workspace_id, seq, at_us, kind, subject_id, data",
     WS ", n / 1000, n, 'job', 's' || n, '{}'"},
    {"objects", "key, workspace_id, state, size, sha256, changed_at_us",
     "'w/' || n, " WS ", CASE n % 100 WHEN 0 THEN 'staged' WHEN 1 THEN 'deleting' ELSE 'committed' "
     "END, 1, 'h' || n, n"},
    {"workspace_usage", "workspace_id, committed_bytes, reserved_bytes", "'ws_' || n, 0, 0"},
    {"uploads",
     "id, workspace_id, made_by, name, length, received, hash_state, state, clip_id, "
     "created_at_us, expires_at_us",
     "'up_' || n, " WS ", " USER ", 'x', 1, 0, CAST('' AS BYTES), CASE n % 50 WHEN 0 THEN 'open' "
     "ELSE 'done' END, 'clip_' || n, n, n"},
    {"clips", "id, workspace_id, name, state, size, sha256, created_at_us",
     "'clip_' || n, " WS ", 'x', 'ready', 1, 'h' || n, n"},
    {"projects", "id, workspace_id, name, version, wishes, created_at_us, changed_at_us",
     "'proj_' || n, " WS ", 'p', 1, '{}', n, n"},
    {"project_clips", "project_id, clip_id, place", "'proj_' || n, 'clip_' || n, 0"},
    {"plans", "id, workspace_id, project_id, number, plan, made_by, created_at_us",
     "'plan_' || n, " WS ", 'proj_' || n, 1, '{}', " USER ", n"},
    {"montages", "id, workspace_id, project_id, plan_id, job_id, state, files, created_at_us",
     "'mont_' || n, " WS ", 'proj_' || n, 'plan_' || n, 'job_' || n, 'ready', '[]', n"},
    {"departures", "workspace_id, owner_id, since_us", "'ws_' || n, " USER ", n"},
    {"idempotency_keys", "id, fingerprint, claim, claimed_at_us", "'k' || n, 'f', 'c', n"},
    {"shares", "id, workspace_id, montage_id, token_hash, made_by, created_at_us",
     "'share_' || n, " WS ", 'mont_' || n, 't' || n, " USER ", n"},
};
/// A few rows: of the installation, not of its people.
std::set<std::string> const kSmall{"schema_migrations", "settings", "setup_token", "numbers"};

std::set<std::string> tables(Session& session) {
    std::set<std::string> out;
    Query const sqlite{"test/tables",
                       "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
                       "name NOT LIKE 'sqlite_%'"};
    Query const postgres{"test/tables",
                         "SELECT CAST(tablename AS text) AS name FROM pg_tables "
                         "WHERE schemaname = 'public'"};
    for (auto const& row :
         must(session.rows(session.engine() == Engine::Sqlite ? sqlite : postgres)))
        out.insert(row.text("name"));
    return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

Result<> seed(Session& session) {
    bool const sqlite = session.engine() == Engine::Sqlite;
    // Keys are good by how the rows are made; a trigger a row would take minutes.
    if (!sqlite) TRY_VOID(session.script("SET LOCAL session_replication_role = replica"));
    TRY_VOID(session.script(fmt::format(
        "CREATE TABLE numbers (n bigint PRIMARY KEY);"
        "WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < {}) "
        "INSERT INTO numbers SELECT n FROM up",
        kRows)));
    for (auto const& [table, columns, values] : kSeeds)
        TRY_VOID(session.script(
            fmt::format("INSERT INTO {} ({}) SELECT {} FROM numbers", table, columns,
                        replaced(std::string(values), "BYTES", sqlite ? "blob" : "bytea"))));
    return {};
}

/// The text with `by` in place of every $1, $2 ...; the highest of them in `most`.
std::string without_parameters(std::string const& sql, std::string_view by, int& most) {
    std::string out;
    for (std::size_t at = 0; at < sql.size();) {
        int number = 0;
        auto const* const from = sql.data() + at + 1;
        auto const end = std::from_chars(from, sql.data() + sql.size(), number).ptr;
        if (sql[at] == '$' && end != from) {
            most = std::max(most, number);
            out += by;
            at = static_cast<std::size_t>(end - sql.data());
        } else out += sql[at++];
    }
    return out;
}

bool is_of_small_table(std::string const& line) {
    return std::ranges::any_of(kSmall, [&](std::string const& table) {
        return line.find(" " + table) != std::string::npos;
    });
}

/// Lines of the plan that read every row of a table or of a whole index.
std::vector<std::string> scans_in_sqlite(Session& session, std::string const& name,
                                         std::string const& sql,
                                         std::set<std::string> const& partial) {
    std::vector<std::string> out;
    // A plan does not depend on what the parameters are.
    int ignored = 0;
    auto const text = "EXPLAIN QUERY PLAN " + without_parameters(sql, "NULL", ignored);
    for (auto const& row : must(session.rows({name, text}))) {
        auto const& detail = row.text("detail");
        if (!detail.starts_with("SCAN ") || detail.starts_with("SCAN CONSTANT") ||
            is_of_small_table(detail))
            continue;
        auto const index = detail.find("INDEX ");
        if (index != std::string::npos && partial.contains(detail.substr(index + 6))) continue;
        out.push_back(detail);
    }
    return out;
}

/// PostgreSQL 15 shows a plan that knows no parameters only of a prepared statement.
std::vector<std::string> scans_in_postgres(Session& session, std::string const& name,
                                           std::string const& sql) {
    must(
        session.script("DEALLOCATE ALL; SET LOCAL plan_cache_mode = force_generic_plan; "
                       "PREPARE looked_at AS " +
                       sql));
    int count = 0;
    std::ignore = without_parameters(sql, "", count);
    std::string call = "EXPLAIN EXECUTE looked_at";
    for (int i = 0; i < count; ++i) call += i == 0 ? "(NULL" : ", NULL";
    if (count > 0) call += ")";
    std::vector<std::string> out;
    for (auto const& row : must(session.rows({name, call})))
        if (auto const& line = row.text("QUERY PLAN");
            line.find("Seq Scan on") != std::string::npos && !is_of_small_table(line))
            out.push_back(line);
    return out;
}

class Scans : public testing::EachDatabase {};
INSTANTIATE_TEST_SUITE_P(Databases, Scans, testing::databases(), testing::name_of);

TEST_P(Scans, OfTablesThatGrowAreInNoQuery) {
    must(database().reshape([](Session& s) { return seed(s); }));
    must(database().reshape([](Session& s) { return s.script("ANALYZE"); }));
    auto const unseen = must(database().read([](Session& s) -> Result<std::set<std::string>> {
        auto all = tables(s);
        for (auto const& seeded : kSeeds) all.erase(std::string(seeded.table));
        for (auto const& small : kSmall) all.erase(small);
        return all;
    }));
    EXPECT_THAT(unseen, ::testing::IsEmpty()) << "add rows for a new table to kSeeds";
    for (auto const& [name, sql] : testing::all_queries()) {
        auto const scans =
            must(database().write([&](Session& s) -> Result<std::vector<std::string>> {
                if (!is_sqlite()) return scans_in_postgres(s, name, sql);
                std::set<std::string> partial;
                for (auto const& row : must(s.rows(
                         {"test/partial",
                          "SELECT i.name FROM sqlite_schema t, "
                          "pragma_index_list(t.name) i WHERE t.type = 'table' AND i.partial = 1"})))
                    partial.insert(row.text("name"));
                return scans_in_sqlite(s, name, sql, partial);
            }));
        EXPECT_THAT(scans, ::testing::IsEmpty()) << name;
    }
}

}  // namespace
}  // namespace aiditor::db
