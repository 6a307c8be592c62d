#include "apps/aiditor/account_parts.hpp"

#include "apps/aiditor/departing.hpp"
#include "apps/aiditor/platform.hpp"
#include "apps/aiditor/serve.hpp"
#include "base/file.hpp"
#include "base/printable.hpp"
#include "service/accounts/smtp_sender.hpp"
#include "service/db/migrations.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace aiditor::app {
namespace {

using accounts::Registration;

std::string key_file(std::string const& folder) { return folder + "/keys.json"; }

Result<Registration> registration_of(std::string const& accounts) {
    if (accounts == "single" || accounts == "closed") return Registration::Closed;
    if (accounts == "invite") return Registration::Invite;
    if (accounts == "open") return Registration::Open;
    return fail(ErrorCode::Usage, "accounts: must be single, closed, invite or open, not `" +
                                      printable(accounts) + "`");
}

}  // namespace

bool is_single(Config const& config) { return config.text("accounts") == "single"; }

std::string public_url_of(Config const& config, std::string const& listen) {
    auto url = config.text("public_url");
    if (url.empty()) url = "http://" + (listen.empty() ? config.text("listen") : listen);
    while (url.ends_with('/')) url.pop_back();
    return url;
}

Result<std::unique_ptr<accounts::Accounts>> open_accounts(Config const& config,
                                                          std::string const& folder,
                                                          std::string const& public_url,
                                                          db::Database& database) {
    return accounts::Accounts::open(
        database, machine_clock(),
        {.settings = {.registration = TRY(registration_of(config.text("accounts"))),
                      .mail = !config.text("smtp_url").empty(),
                      .public_url = public_url},
         .key_file = key_file(folder),
         .on_leave = leave_workspace,
         .workspace_contents = workspace_contents});
}

Result<std::unique_ptr<accounts::MailSender>> mail_sender_of(Config const& config) {
    std::unique_ptr<accounts::MailSender> out;
    if (!config.text("smtp_url").empty())
        out = TRY(accounts::SmtpSender::create({.url = config.text("smtp_url"),
                                                .from = config.text("smtp_from"),
                                                .user = config.text("smtp_user"),
                                                .password = config.text("smtp_password"),
                                                .ca_file = config.text("smtp_ca")}));
    return out;
}

Result<accounts::Authenticator> authenticator_of(Config const& config,
                                                 accounts::Accounts& accounts) {
    std::optional<std::string> owner;
    if (is_single(config)) owner = TRY(accounts.users.ensure_owner());
    return accounts::Authenticator(accounts.sessions, accounts.api_keys, accounts.access, owner);
}

Result<std::optional<std::string>> make_setup_link(accounts::Accounts& accounts,
                                                   std::string const& public_url) {
    auto const secret = TRY(accounts.users.make_setup_secret());
    if (!secret) return std::optional<std::string>();
    // Behind '#': what a browser does not send on, into logs or to other sites.
    return public_url + "/setup#" + *secret;
}

Result<> print_setup_link(Config const& config, std::string const& data) {
    if (is_single(config))
        return fail(ErrorCode::Usage,
                    "accounts is \"single\": nobody signs in; set it to closed, invite or open "
                    "first");
    auto const folder = TRY(data_folder(config, data));
    auto const database = TRY(db::Database::open({.url = database_url(config, folder)}));
    auto const state = TRY(db::schema_state(*database));
    if (state.version != state.newest)
        return fail(ErrorCode::Conflict,
                    "the database is of another version; start the service once first");
    auto const url = public_url_of(config, "");
    auto const accounts = TRY(open_accounts(config, folder, url, *database));
    auto const link = TRY(make_setup_link(*accounts, url));
    if (!link)
        return fail(ErrorCode::Conflict, "there is an operator already; he makes reset links");
    return write_text("-", *link + "\n");
}

Result<> rotate_keys(Config const& config, std::string const& data) {
    auto const path = key_file(TRY(data_folder(config, data)));
    if (::access(path.c_str(), F_OK) != 0)
        return fail(ErrorCode::NotFound,
                    printable(path) + ": there are no keys yet; the service makes them");
    auto const keys = TRY(accounts::Keys::open(path, machine_clock()));
    TRY_VOID(keys->rotate());
    return write_text("-", fmt::format("new keys in {}; servers use them within three minutes\n",
                                       printable(path)));
}

}  // namespace aiditor::app
