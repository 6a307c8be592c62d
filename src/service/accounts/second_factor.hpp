#pragma once
/// The second factor of a person: a one-time code, or a recovery code when the telephone is gone.

#include "service/accounts/audit.hpp"
#include "service/accounts/keys.hpp"
#include "service/db/database.hpp"

#include <boost/describe.hpp>

namespace aiditor::accounts {

struct TotpBegun {
    std::string secret;  ///< base32, for typing
    std::string link;    ///< otpauth://, for a picture
};
BOOST_DESCRIBE_STRUCT(TotpBegun, (), (secret, link))

/// Thread-safe.
class SecondFactor {
public:
    SecondFactor(db::Database& database, Keys const& keys, Clock const& clock)
        : database_(database), keys_(keys), clock_(clock) {}

    /// A new secret, kept sealed; nothing is asked for until confirm(). Errors: NotFound, Conflict
    /// when a factor is in use.
    [[nodiscard]] Result<TotpBegun> begin(std::string const& user_id);
    /// With a code from the app: from now on one is asked for, and `session_id` counts as having
    /// shown it. The recovery codes, shown this once. Errors: NotSignedIn for a wrong code,
    /// Conflict when there is nothing to confirm.
    [[nodiscard]] Result<std::vector<std::string>> confirm(std::string const& user_id,
                                                           std::string const& code,
                                                           std::string const& session_id);
    /// Whether a code is right; it is used up. Errors: of the database.
    [[nodiscard]] Result<bool> check(std::string const& user_id, std::string const& code);
    /// New recovery codes; the old ones end.
    [[nodiscard]] Result<std::vector<std::string>> renew_codes(std::string const& user_id);
    /// No session counts as having shown it any more: call Sessions::forget() after it.
    [[nodiscard]] Result<> remove(std::string const& user_id, std::string const& actor);

private:
    [[nodiscard]] Result<std::vector<std::string>> put_codes(db::Session& session,
                                                             std::string const& user_id);
    db::Database& database_;
    Keys const& keys_;
    Clock const& clock_;
};

}  // namespace aiditor::accounts
