#include "service/uploads/routes.hpp"

#include "base/base64.hpp"
#include "service/api/service.hpp"
#include "service/clips/routes.hpp"
#include "service/db/testing.hpp"
#include "service/uploads/tus.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <span>

namespace aiditor::uploads {
namespace {

using api::Method;
using api::Response;
using db::testing::must;
using ::testing::HasSubstr;

constexpr db::Query kAddWorkspace{
    "test/add_workspace",
    "INSERT INTO workspaces (id, name, created_at_us, members_changed_at_us) "
    "VALUES ($1, $1, 0, 0)"};
constexpr std::string_view kBase = "/api/v1/workspaces/ws_a";

std::string base64(std::string_view text) { return base64_encode(std::as_bytes(std::span(text))); }

using Fields = std::vector<std::pair<std::string, std::string>>;

/// What a client sees, without sockets.
class UploadRoutesTest : public db::testing::EachDatabase {
protected:
    void SetUp() override {
        must(database().write([](db::Session& s) { return s.change(kAddWorkspace, {"ws_a"}); }));
        store_ = must(storage::local_store(folder_ + "/objects"));
        uploads_ = must(Uploads::open(
            database(), *store_,
            {.folder = folder_ + "/uploads", .quota = [](auto const&) -> Result<clips::Quota> {
                 return clips::Quota{.most_bytes = 1 << 20};
             }}));
        auto all = routes(*uploads_, database());
        for (auto& route : clips::routes(database(), *store_)) all.push_back(std::move(route));
        service_ = must(api::Service::create(
            std::move(all), {.hosts = {"localhost"}, .origins = {}, .media_origin = ""}, ports()));
    }
    void TearDown() override {
        service_.reset();
        uploads_.reset();
        std::filesystem::remove_all(folder_);
    }
    static api::ServicePorts ports() {
        return {
            .authenticate = [](api::Request const& request) -> Result<api::Principal> {
                auto const who = request.headers.find("Authorization");
                if (!who) return api::Principal{};
                api::Principal somebody;
                somebody.kind = api::PrincipalKind::User;
                somebody.user_id = std::string(*who);
                return somebody;
            },
            .memberships = [](std::string const& user,
                              std::string const& workspace) -> Result<std::optional<api::Role>> {
                if (workspace != "ws_a") return std::nullopt;
                if (user == "viewer") return api::Role::Viewer;
                if (user == "editor") return api::Role::Editor;
                return std::nullopt;
            },
            .count_request = [](auto const&, api::RateLimit const&) -> Result<api::RateState> {
                return api::RateState{
                    .allowed = true, .remaining = 5, .reset = std::chrono::seconds(1)};
            }};
    }
    static api::Request request(Method method, std::string_view path, Fields const& fields) {
        api::Request out;
        out.method = method;
        out.path = path.starts_with('/') ? std::string(path) : fmt::format("{}/{}", kBase, path);
        out.host = "localhost";
        out.id = "req_1";
        out.headers.set("Authorization", "editor");
        for (auto const& [name, value] : fields) out.headers.set(name, value);
        return out;
    }
    Response ask(Method method, std::string_view path, Fields const& fields = {},
                 std::string body = "") {
        auto asked = request(method, path, fields);
        asked.body = std::move(body);
        return service_->answer(std::move(asked));
    }
    /// With a body that comes in two pieces.
    Response bring(Method method, std::string_view path, Fields const& fields,
                   std::string_view body = "") {
        auto asked = request(method, path, fields);
        asked.headers.set("Content-Length", std::to_string(body.size()));
        auto begun = service_->begin_upload(std::move(asked));
        if (auto* response = std::get_if<Response>(&begun)) return std::move(*response);
        auto const& upload = std::get<std::unique_ptr<api::Upload>>(begun);
        for (auto const piece : {body.substr(0, body.size() / 2), body.substr(body.size() / 2)})
            if (auto const done = upload->write(piece); !done) return upload->fail(done.error());
        return upload->finish();
    }
    static Fields creation(std::string const& length, std::string_view name = "ace.mp4") {
        return {{"Tus-Resumable", "1.0.0"},
                {"Upload-Length", length},
                {"Upload-Metadata", "filename " + base64(name) + ",filetype " + base64("v")}};
    }
    std::string begin(std::string const& length) {
        auto const made = bring(Method::Post, "uploads", creation(length));
        EXPECT_EQ(made.status, 201);
        return header(made, "Location");
    }
    Response send(std::string const& location, std::string const& offset, std::string_view body,
                  Fields more = {}) {
        more.insert(more.begin(), {{"Tus-Resumable", "1.0.0"},
                                   {"Content-Type", "application/offset+octet-stream"},
                                   {"Upload-Offset", offset}});
        return bring(Method::Patch, location, more, body);
    }
    static std::string header(Response const& response, std::string_view name) {
        return std::string(response.headers.find(name).value_or(""));
    }
    static std::string text(Response const& r) { return std::get<std::string>(r.body); }
    static std::string new_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "tusXXXXXX").string();
        return ::mkdtemp(name.data());
    }

