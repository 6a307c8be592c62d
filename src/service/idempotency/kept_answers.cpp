#include "service/idempotency/kept_answers.hpp"

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "service/idempotency/queries.hpp"

#include <fmt/format.h>

namespace aiditor::idempotency {
namespace {

struct Stored {
    int status = 0;
    std::string content_type, location, etag, body;
};
BOOST_DESCRIBE_STRUCT(Stored, (), (status, content_type, location, etag, body))

/// What a claim found.
struct Look {
    bool is_ours = false;
    std::optional<std::string> fingerprint{}, answer{};
};

/// No two keys have one id: lengths stand before what a client may choose.
std::string id_of(api::IdempotencyKey const& key) {
    return sha256_hex(fmt::format("{}:{}{}:{}{}", key.owner.size(), key.owner, key.operation.size(),
                                  key.operation, key.key));
}

std::string context_of(std::string const& id) { return "idempotency/" + id; }

}  // namespace

Result<std::optional<api::KeptAnswer>> KeptAnswers::claim(api::IdempotencyKey const& key) {
    auto const id = id_of(key);
    auto const looked = database_.write([&](db::Session& s) -> Result<Look> {
        auto const ours =
            TRY(s.row(queries::kClaim, {id, key.fingerprint, key.request_id, options_.kept.count(),
                                        options_.abandoned.count()}));
        if (ours) return Look{.is_ours = true};
        auto const row = TRY(s.row(queries::kFind, {id}));
        if (!row) return Look{};
        return Look{.fingerprint = row->text("fingerprint"), .answer = row->maybe_text("answer")};
    });
    auto const look = TRY(looked);
    if (look.is_ours) return std::nullopt;
    if (look.fingerprint && *look.fingerprint != key.fingerprint)
        return fail(ErrorCode::Conflict,
                    "this Idempotency-Key was used for another request; use a new one");
    if (!look.answer)  // also when the first gave its claim back between the two queries
        return fail(ErrorCode::Conflict,
                    "the first request with this Idempotency-Key is still at work");
    auto const text = TRY(options_.seal.open(*look.answer, context_of(id)));
    auto stored = TRY(json::from_text<Stored>(text));
    return api::KeptAnswer{.status = stored.status,
                           .content_type = std::move(stored.content_type),
                           .location = std::move(stored.location),
                           .etag = std::move(stored.etag),
                           .body = std::move(stored.body)};
}

void KeptAnswers::finish(api::IdempotencyKey const& key,
                         std::optional<api::KeptAnswer> const& answer) {
    auto const id = id_of(key);
    auto const done = database_.write([&](db::Session& s) -> Result<std::int64_t> {
        if (!answer) return s.change(queries::kGiveBack, {id, key.request_id});
        auto const text = json::to_text(Stored{.status = answer->status,
                                               .content_type = answer->content_type,
                                               .location = answer->location,
                                               .etag = answer->etag,
                                               .body = answer->body},
                                        json::Layout::OneLine);
        return s.change(queries::kAnswer,
                        {id, key.request_id, options_.seal.seal(text, context_of(id))});
    });
    if (!done && options_.on_trouble) options_.on_trouble(done.error());
}

Result<std::int64_t> KeptAnswers::sweep() {
    return database_.write(
        [&](db::Session& s) { return s.change(queries::kForget, {options_.kept.count()}); });
}

}  // namespace aiditor::idempotency
