#include "service/accounts/second_factor.hpp"

#include "base/sha256.hpp"
#include "service/accounts/queries.hpp"
#include "service/accounts/totp.hpp"

namespace aiditor::accounts {
namespace {

std::string context_of(std::string const& user_id) { return "totp/" + user_id; }

}  // namespace

Result<TotpBegun> SecondFactor::begin(std::string const& user_id) {
    auto const secret = new_totp_secret();
    auto const sealed = keys_.ring()->seal(secret, context_of(user_id), clock_.now());
    return database_.write([&](db::Session& session) -> Result<TotpBegun> {
        auto const user = TRY(session.row(queries::kUserById, {user_id}));
        if (!user) return fail(ErrorCode::NotFound, "there is no such person");
        if (TRY(session.change(queries::kPutTotpSecret, {user_id, sealed})) == 0)
            return fail(ErrorCode::Conflict, "one-time codes are in use; remove them first");
        return TotpBegun{.secret = base32(secret), .link = totp_link(secret, user->text("email"))};
    });
}

Result<std::vector<std::string>> SecondFactor::put_codes(db::Session& session,
                                                         std::string const& user_id) {
    auto codes = new_recovery_codes();
    (void)TRY(session.change(queries::kDropRecoveryCodes, {user_id}));
    // 50 random bits are too many to try for one hash of a fast kind.
    for (auto const& code : codes)
        (void)TRY(session.change(queries::kAddRecoveryCode,
                                 {user_id, sha256_hex(user_id + "\n" + code)}));
    return codes;
}

Result<std::vector<std::string>> SecondFactor::confirm(std::string const& user_id,
                                                       std::string const& code,
                                                       std::string const& session_id) {
    return database_.write([&](db::Session& session) -> Result<std::vector<std::string>> {
        auto const user = TRY(session.row(queries::kUserById, {user_id}));
        if (!user || user->is_null("totp_sealed") || !user->is_null("totp_active_at_us"))
            return fail(ErrorCode::Conflict, "there is nothing to confirm; begin first");
        auto const secret = TRY(keys_.ring()->open(user->text("totp_sealed"), context_of(user_id)));
        auto const step = totp_step(secret, code, clock_.now(), 0);
        if (!step) return fail(ErrorCode::NotSignedIn, "the code is not right; try the next one");
        (void)TRY(session.change(queries::kActivateTotp, {user_id, clock_.now(), *step}));
        (void)TRY(session.change(queries::kMarkSecondFactor, {session_id}));
        TRY_VOID(record(
            session, clock_,
            {.actor_id = user_id, .action = "totp.added", .object_id = user_id, .address = ""}));
        return put_codes(session, user_id);
    });
}

Result<bool> SecondFactor::check(std::string const& user_id, std::string const& code) {
    return database_.write([&](db::Session& session) -> Result<bool> {
        auto const user = TRY(session.row(queries::kUserById, {user_id}));
        if (!user || user->is_null("totp_active_at_us")) return false;
        auto const secret = TRY(keys_.ring()->open(user->text("totp_sealed"), context_of(user_id)));
        auto const last = user->integer("totp_last_step");
        if (auto const step = totp_step(secret, code, clock_.now(), last))
            return TRY(session.change(queries::kUseTotpStep, {user_id, *step})) == 1;
        auto const hash = sha256_hex(user_id + "\n" + tidy_recovery_code(code));
        if (TRY(session.change(queries::kUseRecoveryCode, {user_id, hash})) == 0) return false;
        TRY_VOID(record(session, clock_,
                        {.actor_id = user_id,
                         .action = "recovery_code.used",
                         .object_id = user_id,
                         .address = ""}));
        return true;
    });
}

Result<std::vector<std::string>> SecondFactor::renew_codes(std::string const& user_id) {
    return database_.write([&](db::Session& session) -> Result<std::vector<std::string>> {
        TRY_VOID(record(session, clock_,
                        {.actor_id = user_id,
                         .action = "recovery_codes.renewed",
                         .object_id = user_id,
                         .address = ""}));
        return put_codes(session, user_id);
    });
}

Result<> SecondFactor::remove(std::string const& user_id, std::string const& actor) {
    return database_.write([&](db::Session& session) -> Result<> {
        (void)TRY(session.change(queries::kDropTotp, {user_id}));
        (void)TRY(session.change(queries::kForgetSecondFactor, {user_id}));
        (void)TRY(session.change(queries::kDropRecoveryCodes, {user_id}));
        return record(
            session, clock_,
            {.actor_id = actor, .action = "totp.removed", .object_id = user_id, .address = ""});
    });
}

}  // namespace aiditor::accounts
