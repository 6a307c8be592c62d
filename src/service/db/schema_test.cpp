// Both engines must have the same schema. What is here looks at all tables there are: later
// migrations need no line.

#include "service/db/testing.hpp"

#include <gmock/gmock.h>
#include <set>

namespace aiditor::db {
namespace {

/// One line a fact, in words that both engines share.
using Facts = std::set<std::string>;

constexpr Query kSqliteColumns{
    "test/columns",
    "SELECT t.name || '.' || c.name || ' ' || CASE c.type WHEN 'INTEGER' THEN 'whole' "
    "WHEN 'REAL' THEN 'real' WHEN 'TEXT' THEN 'text' WHEN 'BLOB' THEN 'blob' ELSE c.type END "
    "|| CASE WHEN c.\"notnull\" OR c.pk > 0 THEN ' not null' ELSE '' END "
    "|| CASE WHEN t.strict THEN '' ELSE ' not strict' END AS fact "
    "FROM pragma_table_list t, pragma_table_info(t.name) c "
    "WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%'"};
constexpr Query kPostgresColumns{
    "test/columns",
    "SELECT table_name || '.' || column_name || ' ' || CASE data_type WHEN 'bigint' THEN 'whole' "
    "WHEN 'double precision' THEN 'real' WHEN 'text' THEN 'text' WHEN 'bytea' THEN 'blob' "
    "ELSE data_type END || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END AS fact "
    "FROM information_schema.columns WHERE table_schema = 'public'"};

// Primary keys and UNIQUE have names that nobody gave; only those of CREATE INDEX must agree.
constexpr Query kSqliteIndexes{
    "test/indexes",
    "SELECT t.name || ' ' || CASE i.origin WHEN 'c' THEN i.name || ' ' ELSE '' END "
    "|| CASE i.\"unique\" WHEN 1 THEN 'unique' ELSE 'index' END "
    "|| ' (' || (SELECT group_concat(coalesce(x.name, '<expression>') || CASE x.\"desc\" WHEN 1 "
    "THEN ' desc' ELSE '' END, ', ') FROM pragma_index_xinfo(i.name) x WHERE x.key) || ')' "
    "|| CASE i.partial WHEN 1 THEN ' partial' ELSE '' END AS fact "
    "FROM pragma_table_list t, pragma_index_list(t.name) i "
    "WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' "
    // A key of one INTEGER is the row's own number and has no index.
    "UNION ALL SELECT t.name || ' unique (' || c.name || ')' "
    "FROM pragma_table_list t, pragma_table_info(t.name) c "
    "WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' AND c.pk = 1 AND NOT EXISTS "
    "(SELECT 1 FROM pragma_index_list(t.name) i WHERE i.origin = 'pk')"};
constexpr Query kPostgresIndexes{
    "test/indexes",
    "SELECT t.relname || ' ' || CASE WHEN k.oid IS NULL THEN i.relname || ' ' ELSE '' END "
    "|| CASE WHEN x.indisunique THEN 'unique' ELSE 'index' END || ' (' || "
    "(SELECT string_agg(coalesce(CAST(a.attname AS text), '<expression>') || "
    "CASE WHEN x.indoption[n.n - 1] & 1 = 1 THEN ' desc' ELSE '' END, ', ' ORDER BY n.n) "
    "FROM generate_series(1, x.indnkeyatts) n(n) LEFT JOIN pg_attribute a "
    "ON a.attrelid = t.oid AND a.attnum = x.indkey[n.n - 1] AND a.attnum > 0) || ')' "
    "|| CASE WHEN x.indpred IS NULL THEN '' ELSE ' partial' END AS fact "
    "FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid "
    "LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype IN ('p', 'u') "
    "WHERE t.relnamespace = 'public'::regnamespace"};

constexpr Query kSqliteKeys{
    "test/keys",
    "SELECT t.name || ' (' || group_concat(f.\"from\", ', ') || ') -> ' || f.\"table\" "
    "|| ' delete ' || lower(f.on_delete) AS fact "
    "FROM pragma_table_list t, pragma_foreign_key_list(t.name) f "
    "WHERE t.schema = 'main' GROUP BY t.name, f.id"};
constexpr Query kPostgresKeys{
    "test/keys",
    "SELECT t.relname || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY n.n) "
    "FROM unnest(k.conkey) WITH ORDINALITY n(number, n) JOIN pg_attribute a "
    "ON a.attrelid = t.oid AND a.attnum = n.number) || ') -> ' || CAST(k.confrelid::regclass AS "
    "text) || ' delete ' || CASE k.confdeltype WHEN 'a' THEN 'no action' WHEN 'c' THEN 'cascade' "
    "WHEN 'n' THEN 'set null' WHEN 'r' THEN 'restrict' ELSE 'set default' END AS fact "
    "FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid WHERE k.contype = 'f' "
    "AND t.relnamespace = 'public'::regnamespace"};

Facts facts(Database& database, Query const& query) {
    Facts out;
    for (auto const& row : testing::must(database.read([&](Session& s) { return s.rows(query); })))
        out.insert(row.text("fact"));
    return out;
}

struct Both {
    testing::TestDatabase sqlite_file, postgres_base;
    std::unique_ptr<Database> sqlite = sqlite_file.open(), postgres = postgres_base.open();
    explicit Both(bool migrated = true)
        : sqlite_file(testing::Server::Sqlite, migrated),
          postgres_base(testing::Server::Postgres, migrated) {}
};

void expect_same_schema(Both const& both) {
    EXPECT_EQ(facts(*both.sqlite, kSqliteColumns), facts(*both.postgres, kPostgresColumns));
    EXPECT_EQ(facts(*both.sqlite, kSqliteIndexes), facts(*both.postgres, kPostgresIndexes));
    EXPECT_EQ(facts(*both.sqlite, kSqliteKeys), facts(*both.postgres, kPostgresKeys));
}

TEST(Schema, IsTheSameOnBothEngines) {
    Both const both;
    expect_same_schema(both);
    EXPECT_THAT(facts(*both.sqlite, kSqliteColumns),
                ::testing::Contains("settings.value text not null"));
    EXPECT_THAT(facts(*both.postgres, kPostgresIndexes),
                ::testing::Contains("settings unique (name)"));
}

TEST(Schema, EveryKindOfDifferenceIsSeen) {
    Both const both(false);
    auto const make = [&](std::string const& columns, std::string const& more) {
        testing::must(both.sqlite->reshape([&](Session& s) {
            return s.script(
                "CREATE TABLE a (id INTEGER PRIMARY KEY NOT NULL, b TEXT NOT NULL, "
                "UNIQUE (b, id)) STRICT;"
                "CREATE TABLE c (" +
                columns + ") STRICT;" + more);
        }));
    };
    testing::must(both.postgres->reshape([&](Session& s) {
        return s.script(
            "CREATE TABLE a (id bigint PRIMARY KEY, b text NOT NULL, UNIQUE (b, id));"
            "CREATE TABLE c (x bigint NOT NULL, y bigint, w double precision, v bytea, "
            "PRIMARY KEY (y, x), FOREIGN KEY (x) REFERENCES a (id) ON DELETE CASCADE);"
            "CREATE INDEX c_by_x ON c (x DESC, y) WHERE w > 0;"
            "CREATE UNIQUE INDEX c_by_lower ON a (lower(b))");
    }));
    std::string const columns = "x INTEGER NOT NULL, y INTEGER, w REAL, v BLOB, PRIMARY KEY (y, x)";
    std::string const key = ", FOREIGN KEY (x) REFERENCES a (id) ON DELETE CASCADE";
    std::string const index = "CREATE INDEX c_by_x ON c (x DESC, y) WHERE w > 0;";
    std::string const unique = "CREATE UNIQUE INDEX c_by_lower ON a (lower(b))";
    make(columns + key, index + unique);
    expect_same_schema(both);

    auto const differs = [&](Query const& sqlite, Query const& postgres) {
        bool const different = facts(*both.sqlite, sqlite) != facts(*both.postgres, postgres);
        testing::must(both.sqlite->reshape(
            [&](Session& s) { return s.script("DROP TABLE c; DROP TABLE a"); }));
        return different;
    };
    auto const drop = [&] { (void)differs(kSqliteKeys, kPostgresKeys); };
    drop();
    make(columns, index + unique);
    EXPECT_TRUE(differs(kSqliteKeys, kPostgresKeys));
    make(columns + key, "CREATE INDEX c_by_x ON c (x, y) WHERE w > 0;" + unique);
    EXPECT_TRUE(differs(kSqliteIndexes, kPostgresIndexes));
    make(columns + key, "CREATE INDEX c_by_x ON c (x DESC, y);" + unique);
    EXPECT_TRUE(differs(kSqliteIndexes, kPostgresIndexes));
    make(columns + key, index + "CREATE INDEX c_by_lower ON a (lower(b))");
    EXPECT_TRUE(differs(kSqliteIndexes, kPostgresIndexes));
    make("x INTEGER, y INTEGER, w REAL NOT NULL, v BLOB, PRIMARY KEY (y, x)" + key, index + unique);
    EXPECT_TRUE(differs(kSqliteColumns, kPostgresColumns));
    make("x INTEGER NOT NULL, y INTEGER, w REAL, v TEXT, PRIMARY KEY (y, x)" + key, index + unique);
    EXPECT_TRUE(differs(kSqliteColumns, kPostgresColumns));
}

TEST(Queries, OfAllRoomsCanBePreparedOnBothEngines) {
    Both const both;
    auto const queries = testing::all_queries();
    EXPECT_GE(queries.size(), 3U);
    for (auto const& [name, sql] : queries)
        for (auto* database : {both.sqlite.get(), both.postgres.get()}) {
            auto const good = database->read([&](Session& s) { return s.check({name, sql}); });
            EXPECT_TRUE(good) << (database == both.sqlite.get() ? "SQLite: " : "PostgreSQL: ")
                              << good.error().message;
        }
}

}  // namespace
}  // namespace aiditor::db