    std::string folder_ = new_folder();
    std::unique_ptr<storage::ObjectStore> store_;
    std::unique_ptr<Uploads> uploads_;
    std::unique_ptr<api::Service> service_;
    Fields const tus_{{"Tus-Resumable", "1.0.0"}};
};
INSTANTIATE_TEST_SUITE_P(Databases, UploadRoutesTest, db::testing::databases(),
                         db::testing::name_of);

TEST_P(UploadRoutesTest, AFileArrivesByTus) {
    auto const location = begin("11");
    EXPECT_THAT(location, testing::StartsWith(fmt::format("{}/uploads/upload_", kBase)));
    auto const first = send(location, "0", "hello ");
    EXPECT_EQ(first.status, 204);
    EXPECT_EQ(header(first, "Upload-Offset"), "6");
    EXPECT_EQ(header(first, "Tus-Resumable"), "1.0.0");
    EXPECT_THAT(header(first, "Upload-Expires"), testing::EndsWith(" GMT"));
    EXPECT_EQ(header(first, "Aiditor-Clip-Id"), "");

    auto const head = ask(Method::Head, location, tus_);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(header(head, "Upload-Offset"), "6");
    EXPECT_EQ(header(head, "Upload-Length"), "11");
    EXPECT_EQ(header(head, "Cache-Control"), "no-store");
    EXPECT_EQ(header(head, "Upload-Metadata"), "filename " + base64("ace.mp4"));
    EXPECT_THAT(text(ask(Method::Get, location)), HasSubstr(R"("received":6)"));

    auto const last = send(location, "6", "world");
    auto const clip = header(last, "Aiditor-Clip-Id");
    EXPECT_EQ(header(last, "Upload-Offset"), "11");
    EXPECT_EQ(header(ask(Method::Head, location, tus_), "Aiditor-Clip-Id"), clip);
    EXPECT_THAT(text(ask(Method::Get, location)), HasSubstr(clip));
    EXPECT_THAT(text(ask(Method::Get, "clips/" + clip)), HasSubstr(R"("name":"ace.mp4")"));
}

TEST_P(UploadRoutesTest, TheCreationMayBringTheFirstBytes) {
    auto fields = creation("5");
    fields.emplace_back("Content-Type", "application/offset+octet-stream");
    auto const made = bring(Method::Post, "uploads", fields, "abc");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(header(made, "Upload-Offset"), "3");
    EXPECT_NE(header(send(header(made, "Location"), "3", "de"), "Aiditor-Clip-Id"), "");

    EXPECT_EQ(bring(Method::Post, "uploads", fields, "abcdef").status, 413);
    fields.emplace_back("Upload-Checksum", "sha1 " + base64(std::string(20, 'x')));
    EXPECT_EQ(bring(Method::Post, "uploads", fields, "abc").status, 460);
    auto const used = must(database().read([](db::Session& s) { return clips::usage(s, "ws_a"); }));
    EXPECT_EQ(used.reserved_bytes, 0) << "nobody knows of those uploads: they ended";
}

TEST_P(UploadRoutesTest, RefusalsAreThoseOfTheProtocol) {
    auto const location = begin("6");
    EXPECT_EQ(send(location, "1", "abc").status, 409);
    EXPECT_EQ(send(location, "0", "abcdefg").status, 413);
    EXPECT_EQ(send(location, "0", "abc", {{"Upload-Checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="}})
                  .status,
              460);
    EXPECT_EQ(send(location, "0", "abc", {{"Upload-Checksum", "md5 abc"}}).status, 400);
    EXPECT_EQ(send(location, "0", "abc", {{"Content-Type", "text/plain"}}).status, 415);
    EXPECT_EQ(send(location, "x", "abc").status, 400);
    EXPECT_EQ(send(location + "0", "0", "abc").status, 404);
    auto const old = send(location, "0", "abc", {{"Tus-Resumable", "0.2.2"}});
    EXPECT_EQ(old.status, 412);
    EXPECT_EQ(header(old, "Tus-Version"), "1.0.0");
    EXPECT_EQ(header(old, "Tus-Resumable"), "1.0.0");
    EXPECT_EQ(header(ask(Method::Head, location, tus_), "Upload-Offset"), "0") << "none counted";

    auto const writer = must(uploads_->append("ws_a", location.substr(location.rfind('/') + 1), 0));
    EXPECT_EQ(send(location, "0", "abc").status, 423);
}

