#pragma once
/// What accounts need done now and then, on a thread of its own.

#include "base/json.hpp"
#include "service/accounts/accounts.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace aiditor::app {

/// Sends mails every few seconds; reads the secrets again every minute, so that those of `aiditor
/// keys rotate` come into use, and forgets sessions that ended long ago. `log` gets a line
/// "keys_read" when they changed, and "trouble" for what fails; the next round tries again.
class AccountKeeper {
public:
    /// `mail` is null where no mail server is named.
    AccountKeeper(accounts::Accounts& accounts, std::unique_ptr<accounts::MailSender> mail,
                  std::function<void(json::Object)> log);
    ~AccountKeeper();
    AccountKeeper(AccountKeeper const&) = delete;
    AccountKeeper& operator=(AccountKeeper const&) = delete;

    /// Reads the secrets now, as after SIGHUP. Thread-safe; returns at once.
    void read_keys();

private:
    void run(std::stop_token const& stop);
    void reload(bool asked);
    void send_mails();
    void trouble(std::string_view doing, Error const& error) const;

    accounts::Accounts& accounts_;
    std::unique_ptr<accounts::MailSender> mail_;
    std::function<void(json::Object)> log_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    bool keys_asked_ = false;
    std::jthread thread_;  // last: it uses all above
};

}  // namespace aiditor::app
