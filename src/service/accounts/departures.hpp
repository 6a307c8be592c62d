#pragma once
/// Workspaces and people that go. A workspace is gone for everybody at once; what other rooms keep
/// for it is taken away afterwards, and its row last. A person goes when his time has come and
/// nothing is left of the workspaces that were his alone.

#include "service/accounts/users.hpp"

#include <functional>

namespace aiditor::accounts {

/// What other rooms do in the transaction with which a workspace goes: end links, cancel jobs, mark
/// bytes for removal.
using OnLeave = std::function<Result<>(db::Session&, std::string const& workspace_id)>;

/// Thread-safe.
class Departures {
public:
    Departures(db::Database& database, Sessions& sessions, Users& users, Clock const& clock,
               OnLeave on_leave)
        : database_(database),
          sessions_(sessions),
          users_(users),
          clock_(clock),
          on_leave_(std::move(on_leave)) {}

    /// Nobody is a member any more, its keys and invitations end. Errors: NotFound, Conflict for a
    /// personal workspace.
    [[nodiscard]] Result<> remove_workspace(std::string const& workspace_id,
                                            std::string const& actor);
    /// Those that went kSettle ago, so that requests under way have ended; at most 100.
    [[nodiscard]] Result<std::vector<std::string>> gone_workspaces();
    /// Nothing is left of it.
    [[nodiscard]] Result<> drop(std::string const& workspace_id);

    /// Goes on with everybody whose time has come: first their workspaces go, and when those have
    /// been dropped they themselves do. How many were forgotten.
    [[nodiscard]] Result<int> forget_people();

    static constexpr UtcMicros kSettle = 60 * kMicrosPerSecond;

private:
    [[nodiscard]] Result<> leave(db::Session& session, std::string const& workspace_id,
                                 std::string const& owner, std::string const& actor);

    db::Database& database_;
    Sessions& sessions_;
    Users& users_;
    Clock const& clock_;
    OnLeave on_leave_;
};

}  // namespace aiditor::accounts