TEST_P(UploadRoutesTest, ASumThatFitsIsTaken) {
    auto const location = begin("11");
    auto const sum = "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=";
    EXPECT_EQ(send(location, "0", "hello world", {{"Upload-Checksum", sum}}).status, 204);
}

TEST_P(UploadRoutesTest, TerminationEndsIt) {
    auto const location = begin("6");
    EXPECT_EQ(ask(Method::Delete, location, tus_).status, 204);
    EXPECT_EQ(ask(Method::Head, location, tus_).status, 410);
    EXPECT_EQ(send(location, "0", "abc").status, 410);
}

TEST_P(UploadRoutesTest, CreationIsStrict) {
    auto const status = [&](Fields const& fields) {
        return bring(Method::Post, "uploads", fields).status;
    };
    EXPECT_EQ(status({{"Tus-Resumable", "1.0.0"}}), 400);
    EXPECT_EQ(status(creation("-1")), 400);
    EXPECT_EQ(status(creation("0")), 400);
    EXPECT_EQ(status(creation("99999999999999999999")), 400);
    EXPECT_EQ(status(creation("50000000001")), 413);
    EXPECT_EQ(status(creation("2000000")), 403) << "the quota";
    EXPECT_EQ(status(creation("5", "a.exe")), 400);
    EXPECT_EQ(status(creation("5", "../a.mp4")), 400);
    auto deferred = creation("5");
    deferred.emplace_back("Upload-Defer-Length", "1");
    EXPECT_EQ(status(deferred), 400);
    EXPECT_EQ(status({{"Tus-Resumable", "1.0.0"}, {"Upload-Length", "5"}}), 400) << "no name";
    EXPECT_EQ(ask(Method::Get, "clips").status, 200);
    EXPECT_THAT(text(ask(Method::Get, "clips")), HasSubstr("[]"));
}

TEST_P(UploadRoutesTest, OnlyEditorsBringAndViewersSee) {
    auto fields = creation("5");
    fields.emplace_back("Authorization", "viewer");
    EXPECT_EQ(bring(Method::Post, "uploads", fields).status, 403);
    fields.back().second = "stranger";
    EXPECT_EQ(bring(Method::Post, "uploads", fields).status, 404);
    EXPECT_EQ(ask(Method::Get, "clips", {{"Authorization", "viewer"}}).status, 200);
    EXPECT_EQ(ask(Method::Get, "/api/v1/workspaces/ws_b/clips").status, 404);
    auto const options = ask(Method::Options, "uploads");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(header(options, "Tus-Max-Size"), "50000000000");
    EXPECT_EQ(header(options, "Tus-Checksum-Algorithm"), "sha1,sha256");
    EXPECT_THAT(header(options, "Tus-Extension"), HasSubstr("termination"));
}

TEST_P(UploadRoutesTest, AFormBringsASmallFile) {
    Fields const fields{{"Content-Type", "multipart/form-data; boundary=XbX"}};
    auto const form = [](std::string_view name, std::string_view body) {
        return fmt::format(
            "--XbX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n"
            "Content-Type: video/mp4\r\n\r\n{}\r\n--XbX--\r\n",
            name, body);
    };
    auto const made = bring(Method::Post, "clips", fields, form("ace.mp4", "hello world"));
    EXPECT_EQ(made.status, 201);
    auto const location = header(made, "Location");
    EXPECT_EQ(text(made), text(ask(Method::Get, location)));
    EXPECT_EQ(bring(Method::Post, "clips", fields, form("b.mp4", "hello world")).status, 200);
    EXPECT_EQ(bring(Method::Post, "clips", fields, form("a.exe", "x")).status, 400);
    EXPECT_EQ(bring(Method::Post, "clips", fields, form("a.mp4", "")).status, 422);
    EXPECT_EQ(bring(Method::Post, "clips", fields, "--XbX\r\n").status, 400);
    auto const whole = form("c.mp4", "other");
    auto const cut = whole.substr(0, whole.size() - 8);
    EXPECT_EQ(bring(Method::Post, "clips", fields, cut).status, 400);
    EXPECT_EQ(bring(Method::Post, "clips", {{"Content-Type", "text/plain"}}, "x").status, 415);
    auto const used = must(database().read([](db::Session& s) { return clips::usage(s, "ws_a"); }));
    EXPECT_EQ(used.committed_bytes, 11);
    EXPECT_EQ(used.reserved_bytes, 0);
    EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/uploads"));
}

