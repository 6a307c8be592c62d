#pragma once
/// What was done to accounts and by whom: a log that is only ever added to.

#include "base/clock.hpp"
#include "base/json.hpp"
#include "service/db/database.hpp"

#include <string>
#include <vector>

namespace aiditor::accounts {

/// Something a person did, or was done in his name. `details` never holds a secret.
struct AuditEvent {
    std::string actor_id;   ///< user_..., or empty for somebody unknown
    std::string action;     ///< "session.reused", "password.changed", ...
    std::string object_id;  ///< what it was done to
    std::string address;    ///< of the client
    json::Object details = {};
};

struct AuditEntry {
    std::string id, actor_id, action, object_id, address, details;
    UtcMicros at_us = 0;
};
BOOST_DESCRIBE_STRUCT(AuditEntry, (), (id, actor_id, action, object_id, address, details, at_us))

/// In the transaction of what it tells about.
[[nodiscard]] Result<> record(db::Session& session, Clock const& clock, AuditEvent const& event);

/// Newest first, at most `most` (1 to 1000) of those before the entry `before` (empty: from the
/// newest); of one person or, with an empty actor, of all.
[[nodiscard]] Result<std::vector<AuditEntry>> audit_entries(db::Session& session,
                                                            std::string const& actor_id,
                                                            std::string const& before, int most);

}  // namespace aiditor::accounts
