#pragma once
/// Accounts over HTTP: signing in and out, one's own account, workspaces and who works in them,
/// keys for programs, and what the operator does.
///
/// Browsers hold their tokens in cookies that no script can read; programs that ask for `tokens`
/// get them in the answer and no cookies.

#include "service/accounts/accounts.hpp"
#include "service/api/route.hpp"

namespace aiditor::accounts {

/// All of them. `accounts` must outlive the routes.
[[nodiscard]] std::vector<api::Route> routes(Accounts& accounts);

// By theme, each in a file of its own.
[[nodiscard]] std::vector<api::Route> sign_in_routes(Accounts& accounts);
[[nodiscard]] std::vector<api::Route> registration_routes(Accounts& accounts);
[[nodiscard]] std::vector<api::Route> account_routes(Accounts& accounts);
[[nodiscard]] std::vector<api::Route> second_factor_routes(Accounts& accounts);
[[nodiscard]] std::vector<api::Route> workspace_routes(Accounts& accounts);
[[nodiscard]] std::vector<api::Route> member_routes(Accounts& accounts);
[[nodiscard]] std::vector<api::Route> leaving_routes(Accounts& accounts);
[[nodiscard]] std::vector<api::Route> api_key_routes(Accounts& accounts);
[[nodiscard]] std::vector<api::Route> admin_routes(Accounts& accounts);

}  // namespace aiditor::accounts
