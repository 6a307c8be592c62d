#include "service/accounts/accounts.hpp"

namespace aiditor::accounts {

Result<std::unique_ptr<Accounts>> Accounts::open(db::Database& database, Clock const& clock,
                                                 AccountOptions const& options) {
    return std::make_unique<Accounts>(database, clock, options,
                                      TRY(Keys::open(options.key_file, clock)));
}

}  // namespace aiditor::accounts
