#include "apps/aiditor/account_keeper.hpp"

namespace aiditor::app {
namespace {

constexpr std::chrono::seconds kRound{3};
constexpr int kRoundsPerMinute = 20;

/// Lets go mails to nobody, and keeps others for as long as they are tried.
class NoServer final : public accounts::MailSender {
public:
    Result<> send(accounts::Mail const& /*mail*/) override {
        return fail(ErrorCode::Unavailable, "no mail server is named");
    }
};

/// Tells of mails that do not go, without who they are for.
class Telling final : public accounts::MailSender {
public:
    Telling(accounts::MailSender* sender, std::function<void(Error const&)> tell)
        : sender_(sender), tell_(std::move(tell)) {}
    Result<> send(accounts::Mail const& mail) override {
        auto sent = sender_->send(mail);
        if (!sent) tell_(sent.error());
        return sent;
    }

private:
    accounts::MailSender* sender_;
    std::function<void(Error const&)> tell_;
};

}  // namespace

AccountKeeper::AccountKeeper(accounts::Accounts& accounts,
                             std::unique_ptr<accounts::MailSender> mail,
                             std::function<void(json::Object)> log)
    : accounts_(accounts),
      mail_(std::move(mail)),
      log_(std::move(log)),
      thread_([this](std::stop_token const& stop) { run(stop); }) {}

AccountKeeper::~AccountKeeper() = default;

void AccountKeeper::read_keys() {
    {
        std::scoped_lock const lock(mutex_);
        keys_asked_ = true;
    }
    woken_.notify_all();
}

void AccountKeeper::trouble(std::string_view doing, Error const& error) const {
    log_({{"event", "trouble"},
          {"doing", doing},
          {"code", code_name(error.code)},
          {"message", error.message}});
}

void AccountKeeper::reload(bool asked) {
    auto const before = accounts_.keys->ring();
    if (auto const done = accounts_.keys->reload(); !done) {
        trouble("read the keys", done.error());
        return;
    }
    if (asked || accounts_.keys->ring()->signing.back().id != before->signing.back().id)
        log_({{"event", "keys_read"}});
}

void AccountKeeper::send_mails() {
    NoServer none;
    Telling telling(mail_.get(), [this](Error const& error) { trouble("send a mail", error); });
    auto const done =
        accounts_.outbox.send_due(mail_ ? static_cast<accounts::MailSender&>(telling) : none);
    if (!done) trouble("send mails", done.error());
}

void AccountKeeper::run(std::stop_token const& stop) {
    bool asked = false;
    for (int round = 0; !stop.stop_requested(); ++round) {
        bool const is_minute = round % kRoundsPerMinute == 0;
        if (asked || is_minute) reload(asked);
        if (is_minute)
            if (auto const done = accounts_.sessions.drop_old(); !done)
                trouble("forget old sessions", done.error());
        if (mail_ || is_minute) send_mails();
        std::unique_lock lock(mutex_);
        woken_.wait_for(lock, stop, kRound, [&] { return keys_asked_; });
        asked = std::exchange(keys_asked_, false);
    }
}

}  // namespace aiditor::app
