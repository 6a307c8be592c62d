#pragma once
/// Answers that are given again to a request that was sent twice with one Idempotency-Key, in the
/// way of draft-ietf-httpapi-idempotency-key-header-06: the database keeps who claimed a key and
/// what was answered, so that a repetition finds it on any node and after a restart.

#include "service/api/service.hpp"
#include "service/db/database.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace aiditor::idempotency {

/// Answers are kept so long.
inline constexpr std::chrono::hours kKept{24};
/// A claim without an answer is free again after this: the server died at work. Longer than any
/// handler takes. A repetition after it may have its effect a second time.
inline constexpr std::chrono::minutes kAbandoned{5};

/// How answers are made unreadable for who has only the database; `context` belongs to one answer.
struct Seal {
    std::function<std::string(std::string const& plain, std::string const& context)> seal;
    std::function<Result<std::string>(std::string const& sealed, std::string const& context)> open;
};

/// Thread-safe; several nodes share one database.
class KeptAnswers {
public:
    struct Options {
        Seal seal{};
        /// The database was away when an answer should have been kept.
        std::function<void(Error const&)> on_trouble{};
        std::chrono::microseconds kept = kKept, abandoned = kAbandoned;
    };
    /// `database` outlives this.
    KeptAnswers(db::Database& database, Options options)
        : database_(database), options_(std::move(options)) {}

    /// Of several requests with one key at once one gets it. Errors: as api::Idempotency::claim.
    [[nodiscard]] Result<std::optional<api::KeptAnswer>> claim(api::IdempotencyKey const& key);
    /// Does nothing when the key was taken from the request because it took too long.
    void finish(api::IdempotencyKey const& key, std::optional<api::KeptAnswer> const& answer);

    /// Forgets what is too old; how many.
    [[nodiscard]] Result<std::int64_t> sweep();

private:
    db::Database& database_;
    Options options_;
};

}  // namespace aiditor::idempotency
