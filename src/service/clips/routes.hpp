#pragma once
/// Clips over HTTP.

#include "service/api/route.hpp"
#include "service/clips/clips.hpp"

namespace aiditor::clips {

namespace shown {

/// JSON that another room made; here it is passed on as it is.
struct Media {
    json::Value value;
};

/// A clip as clients see it.
struct Clip {
    std::string id, name;
    ClipState state = ClipState::Checking;
    std::int64_t size = 0;
    std::string sha256;
    std::int64_t created_at_us = 0;
    std::vector<std::string> files;
    std::optional<Media> media;
    std::optional<std::string> problem;

    static std::vector<api::FieldDoc> fields();
};
BOOST_DESCRIBE_STRUCT(Clip, (),
                      (id, name, state, size, sha256, created_at_us, files, media, problem))

struct ClipName {
    std::string name;
    static std::vector<api::FieldDoc> fields();
};
BOOST_DESCRIBE_STRUCT(ClipName, (), (name))

}  // namespace shown

[[nodiscard]] shown::Clip show(Clip const& clip);
/// One in JSON, for the documentation.
inline constexpr std::string_view kClipExample = R"({
    "id": "clip_018f3c2e5b7a7c3d9e4f5a6b7c8d9e0f", "name": "ace.mp4", "state": "ready",
    "size": 104857600,
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "created_at_us": 1700000000000000, "files": ["source", "proxy", "poster", "strip"]})";

/// Both outlive the routes.
[[nodiscard]] std::vector<api::Route> routes(db::Database& database, storage::ObjectStore& store);

}  // namespace aiditor::clips

template <>
struct aiditor::json::Codec<aiditor::clips::shown::Media> {
    static Value write(clips::shown::Media const& x) { return x.value; }
    static Result<clips::shown::Media> read(Value const& v, std::string const& pointer) {
        if (!v.is_object()) return bad(pointer, "must be an object");
        return clips::shown::Media{v};
    }
};
template <>
struct aiditor::api::Schema<aiditor::clips::shown::Media> {
    static json::Value make() { return {{"type", "object"}}; }
};
