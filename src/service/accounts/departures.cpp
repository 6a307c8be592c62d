#include "service/accounts/departures.hpp"

#include "service/accounts/queries.hpp"

namespace aiditor::accounts {

Result<> Departures::leave(db::Session& session, std::string const& workspace_id,
                           std::string const& owner, std::string const& actor) {
    (void)TRY(session.change(queries::kAddDeparture, {workspace_id, owner, clock_.now()}));
    (void)TRY(session.change(queries::kDropMembers, {workspace_id}));
    (void)TRY(session.change(queries::kDropWorkspaceKeys, {workspace_id}));
    (void)TRY(session.change(queries::kDropInvitations, {workspace_id}));
    TRY_VOID(record(session, clock_,
                    {.actor_id = actor,
                     .action = "workspace.removed",
                     .object_id = workspace_id,
                     .address = ""}));
    return on_leave_ ? on_leave_(session, workspace_id) : Result<>();
}

Result<> Departures::remove_workspace(std::string const& workspace_id, std::string const& actor) {
    return database_.write([&](db::Session& session) -> Result<> {
        auto const row = TRY(session.row(queries::kWorkspace, {workspace_id}));
        if (!row) return fail(ErrorCode::NotFound, "there is no such workspace");
        if (!row->is_null("personal_of"))
            return fail(ErrorCode::Conflict,
                        "a personal workspace goes with its person: delete the account");
        return leave(session, workspace_id, "", actor);
    });
}

Result<std::vector<std::string>> Departures::gone_workspaces() {
    auto const rows = TRY(database_.read([&](db::Session& session) {
        return session.rows(queries::kDepartures, {clock_.now() - kSettle});
    }));
    std::vector<std::string> out;
    for (auto const& row : rows) out.push_back(row.text("workspace_id"));
    return out;
}

Result<> Departures::drop(std::string const& workspace_id) {
    TRY_VOID(database_.write([&](db::Session& session) {
        return session.change(queries::kDropWorkspace, {workspace_id});
    }));
    return {};
}

Result<int> Departures::forget_people() {
    int forgotten = 0;
    for (auto const& id : TRY(users_.due_deletions())) {
        auto const lonely = TRY(users_.lonely_workspaces(id));
        auto const waits = database_.write([&](db::Session& session) -> Result<bool> {
            TRY_VOID(sessions_.revoke_all(session, id, ""));
            (void)TRY(session.change(queries::kDropApiKeys, {id}));
            for (auto const& workspace : lonely) TRY_VOID(leave(session, workspace, id, id));
            return TRY(session.row(queries::kDepartureOf, {id})).has_value();
        });
        sessions_.forget();
        if (TRY(waits)) continue;
        TRY_VOID(users_.erase(id));
        ++forgotten;
    }
    return forgotten;
}

}  // namespace aiditor::accounts
