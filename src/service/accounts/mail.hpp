#pragma once
/// Mails to people. They are written down, sealed, in the transaction that causes them and sent
/// afterwards: none is lost, and nobody's sign-up waits for a mail server.

#include "service/accounts/keys.hpp"
#include "service/db/database.hpp"

#include <boost/describe.hpp>

namespace aiditor::accounts {

struct Mail {
    std::string to;  ///< empty: a mail to nobody, which takes the same work and is not sent
    std::string subject, body;  ///< plain text, UTF-8
};
BOOST_DESCRIBE_STRUCT(Mail, (), (to, subject, body))

/// A way out for mails. Thread-safe.
class MailSender {
public:
    virtual ~MailSender() = default;
    /// Returns when the next server took the mail over. Errors: BadRequest for a mail that will
    /// never go (the address does not exist), Unavailable for later.
    [[nodiscard]] virtual Result<> send(Mail const& mail) = 0;
};

/// Thread-safe.
class Outbox {
public:
    Outbox(db::Database& database, Keys const& keys, Clock const& clock)
        : database_(database), keys_(keys), clock_(clock) {}

    [[nodiscard]] Result<> put(db::Session& session, Mail const& mail);
    /// Sends what is due, each tried up to kMostAttempts times with growing pauses and then
    /// dropped. How many were sent. Call it every few seconds, on one or several nodes; a node
    /// killed in between sends a mail a second time rather than not at all. Errors: of the
    /// database.
    [[nodiscard]] Result<int> send_due(MailSender& sender);

    static constexpr int kMostAttempts = 8;  ///< over about four hours
    static constexpr int kMostAtOnce = 100;

private:
    db::Database& database_;
    Keys const& keys_;
    Clock const& clock_;
};

}  // namespace aiditor::accounts
