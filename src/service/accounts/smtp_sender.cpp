#include "service/accounts/smtp_sender.hpp"

#include "base/base64.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "service/accounts/authenticate.hpp"
#include "service/accounts/email_address.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <curl/curl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <mutex>
#include <span>

namespace aiditor::accounts {
namespace {

constexpr long kConnectMs = 15'000;
constexpr std::size_t kBase64Line = 76;   // RFC 2045, 6.8
constexpr std::size_t kEncodedWord = 36;  // bytes; a line with it has at most 76, RFC 2047, 2

std::string base64(std::string_view text) { return base64_encode(std::as_bytes(std::span(text))); }

/// As it is, or in encoded words (RFC 2047) that break nowhere inside a character.
std::string header_text(std::string_view text) {
    bool const plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
    if (plain) return std::string(text);
    std::string out;
    while (!text.empty()) {
        auto length = std::min(text.size(), kEncodedWord);
        while (length < text.size() && length > 1 &&
               (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U)
            --length;
        out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ",
                           base64(text.substr(0, length)));
        text.remove_prefix(length);
    }
    return out;
}

std::string folded(std::string_view text) {
    std::string out;
    for (; !text.empty(); text.remove_prefix(std::min(text.size(), kBase64Line)))
        out.append(text.substr(0, kBase64Line)).append("\r\n");
    return out;
}

/// Of HOST:PORT.
std::string host_of(std::string_view place) {
    if (place.starts_with('[')) return std::string(place.substr(1, place.find(']') - 1));
    return std::string(place.substr(0, place.find(':')));
}

bool is_local(std::string const& host) { return host == "localhost" || is_loopback(host); }

/// What libcurl hears and says in one transfer.
struct Talk {
    std::string_view rest;    ///< of the mail
    bool at_content = false;  ///< the recipient or the mail itself is being judged
};

std::size_t give(char* to, std::size_t size, std::size_t count, void* user) {
    auto& rest = static_cast<Talk*>(user)->rest;
    auto const length = std::min(size * count, rest.size());
    std::memcpy(to, rest.data(), length);
    rest.remove_prefix(length);
    return length;
}

int watch(CURL* /*handle*/, curl_infotype type, char* data, std::size_t size, void* user) {
    if (type != CURLINFO_HEADER_OUT) return 0;
    std::string_view const said(data, size);
    if (said.starts_with("QUIT")) return 0;  // after the answer that counts
    static_cast<Talk*>(user)->at_content = said.starts_with("RCPT") || said.starts_with("DATA");
    return 0;
}

void set_up_curl() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct Close {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

std::string mail_text(Mail const& mail, std::string const& from, Clock const& clock) {
    auto const seconds = static_cast<std::time_t>(clock.now() / kMicrosPerSecond);
    auto const domain = from.substr(from.find('@') + 1);
    std::string out;
    auto const header = [&](std::string_view name, std::string const& value) {
        out += fmt::format("{}: {}\r\n", name, value);
    };
    // Days and months are English whatever the locale is: fmt formats them so without 'L'.
    header("Date", fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(seconds)));
    header("From", fmt::format("Aiditor <{}>", from));
    header("To", fmt::format("<{}>", mail.to));
    header("Message-ID", fmt::format("<{}@{}>", new_id("mail", clock), domain));
    header("Subject", header_text(mail.subject));
    header("Auto-Submitted", "auto-generated");  // RFC 3834: no holiday answers to it
    header("MIME-Version", "1.0");
    header("Content-Type", "text/plain; charset=utf-8");
    header("Content-Transfer-Encoding", "base64");
    return out + "\r\n" + folded(base64(mail.body));
}

Result<std::unique_ptr<SmtpSender>> SmtpSender::create(SmtpSettings settings) {
    auto const wrong = [](std::string const& what) {
        return fail(ErrorCode::Usage, "smtp: " + what);
    };
    auto& url = settings.url;
    while (url.ends_with('/')) url.pop_back();
    bool const secure = url.starts_with("smtps://");
    bool const known = secure || url.starts_with("smtp://");
    auto const after = known ? url.substr(url.find("://") + 3) : "";
    auto const host = host_of(after);
    if (host.empty() || after.find_first_of("/@?# \t\r\n") != std::string::npos)
        return wrong("smtp_url must be smtps://HOST:PORT or smtp://HOST:PORT");
    if (!normal_email(settings.from))
        return wrong("smtp_from must be the address that mails come from");
    if (settings.user.empty() != settings.password.empty())
        return wrong("smtp_user and smtp_password belong together");
    std::unique_ptr<SmtpSender> out(new SmtpSender(std::move(settings)));
    out->without_tls_ = !secure && out->settings_.ca_file.empty() && is_local(host);
    set_up_curl();
    return out;
}

Result<> SmtpSender::send(Mail const& mail) {
    std::unique_ptr<CURL, Close> const handle(curl_easy_init());
    std::unique_ptr<curl_slist, Close> const to(
        curl_slist_append(nullptr, ("<" + mail.to + ">").c_str()));
    if (!handle || !to) return fail(ErrorCode::Unavailable, "no memory for a mail");
    auto const text = mail_text(mail, settings_.from, machine_clock());
    Talk talk{.rest = text};
    std::array<char, CURL_ERROR_SIZE> problem{};
    auto* const h = handle.get();
    // The path of the URL is the name that this program greets with.
    auto const url = settings_.url + "/" + settings_.from.substr(settings_.from.find('@') + 1);
    curl_easy_setopt(h, CURLOPT_URL, url.c_str());
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(h, CURLOPT_PROXY, "");
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, kLongestMs);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    curl_easy_setopt(h, CURLOPT_USE_SSL,
                     static_cast<long>(without_tls_ ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(h, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!settings_.ca_file.empty()) curl_easy_setopt(h, CURLOPT_CAINFO, settings_.ca_file.c_str());
    if (!settings_.user.empty()) {
        curl_easy_setopt(h, CURLOPT_USERNAME, settings_.user.c_str());
        curl_easy_setopt(h, CURLOPT_PASSWORD, settings_.password.c_str());
    }
    curl_easy_setopt(h, CURLOPT_MAIL_FROM, ("<" + settings_.from + ">").c_str());
    curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to.get());
    curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(h, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(h, CURLOPT_READDATA, &talk);
    curl_easy_setopt(h, CURLOPT_VERBOSE, 1L);  // to `watch` and nowhere else
    curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, watch);
    curl_easy_setopt(h, CURLOPT_DEBUGDATA, &talk);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, problem.data());
    auto const code = curl_easy_perform(h);
    if (code == CURLE_OK) return {};
    long status = 0;
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    std::string_view const said = problem.front() ? problem.data() : curl_easy_strerror(code);
    bool const for_good = status >= 500 && status < 600 && talk.at_content;
    return fail(for_good ? ErrorCode::BadRequest : ErrorCode::Unavailable,
                fmt::format("the mail server: {} ({})", printable(said), status));
}

}  // namespace aiditor::accounts
