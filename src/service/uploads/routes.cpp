#include "service/uploads/routes.hpp"

#include "base/base64.hpp"
#include "service/uploads/form_sink.hpp"
#include "service/uploads/tus.hpp"

#include <fmt/format.h>
#include <span>

namespace aiditor::uploads {

using api::Access;
using api::endpoint;
using api::Method;
using api::Policy;
using api::Reply;
using api::Request;
using api::Response;
using api::Role;
using api::Route;

namespace {

constexpr std::string_view kUploads = "/api/v1/workspaces/{workspace_id}/uploads";
constexpr std::string_view kUpload = "/api/v1/workspaces/{workspace_id}/uploads/{upload_id}";
constexpr std::string_view kTag = "uploads";
constexpr std::string_view kChunkType = "application/offset+octet-stream";
constexpr Policy kBrings{.access = Access::Workspace, .role = Role::Editor, .scope = "upload"};

/// Whatever the answer, it says what is spoken here.
std::vector<std::pair<std::string_view, std::string_view>> tus_headers() {
    return {{"Tus-Resumable", kTusVersion}, {"Tus-Version", kTusVersion}};
}

std::string path_of(Upload const& upload) {
    return fmt::format("/api/v1/workspaces/{}/uploads/{}", upload.workspace_id, upload.id);
}

Result<std::optional<Expected>> expected_of(Request const& request) {
    auto const text = request.headers.find("Upload-Checksum");
    if (!text) return std::nullopt;
    return TRY(parse_checksum(*text));
}

/// The bytes of a PATCH, or of the POST that began the upload.
class ChunkSink final : public api::BodySink {
public:
    /// `begun_in`: where an upload that this very request began is ended when it fails, for nobody
    /// knows of it then.
    ChunkSink(std::unique_ptr<Appender> appender, Uploads* begun_in)
        : appender_(std::move(appender)), begun_in_(begun_in) {}
    ~ChunkSink() override {
        if (!begun_in_) return;
        auto const upload = appender_->upload();
        appender_.reset();
        std::ignore = begun_in_->end(upload.workspace_id, upload.id);
    }

