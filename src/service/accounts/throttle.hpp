#pragma once
/// How often somebody may be wrong: failed sign-ins by account, network and address, in the memory
/// of this process. A stranger who fails on purpose locks out himself and never the owner, whose
/// device is known by its cookie.

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aiditor::accounts {

struct SignInAttempt {
    std::string account;  ///< what was typed, normalised; need not exist
    std::string address;  ///< of the client
    std::string device;   ///< id of a known device of this account; empty without one
};

/// Thread-safe. Limits: 10 failures in 15 minutes for an account from one network (IPv4 /24, IPv6
/// /48) or one known device, and after the third a pause that doubles from 1 s; 100 in an hour for
/// an account, from which known devices are free; 1000 in an hour from one address (IPv6 /64). At
/// most kMostCounters are kept of each kind, those untouched longest are forgotten first.
class SignInThrottle {
public:
    explicit SignInThrottle(Clock const& clock);

    /// Counts the attempt as failed until succeeded() is told, so that a thousand at once are no
    /// way round. Seconds to wait when it must not even be looked at (and is not counted).
    [[nodiscard]] std::optional<std::int64_t> refuse(SignInAttempt const& attempt);
    /// The attempt was right: forgets its network's failures, and itself elsewhere.
    void succeeded(SignInAttempt const& attempt);

    static constexpr std::size_t kMostCounters = 50'000;

private:
    struct Rule {
        std::size_t most;
        UtcMicros window;
        bool pauses;  ///< between attempts, growing
    };
    class Counters {
    public:
        explicit Counters(Rule rule) : rule_(rule) {}
        [[nodiscard]] UtcMicros wait(std::string const& key, UtcMicros now);
        void add(std::string const& key, UtcMicros now);
        void take_back(std::string const& key);
        void forget(std::string const& key);

    private:
        using Times = std::deque<UtcMicros>;
        Times& touch(std::string const& key);
        Rule rule_;
        std::list<std::pair<std::string, Times>> entries_;  ///< latest touched first
        std::unordered_map<std::string, decltype(entries_)::iterator> index_;
    };

    Clock const& clock_;
    std::mutex mutex_;
    Counters near_, account_, address_;
};

/// "203.0.113.0/24" or "2001:db8:1::/48" of an address; the text itself when it is none.
[[nodiscard]] std::string network_of(std::string_view address, unsigned bits_v4, unsigned bits_v6);

}  // namespace aiditor::accounts