TEST_P(UploadRoutesTest, ClipsAreReadRenamedFetchedAndRemoved) {
    auto const clip = "clips/" + header(send(begin("5"), "0", "abcde"), "Aiditor-Clip-Id");
    auto const source = ask(Method::Get, clip + "/source");
    ASSERT_EQ(source.status, 200);
    auto const& file = std::get<api::FileBody>(source.body);
    EXPECT_EQ(file.size, 5);
    EXPECT_EQ(must(read_all(file.file.get(), 100)), "abcde");
    EXPECT_EQ(file.etag.size(), 66U);
    EXPECT_EQ(header(source, "Content-Type"), "video/mp4");
    EXPECT_THAT(header(source, "Content-Disposition"), HasSubstr("filename=\"ace.mp4\""));
    EXPECT_EQ(ask(Method::Get, clip + "/proxy").status, 404) << "not made yet";

    Fields const json{{"Content-Type", "application/json"}};
    auto const renamed = ask(Method::Patch, clip, json, R"({"name": "Friday"})");
    EXPECT_THAT(text(renamed), HasSubstr(R"("name":"Friday")"));
    EXPECT_THAT(header(ask(Method::Get, clip + "/source"), "Content-Disposition"),
                HasSubstr("filename=\"Friday.mp4\""));
    EXPECT_EQ(ask(Method::Patch, clip, json, R"({"name": "a/b"})").status, 400);
    EXPECT_EQ(ask(Method::Delete, clip, {{"Authorization", "viewer"}}).status, 403);
    EXPECT_EQ(ask(Method::Delete, clip).status, 204);
    for (auto const* path : {"", "/source"}) EXPECT_EQ(ask(Method::Get, clip + path).status, 404);
    EXPECT_EQ(ask(Method::Delete, clip).status, 404);
}

TEST_P(UploadRoutesTest, ListsComeInPages) {
    for (auto const* body : {"a", "b", "c"}) send(begin("1"), "0", body);
    auto asked = request(Method::Get, "clips", {});
    asked.query["limit"] = "2";
    auto const first =
        must(json::from_text<api::Page<clips::shown::Clip>>(text(service_->answer(asked))));
    EXPECT_EQ(first.items.size(), 2U);
    ASSERT_TRUE(first.next_cursor);
    asked.query["cursor"] = *first.next_cursor;
    auto const second =
        must(json::from_text<api::Page<clips::shown::Clip>>(text(service_->answer(asked))));
    EXPECT_EQ(second.items.size(), 1U);
    EXPECT_FALSE(second.next_cursor);
}

TEST(Tus, MetadataIsReadStrictly) {
    auto const good = must(parse_metadata("filename " + base64("ü.mp4") + ",is_private,x "));
    EXPECT_EQ(good.at("filename"), "ü.mp4");
    EXPECT_EQ(good.at("is_private"), "");
    EXPECT_TRUE(must(parse_metadata("")).empty());
    EXPECT_EQ(must(parse_metadata("a YQ==, b Yg==")).at("b"), "b");
    std::string many = "k0";
    for (int i = 1; i <= 16; ++i) many += fmt::format(",k{}", i);
    for (std::string const& bad :
         {std::string("a YQ==,a YQ=="), std::string("a YQ"), std::string("a Y Q=="),
          std::string(","), std::string("a,"), std::string(" a YQ=="), std::string("\xc3\xbc YQ=="),
          std::string("a\t YQ=="), many, std::string("a YQ==\n"), std::string(5000, 'a')})
        EXPECT_FALSE(parse_metadata(bad)) << bad;
}

TEST(Tus, DatesAreThoseOfHttp) {
    EXPECT_EQ(http_date(784'111'777'000'000), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace aiditor::uploads
