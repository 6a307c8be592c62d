#include "service/accounts/routes.hpp"

#include <algorithm>
#include <iterator>

namespace aiditor::accounts {

std::vector<api::Route> routes(Accounts& accounts) {
    std::vector<api::Route> out;
    for (auto const theme :
         {sign_in_routes, registration_routes, account_routes, second_factor_routes,
          workspace_routes, member_routes, leaving_routes, api_key_routes, admin_routes})
        std::ranges::move(theme(accounts), std::back_inserter(out));
    return out;
}

}  // namespace aiditor::accounts
