#include "service/accounts/smtp_sender.hpp"

#include "base/file.hpp"
#include "service/accounts/standing_clock.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace aiditor::accounts {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// tests/services/smtp.py on a port of its own.
class MailServer {
public:
    explicit MailServer(std::string const& kind) {
        std::string name = "/tmp/aiditor-smtp-XXXXXX";
        folder_ = ::mkdtemp(name.data());
        std::array<int, 2> in{}, out{};
        if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) std::abort();
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(in[0], STDIN_FILENO);
            ::dup2(out[1], STDOUT_FILENO);
            ::execl("/usr/bin/python3", "/usr/bin/python3",
                    AIDITOR_SOURCE_DIR "/tests/services/smtp.py", folder_.c_str(), kind.c_str(),
                    nullptr);
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        hold_ = in[1];
        UniqueFd const said(out[0]);
        for (char c = 0; ::read(said.get(), &c, 1) == 1 && c != '\n';) port_ += c;
    }
    ~MailServer() {
        ::close(hold_);  // it ends when its input does
        ::waitpid(child_, nullptr, 0);
        std::filesystem::remove_all(folder_);
    }
    MailServer(MailServer const&) = delete;
    MailServer& operator=(MailServer const&) = delete;

    [[nodiscard]] std::string url(std::string const& scheme) const {
        return fmt::format("{}://127.0.0.1:{}", scheme, port_);
    }
    [[nodiscard]] std::string ca() const { return folder_ + "/ca.pem"; }
    [[nodiscard]] std::string mail(int number) const {
        std::ifstream const file(fmt::format("{}/{}.eml", folder_, number));
        std::ostringstream out;
        out << file.rdbuf();
        return out.str();
    }

private:
    std::string folder_, port_;
    pid_t child_ = 0;
    int hold_ = -1;
};

Mail mail_to(std::string const& to, std::string const& subject = "Hello") {
    return {.to = to, .subject = subject, .body = "Grüße\n"};
}

Result<> send(SmtpSettings const& settings, Mail const& mail) {
    auto const sender = SmtpSender::create(settings);
    if (!sender) return std::unexpected(sender.error());
    return (*sender)->send(mail);
}

SmtpSettings settings(MailServer const& server, std::string const& scheme) {
    return {.url = server.url(scheme),
            .from = "aiditor@example.org",
            .user = "app",
            .password = "fixture-pw",
            .ca_file = server.ca()};
}

SmtpSettings plain(MailServer const& server) {
    return {.url = server.url("smtp"),
            .from = "aiditor@example.org",
            .user = "",
            .password = "",
            .ca_file = ""};
}

TEST(SmtpSender, HandsMailsOverByStarttlsAndByTls) {
    for (auto const* kind : {"starttls", "tls"}) {
        MailServer const server(kind);
        auto const wanted = settings(server, std::string(kind) == "tls" ? "smtps" : "smtp");
        auto const sent = send(wanted, mail_to("ann@example.org"));
        ASSERT_TRUE(sent) << kind << sent.error().message;
        EXPECT_THAT(server.mail(1), HasSubstr("X-To: ann@example.org\r\n"));
        EXPECT_THAT(server.mail(1), HasSubstr("Subject: Hello\r\n"));
    }
}

TEST(SmtpSender, TrustsNoServerThatItCannotKnow) {
    MailServer const server("tls");
    auto wanted = settings(server, "smtps");
    wanted.ca_file.clear();
    EXPECT_EQ(send(wanted, mail_to("ann@example.org")).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(server.mail(1), "");
}

TEST(SmtpSender, GivesNoPasswordToAServerWithoutTls) {
    MailServer const server("plain");
    auto wanted = plain(server);
    wanted.ca_file = "/etc/ssl/certs/ca-certificates.crt";
    EXPECT_EQ(send(wanted, mail_to("ann@example.org")).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(server.mail(1), "");
}

TEST(SmtpSender, TellsWhatWillNeverGoFromWhatMayGoLater) {
    MailServer const server("plain");
    auto const wanted = plain(server);
    EXPECT_TRUE(send(wanted, mail_to("ann@example.org")));
    EXPECT_EQ(send(wanted, mail_to("busy@example.org")).error().code, ErrorCode::Unavailable);
    EXPECT_EQ(send(wanted, mail_to("gone@example.org")).error().code, ErrorCode::BadRequest);
    EXPECT_EQ(send(wanted, mail_to("ann@example.org", "spam")).error().code, ErrorCode::BadRequest);
    auto nobody = wanted;
    nobody.from = "nobody@example.org";
    EXPECT_EQ(send(nobody, mail_to("ann@example.org")).error().code, ErrorCode::Unavailable)
        << "the operator can mend it";
    nobody.url = "smtp://127.0.0.1:1";
    EXPECT_EQ(send(nobody, mail_to("ann@example.org")).error().code, ErrorCode::Unavailable);
}

TEST(SmtpSender, RefusedSignInIsNoReasonToDropMails) {
    MailServer const server("starttls");
    auto wanted = settings(server, "smtp");
    wanted.password = "wrong";
    EXPECT_EQ(send(wanted, mail_to("ann@example.org")).error().code, ErrorCode::Unavailable);
}

TEST(SmtpSender, RefusesSettingsThatCannotWork) {
    SmtpSettings const good{.url = "smtps://mail.example:465",
                            .from = "a@b.org",
                            .user = "",
                            .password = "",
                            .ca_file = ""};
    EXPECT_TRUE(SmtpSender::create(good));
    for (auto const* url : {"", "mail.example", "http://mail.example", "smtp://", "smtp://a/b",
                            "smtp://user@mail.example", "smtps://mail.example:465\r\nX"}) {
        auto bad = good;
        bad.url = url;
        EXPECT_EQ(SmtpSender::create(bad).error().code, ErrorCode::Usage) << url;
    }
    auto bad = good;
    bad.from = "nobody";
    EXPECT_FALSE(SmtpSender::create(bad));
    bad = good;
    bad.user = "app";
    EXPECT_FALSE(SmtpSender::create(bad)) << "a user without a password";
}

TEST(MailText, IsAsciiWithShortLinesAndNoHeaderOfStrangers) {
    StandingClock const clock;
    auto const text = mail_text({.to = "ann@example.org",
                                 .subject = "Grüße\r\nBcc: eve@example.org " + std::string(90, 'x'),
                                 .body = std::string(300, 'y')},
                                "aiditor@example.org", clock);
    EXPECT_THAT(text, HasSubstr("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
    EXPECT_THAT(text, HasSubstr("Subject: =?UTF-8?B?R3LDvMOfZQ0KQmNj"));
    EXPECT_THAT(text, Not(HasSubstr("Bcc")));
    for (std::size_t at = 0; at < text.size();) {
        auto const end = text.find("\r\n", at);
        ASSERT_NE(end, std::string::npos);
        EXPECT_LE(end - at, 78U);
        at = end + 2;
    }
    for (char const c : text) EXPECT_TRUE((c >= ' ' && c < 0x7f) || c == '\r' || c == '\n');
}

}  // namespace
}  // namespace aiditor::accounts
