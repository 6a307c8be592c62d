/// The first and the last steps of a person here: the set-up of an installation, and being
/// forgotten.

#include "base/random.hpp"
#include "base/sha256.hpp"
#include "service/accounts/email_address.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/queries.hpp"
#include "service/accounts/users.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::accounts {
namespace {

constexpr std::string_view kOwner = "owner@localhost";

std::unexpected<Error> no_such_user() {
    return fail(ErrorCode::NotFound, "there is no such person");
}

Result<bool> has_operator(db::Session& session) {
    auto const rows = TRY(session.rows(queries::kOperators, {}));
    return std::ranges::any_of(rows,
                               [](db::Row const& row) { return !row.is_null("password_hash"); });
}

}  // namespace

Result<std::optional<std::string>> Users::make_setup_secret() {
    return database_.write([&](db::Session& session) -> Result<std::optional<std::string>> {
        if (TRY(has_operator(session))) return std::nullopt;
        auto secret = random_secret();
        (void)TRY(session.change(queries::kPutSetupToken,
                                 {sha256_hex(secret), clock_.now() + kSetupLifetime}));
        return secret;
    });
}

Result<std::string> Users::set_up(std::string const& secret, std::string const& email,
                                  std::string const& password) {
    auto const normal = TRY(normal_email(email));
    TRY_VOID(check_password(password, normal));
    auto const hash = TRY(passwords_.hash(password));
    return database_.write([&](db::Session& session) -> Result<std::string> {
        auto const used =
            TRY(session.row(queries::kUseSetupToken, {sha256_hex(secret), clock_.now()}));
        if (!used || TRY(has_operator(session)))
            return fail(ErrorCode::Gone,
                        "this set-up link has ended or was used; start the program again for a "
                        "new one");
        auto const owner = TRY(session.row(queries::kUserByEmail, {kOwner}));
        std::string id;
        if (owner) {
            id = owner->text("id");
            (void)TRY(session.change(queries::kBecomeOperator, {id, normal, hash, clock_.now()}));
        } else {
            id = TRY(new_user(session, normal, hash, true, true));
        }
        TRY_VOID(record(
            session, clock_,
            {.actor_id = id, .action = "installation.set_up", .object_id = id, .address = ""}));
        return id;
    });
}

Result<std::string> Users::ensure_owner() {
    auto const find = [](db::Session& session) {
        return session.row(queries::kUserByEmail, {kOwner});
    };
    if (auto const row = TRY(database_.read(find))) return row->text("id");
    auto const made = database_.write([&](db::Session& session) {
        return new_user(session, std::string(kOwner), std::nullopt, true, true);
    });
    if (made || made.error().code != ErrorCode::Conflict) return made;
    auto const row = TRY(database_.read(find));  // another program was faster
    if (!row) return no_such_user();
    return row->text("id");
}

Result<UtcMicros> Users::request_deletion(std::string const& user_id, std::string const& password,
                                          std::string const& keep_session) {
    TRY_VOID(check_own_password(user_id, password));
    auto const due = clock_.now() + kDeletionGrace;
    auto done = database_.write([&](db::Session& session) -> Result<> {
        TRY_VOID(refuse_last_operator(session, user_id));
        auto const shared = TRY(session.rows(queries::kOwnerlessWithout, {user_id}));
        if (!shared.empty())
            return fail(ErrorCode::Conflict,
                        fmt::format("others work in \"{}\", which you alone own; make somebody "
                                    "else its owner first",
                                    shared.front().text("name")));
        (void)TRY(session.change(queries::kSetDeletion, {user_id, due}));
        (void)TRY(session.change(queries::kDropApiKeys, {user_id}));
        TRY_VOID(sessions_.revoke_all(session, user_id, keep_session));
        return record(session, clock_,
                      {.actor_id = user_id,
                       .action = "user.deletion_requested",
                       .object_id = user_id,
                       .address = ""});
    });
    TRY_VOID(done);
    sessions_.forget();
    return due;
}

Result<> Users::withdraw_deletion(std::string const& user_id) {
    return database_.write([&](db::Session& session) -> Result<> {
        (void)TRY(session.change(queries::kSetDeletion, {user_id, std::nullopt}));
        return record(session, clock_,
                      {.actor_id = user_id,
                       .action = "user.deletion_withdrawn",
                       .object_id = user_id,
                       .address = ""});
    });
}

Result<std::vector<std::string>> Users::due_deletions() {
    auto const rows = TRY(database_.read([&](db::Session& session) {
        return session.rows(queries::kDueDeletions, {clock_.now()});
    }));
    std::vector<std::string> out;
    for (auto const& row : rows) out.push_back(row.text("id"));
    return out;
}

Result<std::vector<std::string>> Users::lonely_workspaces(std::string const& user_id) {
    auto const rows = TRY(database_.read(
        [&](db::Session& session) { return session.rows(queries::kLonelyWorkspaces, {user_id}); }));
    std::vector<std::string> out;
    for (auto const& row : rows) out.push_back(row.text("workspace_id"));
    return out;
}

Result<> Users::erase(std::string const& user_id) {
    return database_.write([&](db::Session& session) -> Result<> {
        auto const lonely = TRY(session.rows(queries::kLonelyWorkspaces, {user_id}));
        if (TRY(session.change(queries::kEraseUser, {user_id, clock_.now()})) == 0)
            return no_such_user();
        for (auto const& row : lonely)
            (void)TRY(session.change(queries::kDropWorkspace, {row.text("workspace_id")}));
        return record(
            session, clock_,
            {.actor_id = "", .action = "user.erased", .object_id = user_id, .address = ""});
    });
}

}  // namespace aiditor::accounts
