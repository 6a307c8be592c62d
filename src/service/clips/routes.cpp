#include "service/clips/routes.hpp"

#include "service/clips/file_names.hpp"
#include "service/clips/import.hpp"

#include <array>
#include <fmt/format.h>
#include <sys/stat.h>

namespace aiditor::clips {

using api::Access;
using api::endpoint;
using api::Method;
using api::Policy;
using api::Request;
using api::Role;
using api::Route;

namespace {

constexpr std::string_view kClips = "/api/v1/workspaces/{workspace_id}/clips";
constexpr std::string_view kClip = "/api/v1/workspaces/{workspace_id}/clips/{clip_id}";
constexpr std::string_view kTag = "clips";
constexpr Policy kReads{.access = Access::Workspace, .role = Role::Viewer, .scope = "read"};
constexpr Policy kWrites{.access = Access::Workspace, .role = Role::Editor, .scope = "write"};

/// A file of a clip that can be fetched.
struct File {
    std::string_view name, about;
    std::optional<std::string> Clip::* key;
};
constexpr std::array kFiles{
    File{"source", "The recording as it was brought in, as a download.", &Clip::source_key},
    File{"proxy", "A small copy that every browser plays (H.264 and AAC).", &Clip::proxy_key},
    File{"poster", "One picture of it.", &Clip::poster_key},
    File{"strip", "Small pictures of it in one, for a timeline.", &Clip::strip_key},
};

/// The whole name of a download: people may have renamed the clip.
std::string download_name(Clip const& clip) {
    auto const from = clip.source_key ? *clip.source_key : clip.source_path.value_or("");
    auto const extension = video_extension(from).value_or("");
    if (video_extension(clip.name) == extension) return clip.name;
    return clip.name + std::string(extension);
}

/// Errors: NotFound when it was not made (yet).
Result<api::Response> file_answer(Clip const& clip, File const& file, storage::ObjectStore& store) {
    bool const is_source = file.key == &Clip::source_key;
    auto const& key = clip.*file.key;
    if (!key && !is_source)
        return fail(ErrorCode::NotFound, fmt::format("the clip has no {} yet", file.name));
    api::FileBody body;
    body.file = is_source ? TRY(open_source(clip, store)) : TRY(store.open(*key));
    struct stat s{};
    if (::fstat(body.file.get(), &s) != 0)
        return fail(ErrorCode::Unreadable, "a stored file cannot be read");
    body.size = s.st_size;
    body.etag = fmt::format("\"{}\"", is_source ? clip.sha256 : *key);
    api::Response out;
    auto const name = is_source ? download_name(clip) : *key;
    out.headers.set("Content-Type", std::string(media_type_of(name)));
    out.headers.set("Cache-Control", "private, no-cache");
    if (is_source) out.headers.set("Content-Disposition", attachment(name));
    out.body = std::move(body);
    return out;
}

Route file_route(db::Database& database, storage::ObjectStore& store, File const& file) {
    Route out{.method = Method::Get,
              .pattern = fmt::format("{}/{}", kClip, file.name),
              .policy = kReads,
              .docs = {.id = fmt::format("read_clip_{}", file.name),
                       .tag = std::string(kTag),
                       .summary = fmt::format("The {} of a clip", file.name),
                       .details = std::string(file.about)},
              .rules = {.success = 200, .most_body_bytes = 0, .answer_type = "video/mp4"},
              .request = std::nullopt,
              .answer = std::nullopt,
              .handler = api::Handler()};
    if (file.name == "poster" || file.name == "strip") out.rules.answer_type = "image/jpeg";
    if (file.name == "source") out.rules.answer_type = "application/octet-stream";
    out.handler = [&database, &store, file](Request const& request) -> Result<api::Response> {
        auto const clip = TRY(database.read([&](db::Session& s) {
            return find(s, request.param("workspace_id"), request.param("clip_id"));
        }));
        return file_answer(clip, file, store);
    };
    return out;
}

Route list_route(db::Database& database) {
    using Page = api::Page<shown::Clip>;
    return endpoint<void, Page>(
        Method::Get, std::string(kClips), kReads,
        {.id = "list_clips",
         .tag = std::string(kTag),
         .summary = "The clips of a workspace",
         .details = "Newest first.",
         .answer_example = fmt::format(R"({{"items": [{}]}})", kClipExample)},
        [&database](Request const& request) -> Result<Page> {
            auto const limit = api::page_limit(request);
            auto const cursor = request.query_text("cursor").value_or("");
            auto const clips = TRY(database.read([&](db::Session& s) {
                return list(s, request.param("workspace_id"), cursor, limit + 1);
            }));
            Page out;
            for (auto const& clip : clips) {
                if (std::ssize(out.items) == limit) {
                    out.next_cursor = out.items.back().id;
                    break;
                }
                out.items.push_back(show(clip));
            }
            return out;
        },
        {.query = api::page_parameters()});
}

Route read_route(db::Database& database) {
    return endpoint<void, shown::Clip>(Method::Get, std::string(kClip), kReads,
                                       {.id = "read_clip",
                                        .tag = std::string(kTag),
                                        .summary = "One clip",
                                        .answer_example = std::string(kClipExample)},
                                       [&database](Request const& request) -> Result<shown::Clip> {
                                           return show(TRY(database.read([&](db::Session& s) {
                                               return find(s, request.param("workspace_id"),
                                                           request.param("clip_id"));
                                           })));
                                       });
}

Route rename_route(db::Database& database) {
    return endpoint<shown::ClipName, shown::Clip>(
        Method::Patch, std::string(kClip), kWrites,
        {.id = "rename_clip",
         .tag = std::string(kTag),
         .summary = "Give a clip another name",
         .request_example = R"({"name": "Friday ace.mp4"})",
         .answer_example = std::string(kClipExample)},
        [&database](Request const& request, shown::ClipName const& body) -> Result<shown::Clip> {
            return database.write([&](db::Session& s) -> Result<shown::Clip> {
                auto const &workspace = request.param("workspace_id"),
                           &id = request.param("clip_id");
                TRY_VOID(rename(s, workspace, id, body.name));
                return show(TRY(find(s, workspace, id)));
            });
        });
}

Route remove_route(db::Database& database) {
    return endpoint<void, void>(
        Method::Delete, std::string(kClip), kWrites,
        {.id = "remove_clip",
         .tag = std::string(kTag),
         .summary = "Remove a clip",
         .details =
             "Its files go with it, and jobs about it are cancelled. A file that was imported "
             "where it lies stays there."},
        [&database](Request const& request) -> Result<> {
            return database.write([&](db::Session& s) {
                return remove(s, request.param("workspace_id"), request.param("clip_id"));
            });
        });
}

}  // namespace

std::vector<api::FieldDoc> shown::Clip::fields() {
    return {{"id", "Names the clip in paths."},
            {"name", "For people; at first that of its file."},
            {"state", "`checking` until it was looked into, then `ready` or `unusable`."},
            {"size", "Bytes of the recording."},
            {"sha256", "Of the recording; a workspace has each content once."},
            {"created_at_us", "When it was brought in: microseconds since 1970, UTC."},
            {"files", "Which of source, proxy, poster and strip can be fetched."},
            {"media", "What is in the file: an aiditor.media_info."},
            {"problem", "Why it is unusable, for people."}};
}

std::vector<api::FieldDoc> shown::ClipName::fields() {
    return {{.name = "name",
             .about = "At most 255 bytes, without slashes and control characters.",
             .least = 1,
             .most = kLongestNameBytes}};
}

shown::Clip show(Clip const& clip) {
    shown::Clip out{.id = clip.id,
                    .name = clip.name,
                    .state = clip.state,
                    .size = clip.size,
                    .sha256 = clip.sha256,
                    .created_at_us = clip.created_at_us,
                    .files = {},
                    .media = std::nullopt,
                    .problem = clip.problem};
    for (auto const& file : kFiles)
        if (clip.*file.key || file.name == "source") out.files.emplace_back(file.name);
    if (clip.media)
        if (auto value = json::parse(*clip.media); value && value->is_object())
            out.media = shown::Media{*std::move(value)};
    return out;
}

std::vector<Route> routes(db::Database& database, storage::ObjectStore& store) {
    std::vector<Route> out{list_route(database), read_route(database), rename_route(database),
                           remove_route(database)};
    for (auto const& file : kFiles) out.push_back(file_route(database, store, file));
    return out;
}

}  // namespace aiditor::clips
