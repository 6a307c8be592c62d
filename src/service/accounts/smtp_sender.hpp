#pragma once
/// Mails by SMTP (RFC 5321) over libcurl, as plain text (RFC 5322, MIME).

#include "service/accounts/mail.hpp"

#include <memory>

namespace aiditor::accounts {

struct SmtpSettings {
    /// "smtps://mail.example:465", or "smtp://mail.example:587", which must then offer STARTTLS.
    std::string url;
    std::string from;            ///< the address mails come from
    std::string user, password;  ///< empty: no sign-in
    std::string ca_file;         ///< PEM of the authorities to trust; empty: the system's
};

/// Thread-safe. A certificate must be good and TLS 1.2 or above; only a server on loopback for
/// which no ca_file is named is spoken to without TLS by smtp://.
class SmtpSender final : public MailSender {
public:
    /// Connects to nothing yet. Errors: Usage for settings that cannot work.
    [[nodiscard]] static Result<std::unique_ptr<SmtpSender>> create(SmtpSettings settings);

    /// At most kLongest. Errors: BadRequest when the server says for good (5xx) that it does not
    /// take this recipient or this mail; Unavailable for everything else, which somebody may mend.
    [[nodiscard]] Result<> send(Mail const& mail) override;

    static constexpr long kLongestMs = 60'000;

private:
    explicit SmtpSender(SmtpSettings settings) : settings_(std::move(settings)) {}

    SmtpSettings settings_;
    bool without_tls_ = false;
};

/// The mail as it goes over the wire, lines ended by CR LF.
[[nodiscard]] std::string mail_text(Mail const& mail, std::string const& from, Clock const& clock);

}  // namespace aiditor::accounts
