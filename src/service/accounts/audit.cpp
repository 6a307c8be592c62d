#include "service/accounts/audit.hpp"

#include "base/random.hpp"
#include "service/accounts/queries.hpp"

namespace aiditor::accounts {

Result<> record(db::Session& session, Clock const& clock, AuditEvent const& event) {
    (void)TRY(session.change(
        queries::kAddAuditEntry,
        {new_id("audit", clock), clock.now(), event.actor_id, event.action, event.object_id,
         event.address, json::print(event.details, json::Layout::OneLine)}));
    return {};
}

Result<std::vector<AuditEntry>> audit_entries(db::Session& session, std::string const& actor_id,
                                              std::string const& before, int most) {
    // '~' sorts after every id.
    auto const end = before.empty() ? std::string("~") : before;
    auto const rows = actor_id.empty()
                          ? TRY(session.rows(queries::kAuditPage, {end, most}))
                          : TRY(session.rows(queries::kAuditOfActor, {actor_id, end, most}));
    std::vector<AuditEntry> out;
    for (auto const& row : rows)
        out.push_back({.id = row.text("id"),
                       .actor_id = row.text("actor_id"),
                       .action = row.text("action"),
                       .object_id = row.text("object_id"),
                       .address = row.text("address"),
                       .details = row.text("details"),
                       .at_us = row.integer("at_us")});
    return out;
}

}  // namespace aiditor::accounts
