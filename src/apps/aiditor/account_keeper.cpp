#include "apps/aiditor/account_keeper.hpp"

namespace aiditor::app {
namespace {

constexpr std::chrono::minutes kRound{1};

}  // namespace

AccountKeeper::AccountKeeper(accounts::Accounts& accounts, std::function<void(json::Object)> log)
    : accounts_(accounts),
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

void AccountKeeper::run(std::stop_token const& stop) {
    bool asked = false;
    while (!stop.stop_requested()) {
        reload(asked);
        if (auto const done = accounts_.sessions.drop_old(); !done)
            trouble("forget old sessions", done.error());
        std::unique_lock lock(mutex_);
        woken_.wait_for(lock, stop, kRound, [&] { return keys_asked_; });
        asked = std::exchange(keys_asked_, false);
    }
}

}  // namespace aiditor::app