    Result<> write(std::string_view bytes) override { return appender_->write(bytes); }
    Result<Response> finish() override {
        auto const upload = TRY(appender_->finish());
        Response out;
        out.status = begun_in_ ? 201 : 204;
        if (begun_in_) out.headers.set("Location", path_of(upload));
        begun_in_ = nullptr;
        add_progress(out.headers, upload);
        return out;
    }

private:
    std::unique_ptr<Appender> appender_;
    Uploads* begun_in_;
};

Result<std::unique_ptr<api::BodySink>> create(Uploads& uploads, Request const& request) {
    TRY_VOID(check_version(request));
    auto const& headers = request.headers;
    for (auto const* name : {"Upload-Defer-Length", "Upload-Concat"})
        if (headers.find(name))
            return fail(ErrorCode::BadRequest, fmt::format("{} is not spoken here", name));
    auto const length = TRY(count_header(request, "Upload-Length"));
    auto const metadata = TRY(parse_metadata(headers.find("Upload-Metadata").value_or("")));
    auto const name = metadata.find("filename");
    if (name == metadata.end())
        return fail(ErrorCode::BadRequest, "Upload-Metadata must have the key filename");
    auto const body = headers.find("Content-Length").value_or("0");
    auto const type = headers.find("Content-Type").value_or("");
    if (body != "0" && type != kChunkType)
        return fail(ErrorCode::BadRequest,
                    fmt::format("send the first bytes as Content-Type: {}", kChunkType));
    auto expected = TRY(expected_of(request));
    auto const upload = TRY(uploads.begin({.workspace_id = request.param("workspace_id"),
                                           .made_by = request.principal.user_id,
                                           .name = name->second,
                                           .length = length}));
    auto appender = TRY(uploads.append(upload.workspace_id, upload.id, 0, std::move(expected)));
    return std::make_unique<ChunkSink>(std::move(appender), &uploads);
}

Result<std::unique_ptr<api::BodySink>> append(Uploads& uploads, Request const& request) {
    TRY_VOID(check_version(request));
    auto const offset = TRY(count_header(request, "Upload-Offset"));
    auto expected = TRY(expected_of(request));
    auto appender = TRY(uploads.append(request.param("workspace_id"), request.param("upload_id"),
                                       offset, std::move(expected)));
    auto const& upload = appender->upload();
    // Known to be too long: refused before a byte is stored.
    if (request.headers.find("Content-Length") &&
        TRY(count_header(request, "Content-Length")) > upload.length - upload.received)
        return fail(ErrorCode::LimitReached,
                    fmt::format("more bytes than the upload's length of {}", upload.length));
    return std::make_unique<ChunkSink>(std::move(appender), nullptr);
}

Route create_route(Uploads& uploads) {
    return {
        .method = Method::Post,
        .pattern = std::string(kUploads),
        .policy = kBrings,
        .docs = {.id = "create_upload",
                 .tag = std::string(kTag),
                 .summary = "Begin an upload",
                 .details =
                     "tus 1.0.0, creation and creation-with-upload. Send `Tus-Resumable: 1.0.0`, "
                     "`Upload-Length` and `Upload-Metadata: filename <base64>`; a body has the "
                     "Content-Type `application/offset+octet-stream`. The answer's `Location` "
                     "is the upload's path. Room for the whole length is reserved.",
                 .problems = {ErrorCode::QuotaReached, ErrorCode::DiskFull, ErrorCode::WrongVersion,
                              ErrorCode::ChecksumMismatch}},
        .rules = {.success = 201,
                  .most_body_bytes = kMostBytes,
                  .request_type = "",
                  .headers = tus_headers()},
        .request = std::nullopt,
        .answer = std::nullopt,
        .handler = api::UploadHandler(
            [&uploads](Request const& request) { return create(uploads, request); })};
}

Route append_route(Uploads& uploads) {
    return {
        .method = Method::Patch,
        .pattern = std::string(kUpload),
        .policy = kBrings,
        .docs = {.id = "append_to_upload",
                 .tag = std::string(kTag),
                 .summary = "Send more of the file",
                 .details =
                     "tus 1.0.0. `Upload-Offset` must be what was received so far. The answer's "
                     "`Upload-Offset` counts bytes that are on the disk and never goes back; "
                     "with the last byte the answer has `Aiditor-Clip-Id`. With "
                     "`Upload-Checksum: sha1|sha256 <base64>` damaged bytes count for nothing.",
                 .problems = {ErrorCode::Conflict, ErrorCode::Gone, ErrorCode::Locked,
                              ErrorCode::DiskFull, ErrorCode::WrongVersion,
                              ErrorCode::ChecksumMismatch}},
        .rules = {.success = 204,
                  .most_body_bytes = kMostBytes,
                  .request_type = kChunkType,
                  .headers = tus_headers()},
        .request = std::nullopt,
        .answer = std::nullopt,
        .handler = api::UploadHandler(
            [&uploads](Request const& request) { return append(uploads, request); })};
}

Route options_route() {
    return endpoint<void, void>(
        Method::Options, std::string(kUploads), {.access = Access::Public},
        {.id = "upload_options",
         .tag = std::string(kTag),
         .summary = "What of tus is spoken here",
         .details = "In the headers `Tus-Version`, `Tus-Extension`, `Tus-Max-Size` and "
                    "`Tus-Checksum-Algorithm`."},
        [](Request const&) -> Result<Reply<void>> { return Reply<void>{}; },
        {.headers = {{"Tus-Version", kTusVersion},
                     {"Tus-Extension", kTusExtensions},
                     {"Tus-Max-Size", "50000000000"},
                     {"Tus-Checksum-Algorithm", kTusChecksums}}});
}
static_assert(kMostBytes == 50'000'000'000, "as options_route() says");

Route head_route(Uploads& uploads) {
    return endpoint<void, void>(
        Method::Head, std::string(kUpload), kBrings,
        {.id = "upload_progress",
         .tag = std::string(kTag),
         .summary = "How much of an upload is here",
         .details = "tus 1.0.0: `Upload-Offset`, `Upload-Length`, `Upload-Expires`, and "
                    "`Aiditor-Clip-Id` once it is a clip.",
         .problems = {ErrorCode::Gone, ErrorCode::WrongVersion}},
        [&uploads](Request const& request) -> Result<Reply<void>> {
            TRY_VOID(check_version(request));
            auto const upload =
                TRY(uploads.find(request.param("workspace_id"), request.param("upload_id")));
            Reply<void> out;
            add_progress(out.headers, upload);
            out.headers.set("Upload-Length", std::to_string(upload.length));
            auto const name = base64_encode(std::as_bytes(std::span(upload.name)));
            out.headers.set("Upload-Metadata", "filename " + name);
            out.headers.set("Cache-Control", "no-store");
            return out;
        },
        {.success = 200, .headers = tus_headers()});
}

Route read_route(Uploads& uploads) {
    return endpoint<void, shown::Upload>(
        Method::Get, std::string(kUpload), kBrings,
        {.id = "read_upload",
         .tag = std::string(kTag),
         .summary = "An upload",
         .details = "The same as HEAD, as JSON and without the headers of tus.",
         .answer_example = R"({
            "id": "upload_018f3c2e5b7a7c3d9e4f5a6b7c8d9e0f", "name": "ace.mp4", "state": "open",
            "length": 104857600, "received": 16777216, "created_at_us": 1700000000000000,
            "expires_at_us": 1700086400000000})",
         .problems = {ErrorCode::Gone}},
        [&uploads](Request const& request) -> Result<shown::Upload> {
            auto const upload =
                TRY(uploads.find(request.param("workspace_id"), request.param("upload_id")));
            shown::Upload out{.id = upload.id,
                              .name = upload.name,
                              .state = upload.state,
                              .length = upload.length,
                              .received = upload.received,
                              .created_at_us = upload.created_at_us,
                              .expires_at_us = upload.expires_at_us,
                              .clip_id = std::nullopt};
            if (upload.state == UploadState::Done) out.clip_id = upload.clip_id;
            return out;
        });
}

Route end_route(Uploads& uploads) {
    return endpoint<void, void>(
        Method::Delete, std::string(kUpload), kBrings,
        {.id = "end_upload",
         .tag = std::string(kTag),
         .summary = "End an upload",
         .details = "tus 1.0.0, termination. A clip that was made of it stays.",
         .problems = {ErrorCode::Gone, ErrorCode::Locked, ErrorCode::WrongVersion}},
        [&uploads](Request const& request) -> Result<> {
            TRY_VOID(check_version(request));
            return uploads.end(request.param("workspace_id"), request.param("upload_id"));
        },
        {.headers = tus_headers()});
}

}  // namespace

std::vector<api::FieldDoc> shown::Upload::fields() {
    return {{"id", "Names the upload in paths."},
            {"name", "Of the file."},
            {"state", "`open`, or `done` when it has become a clip."},
            {"length", "Bytes of the whole file."},
            {"received", "Bytes that are here and safe; the next ones go behind them."},
            {"created_at_us", "When it began: microseconds since 1970, UTC."},
            {"expires_at_us", "When it ends unless more bytes come: microseconds since 1970, UTC."},
            {"clip_id", "The clip, once done; an older one when it had the same content."}};
}

std::vector<Route> routes(Uploads& uploads, db::Database& database) {
    return {create_route(uploads),        append_route(uploads), options_route(),
            head_route(uploads),          read_route(uploads),   end_route(uploads),
            form_route(uploads, database)};
}

}  // namespace aiditor::uploads
