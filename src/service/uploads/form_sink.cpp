#include "service/uploads/form_sink.hpp"

#include "service/clips/routes.hpp"
#include "service/uploads/multipart.hpp"
#include "service/uploads/routes.hpp"
#include "service/uploads/tus.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace aiditor::uploads {
namespace {

/// Headers and boundaries around the file.
constexpr std::int64_t kAroundBytes = 64LL << 10;

/// A form's file goes the way of every upload, which is ended unless it becomes a clip: there is
/// nobody to go on with it.
class FormSink final : public api::BodySink {
public:
    FormSink(Uploads& uploads, db::Database& database, NewUpload wanted, std::string_view boundary)
        : uploads_(uploads),
          database_(database),
          wanted_(std::move(wanted)),
          form_(boundary, {.begin = [this](std::string const& name) { return begin(name); },
                           .bytes = [this](std::string_view b) { return appender_->write(b); }}) {}
    ~FormSink() override {
        if (!appender_) return;
        auto const upload = appender_->upload();
        appender_.reset();
        std::ignore = uploads_.end(upload.workspace_id, upload.id);
    }

    Result<> write(std::string_view bytes) override { return form_.feed(bytes); }

    Result<api::Response> finish() override {
        TRY_VOID(form_.finish());
        auto const planned = appender_->upload().clip_id;
        auto const upload = TRY(appender_->finish_short());
        appender_.reset();
        auto const clip = TRY(database_.read(
            [&](db::Session& s) { return clips::find(s, upload.workspace_id, upload.clip_id); }));
        api::Response out;
        out.status = clip.id == planned ? 201 : 200;
        out.headers.set("Location",
                        fmt::format("/api/v1/workspaces/{}/clips/{}", clip.workspace_id, clip.id));
        out.body = json::to_text(clips::show(clip), json::Layout::OneLine);
        return out;
    }

private:
    Result<> begin(std::string const& name) {
        wanted_.name = name;
        auto const upload = TRY(uploads_.begin(wanted_));
        appender_ = TRY(uploads_.append(upload.workspace_id, upload.id, 0));
        return {};
    }

    Uploads& uploads_;
    db::Database& database_;
    NewUpload wanted_;
    MultipartFile form_;
    std::unique_ptr<Appender> appender_;
};

Result<std::unique_ptr<api::BodySink>> open_form(Uploads& uploads, db::Database& database,
                                                 api::Request const& request) {
    auto const type = request.headers.find("Content-Type").value_or("");
    auto const boundary = TRY(multipart_boundary(type));
    // The whole body is the most that the file can be; what it is less is given back at the end.
    auto length = kMostFormBytes;
    if (request.headers.find("Content-Length"))
        length = std::min(length, TRY(count_header(request, "Content-Length")));
    NewUpload wanted{.workspace_id = request.param("workspace_id"),
                     .made_by = request.principal.user_id,
                     .name = "",
                     .length = length};
    return std::make_unique<FormSink>(uploads, database, std::move(wanted), boundary);
}

}  // namespace

api::Route form_route(Uploads& uploads, db::Database& database) {
    return {
        .method = api::Method::Post,
        .pattern = "/api/v1/workspaces/{workspace_id}/clips",
        .policy = {.access = api::Access::Workspace, .role = api::Role::Editor, .scope = "upload"},
        .docs = {.id = "create_clip",
                 .tag = "clips",
                 .summary = "Bring in a small file",
                 .details = "A form (multipart/form-data) with one file of at most 1 GiB, as "
                            "`curl -F file=@ace.mp4` sends it. Larger files, and connections "
                            "that break, want an upload. 200 instead of 201: the workspace had "
                            "this content already.",
                 .answer_example = std::string(clips::kClipExample),
                 .problems = {ErrorCode::QuotaReached, ErrorCode::DiskFull}},
        .rules = {.success = 201,
                  .most_body_bytes = static_cast<std::uint64_t>(kMostFormBytes + kAroundBytes),
                  .request_type = "multipart/form-data"},
        .request = std::nullopt,
        .answer = api::shape_of<clips::shown::Clip>(),
        .handler = api::UploadHandler([&uploads, &database](api::Request const& request) {
            return open_form(uploads, database, request);
        })};
}

}  // namespace aiditor::uploads
