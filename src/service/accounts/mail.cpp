#include "service/accounts/mail.hpp"

#include "base/json.hpp"
#include "base/random.hpp"
#include "service/accounts/lifetimes.hpp"
#include "service/accounts/queries.hpp"

namespace aiditor::accounts {
namespace {

constexpr UtcMicros kClaim = 5 * kMinute;  // longer than a sender's time-out

UtcMicros pause(std::int64_t attempts) { return kMinute << attempts; }

}  // namespace

Result<> Outbox::put(db::Session& session, Mail const& mail) {
    auto const id = new_id("mail", clock_);
    auto const sealed = keys_.ring()->seal(json::to_text(mail), "mail/" + id, clock_.now());
    (void)TRY(session.change(queries::kAddMail, {id, sealed, clock_.now()}));
    return {};
}

Result<int> Outbox::send_due(MailSender& sender) {
    int sent = 0;
    for (int i = 0; i < kMostAtOnce; ++i) {
        auto const row = TRY(database_.write([&](db::Session& session) {
            return session.row(queries::kClaimMail, {clock_.now(), clock_.now() + kClaim});
        }));
        if (!row) break;
        auto const& id = row->text("id");
        bool done = true;
        if (auto const text = keys_.ring()->open(row->text("sealed"), "mail/" + id)) {
            auto const mail = TRY(json::from_text<Mail>(*text));
            auto const result = mail.to.empty() ? Result<>() : sender.send(mail);
            done = result || result.error().code == ErrorCode::BadRequest ||
                   row->integer("attempts") >= kMostAttempts;
            if (result && !mail.to.empty()) ++sent;
        }
        (void)TRY(database_.write([&](db::Session& session) {
            return done ? session.change(queries::kDropMail, {id})
                        : session.change(queries::kPutOffMail,
                                         {id, clock_.now() + pause(row->integer("attempts"))});
        }));
    }
    return sent;
}

}  // namespace aiditor::accounts
