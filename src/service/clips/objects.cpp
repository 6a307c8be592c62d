#include "service/clips/objects.hpp"

#include "service/clips/queries.hpp"

#include <optional>

namespace aiditor::clips {
namespace {

Result<> count(db::Session& session, std::string_view workspace_id, Usage more) {
    TRY_VOID(session.change(queries::kCountUsage,
                            {workspace_id, more.committed_bytes, more.reserved_bytes}));
    return {};
}

std::unexpected<Error> not_staged(std::string_view key) {
    return fail(ErrorCode::Stale, std::string(key) + ": is not being written any more");
}

/// Nobody has finished it in time, and it was not committed meanwhile.
Result<bool> give_up(db::Session& session, std::string_view key) {
    auto const row = TRY(session.row(queries::kGiveUpObject, {key, kStagedUs}));
    if (!row) return false;
    TRY_VOID(count(session, row->text("workspace_id"),
                   {.committed_bytes = 0, .reserved_bytes = -row->integer("size")}));
    return true;
}

Result<bool> sweep_one(db::Database& database, storage::ObjectStore& store, db::Row const& row) {
    auto const& key = row.text("key");
    if (row.text("state") == "staged" &&
        !TRY(database.write([&](db::Session& s) { return give_up(s, key); })))
        return false;
    TRY_VOID(store.remove(key));
    TRY_VOID(
        database.write([&](db::Session& s) { return s.change(queries::kForgetObject, {key}); }));
    return true;
}

}  // namespace

Result<> stage(db::Session& session, std::string_view workspace_id, std::string_view key,
               std::int64_t size, Quota quota) {
    if (!storage::is_key(key)) return fail(ErrorCode::Internal, "a key that the storage refuses");
    TRY_VOID(session.change(queries::kMakeUsage, {workspace_id}));
    if (TRY(session.change(queries::kReserve, {workspace_id, size, quota.most_bytes})) == 0)
        return fail(ErrorCode::QuotaReached,
                    "the workspace has no room for this; remove clips or montages that are not "
                    "needed any more");
    TRY_VOID(session.change(queries::kStageObject, {key, workspace_id, size}));
    return {};
}

Result<> commit(db::Session& session, std::string_view key, std::int64_t size,
                std::string_view sha256) {
    auto const row = TRY(session.row(queries::kLockObject, {key}));
    if (!row || row->text("state") != "staged") return not_staged(key);
    TRY_VOID(session.change(queries::kCommitObject, {key, size, sha256}));
    return count(session, row->text("workspace_id"),
                 {.committed_bytes = size, .reserved_bytes = -row->integer("size")});
}

Result<> touch(db::Session& session, std::string_view key) {
    if (TRY(session.change(queries::kTouchObject, {key})) == 0) return not_staged(key);
    return {};
}

Result<> mark_deleting(db::Session& session, std::string_view key) {
    auto const row = TRY(session.row(queries::kLockObject, {key}));
    if (!row || row->text("state") == "deleting") return {};
    auto const size = row->integer("size");
    bool const is_staged = row->text("state") == "staged";
    TRY_VOID(session.change(queries::kDeleteObject, {key}));
    return count(
        session, row->text("workspace_id"),
        {.committed_bytes = is_staged ? 0 : -size, .reserved_bytes = is_staged ? -size : 0});
}

Result<> drop_staged(db::Session& session, std::string_view workspace_id, std::string_view folder) {
    for (auto const& row : TRY(session.rows(queries::kStagedBelow, {workspace_id, folder})))
        TRY_VOID(mark_deleting(session, row.text("key")));
    return {};
}

Result<> mark_all_deleting(db::Session& session, std::string_view workspace_id) {
    TRY_VOID(session.change(queries::kDeleteObjectsOf, {workspace_id}));
    TRY_VOID(session.change(queries::kClearUsage, {workspace_id}));
    return {};
}

Result<Usage> usage(db::Session& session, std::string_view workspace_id) {
    auto const row = TRY(session.row(queries::kUsage, {workspace_id}));
    if (!row) return Usage{};
    return Usage{.committed_bytes = row->integer("committed_bytes"),
                 .reserved_bytes = row->integer("reserved_bytes")};
}

Result<std::vector<KeptObject>> kept_objects(db::Session& session, std::string_view after,
                                             int most) {
    std::vector<KeptObject> out;
    for (auto const& row : TRY(session.rows(queries::kCommittedObjects, {after, most})))
        out.push_back(
            {.key = row.text("key"), .sha256 = row.text("sha256"), .size = row.integer("size")});
    return out;
}

Result<int> sweep(db::Database& database, storage::ObjectStore& store) {
    auto const rows =
        TRY(database.read([](db::Session& s) { return s.rows(queries::kToBeSwept, {kStagedUs}); }));
    int swept = 0;
    std::optional<Error> failure;
    for (auto const& row : rows) {
        auto const done = sweep_one(database, store, row);
        if (!done && !failure) failure = done.error();
        if (done && *done) ++swept;
    }
    if (failure) return std::unexpected(std::move(*failure).while_doing("removing old bytes"));
    return swept;
}

}  // namespace aiditor::clips
