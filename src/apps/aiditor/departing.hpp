#pragma once
/// What is taken away of workspaces that go, and what people may take with them.

#include "base/json.hpp"
#include "service/accounts/accounts.hpp"
#include "service/storage/object_store.hpp"

namespace aiditor::app {

/// In the transaction with which a workspace goes: its projects with their links, its jobs, and its
/// bytes. For accounts::AccountOptions.
[[nodiscard]] Result<> leave_workspace(db::Session& session, std::string const& workspace_id);

/// Goes on with workspaces and people that go, as far as it gets. Call it every few minutes; may
/// run twice at once and be killed. Errors: the first, after all others were tried.
[[nodiscard]] Result<> clear_departed(accounts::Accounts& accounts, db::Database& database,
                                      storage::ObjectStore& store);

/// Everything that a workspace holds, for its owner: clips, projects, plans and montages, with the
/// paths of their files. For accounts::AccountOptions.
[[nodiscard]] Result<json::Value> workspace_contents(db::Session& session,
                                                     std::string const& workspace_id);

}  // namespace aiditor::app
