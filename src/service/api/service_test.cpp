#include "service/api/service.hpp"

#include "service/api/openapi.hpp"
#include "service/api/problem.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <stdexcept>

namespace aiditor::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Note {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(Note, (), (text))

constexpr std::string_view kWorkspace = "/api/v1/workspaces/ws_1";

/// Keeps what it gets.
class Basket final : public BodySink {
public:
    explicit Basket(std::string& into) : into_(into) {}
    Result<> write(std::string_view bytes) override {
        if (bytes == "full") return fail(ErrorCode::DiskFull, "the disk is full");
        into_ += bytes;
        return {};
    }
    Result<Response> finish() override { return Response{.status = 201}; }

private:
    std::string& into_;
};

class ServiceTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto made = Service::create(routes(), rules(), ports());
        ASSERT_TRUE(made) << made.error().message;
        service = *std::move(made);
    }

    static BrowserRules rules() {
        return {.hosts = {"localhost", "[::1]"},
                .origins = {"https://studio.example"},
                .media_origin = ""};
    }

    std::vector<Route> routes() {
        auto notes = endpoint<Note, Note>(
            Method::Post, "/api/v1/workspaces/{workspace_id}/notes",
            {.access = Access::Workspace, .role = Role::Editor, .scope = "write"},
            {.id = "create_note", .tag = "notes", .summary = "Make a note"},
            [this](Request const& request, Note const& note) -> Result<Note> {
                ++calls;
                if (note.text == "break") return fail(ErrorCode::Internal, "table is missing");
                if (note.text == "throw") throw_it();
                return Note{request.param("workspace_id") + ":" + note.text};
            },
            {.success = 201,
             .idempotent = true,
             .rate = {"notes", 1000, std::chrono::seconds(60)}});
        auto list = endpoint<void, Note>(
            Method::Get, "/public", {.access = Access::Public},
            {.id = "read_public", .tag = "notes", .summary = "Read"},
            [](Request const& request) -> Result<Reply<Note>> {
                Reply<Note> out{.value = {request.query_text("word").value_or("none")}};
                out.headers.set("ETag", "\"7\"");
                return out;
            },
            {.query = {{.name = "word", .about = "A word.", .most = 4},
                       {.name = "n", .about = "A number.", .type = QueryParameter::Type::Number}}});
        Route upload{
            .method = Method::Put,
            .pattern = "/upload",
            .policy = {.access = Access::SignedIn},
            .docs = {.id = "upload", .tag = "notes", .summary = "Upload"},
            .rules = {.most_body_bytes = 1000, .request_type = ""},
            .request = std::nullopt,
            .answer = std::nullopt,
            .handler = UploadHandler([this](Request const&) -> Result<std::unique_ptr<BodySink>> {
                return std::make_unique<Basket>(uploaded);
            })};
        return {std::move(notes), std::move(list), std::move(upload)};
    }
    [[noreturn]] static void throw_it() { throw std::out_of_range("at(1)"); }

    ServicePorts ports() {
        return {
            .authenticate = [](Request const& request) -> Result<Principal> {
                auto const who = request.headers.find("Authorization");
                auto const cookie = request.cookie("session");
                if (!who && !cookie) return Principal{};
                auto const name = who ? std::string(*who) : *cookie;
                if (name == "expired") return fail(ErrorCode::NotSignedIn, "expired");
                if (name == "broken") return fail(ErrorCode::Unavailable, "no database");
                return Principal{.kind = PrincipalKind::User, .user_id = name};
            },
            .memberships = [](std::string const& user,
                              std::string const&) -> Result<std::optional<Role>> {
                if (user == "viewer") return Role::Viewer;
                if (user == "editor") return Role::Editor;
                return std::nullopt;
            },
            .count_request = [this](std::string const& key, RateLimit const&) -> Result<RateState> {
                counted.push_back(key);
                return rate;
            },
            .idempotency =
                {.claim = [this](IdempotencyKey const& key) -> Result<std::optional<KeptAnswer>> {
                     auto const found = kept.find(key.owner + key.key);
                     if (found == kept.end()) return std::nullopt;
                     return found->second;
                 },
                 .finish =
                     [this](IdempotencyKey const& key, std::optional<KeptAnswer> const& answer) {
                         if (answer) kept[key.owner + key.key] = *answer;
                         else ++forgotten;
                     }},
            .observers = {[this](AccessRecord const& record) {
                log.push_back(fmt::format("{} {} {} {}{}", method_name(record.method),
                                          record.pattern, record.status, record.principal,
                                          record.failure));
            }}};
    }

    static Request request(Method method, std::string path, std::string who = "") {
        Request out;
        out.method = method;
        out.path = std::move(path);
        out.host = "localhost:8080";
        out.address = "192.0.2.1";
        out.id = "req_1";
        if (!who.empty()) out.headers.set("Authorization", std::move(who));
        return out;
    }
    static Request post(std::string body, std::string who = "editor") {
        auto out = request(Method::Post, fmt::format("{}/notes", kWorkspace), std::move(who));
        out.headers.set("Content-Type", "application/json; charset=utf-8");
        out.body = std::move(body);
        return out;
    }
    static std::string text(Response const& r) { return std::get<std::string>(r.body); }

    std::unique_ptr<Service> service;
    RateState rate{.allowed = true, .remaining = 5, .reset = std::chrono::seconds(1)};
    std::vector<std::string> counted, log;
    std::map<std::string, KeptAnswer> kept;
    std::string uploaded;
    int calls = 0, forgotten = 0;
};

TEST_F(ServiceTest, AnswersCarryWhatEveryAnswerCarries) {
    auto const good = service->answer(post(R"({"text": "hi"})"));
    EXPECT_EQ(good.status, 201);
    EXPECT_EQ(text(good), R"({"text":"ws_1:hi"})");
    auto const none = service->answer(request(Method::Get, "/nowhere"));
    auto const odd = service->refuse(Request(), {ErrorCode::BadRequest, "not HTTP"}, 400);
    for (auto const* answer : {&good, &none, &odd}) {
        EXPECT_THAT(
            std::string(*answer->headers.find("Content-Security-Policy")),
            ::testing::StartsWith("default-src 'none'; script-src 'self'; style-src 'self';"));
        EXPECT_EQ(answer->headers.find("X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(answer->headers.find("Referrer-Policy"), "no-referrer");
        EXPECT_EQ(answer->headers.find("Cache-Control"), "no-store");
        EXPECT_TRUE(answer->headers.find("X-Request-Id"));
        EXPECT_FALSE(answer->headers.find("Strict-Transport-Security"));
    }
    EXPECT_EQ(good.headers.find("RateLimit"), "\"notes\";r=5;t=1");
    auto secure = request(Method::Get, "/public");
    secure.scheme = "https";
    EXPECT_TRUE(service->answer(secure).headers.find("Strict-Transport-Security"));
}

TEST_F(ServiceTest, TheLogHasPatternsAndNoValues) {
    auto asked = request(Method::Get, "/public", "editor");
    asked.query["word"] = "key";
    static_cast<void>(service->answer(asked));
    static_cast<void>(service->answer(post(R"({"text": "break"})")));
    EXPECT_THAT(log, ElementsAre("GET /public 200 editor",
                                 "POST /api/v1/workspaces/{workspace_id}/notes 500 "
                                 "editortable is missing"));
}

TEST_F(ServiceTest, ProblemsComeInsteadOfExceptions) {
    auto const broken = service->answer(post(R"({"text": "break"})"));
    EXPECT_EQ(broken.status, 500);
    EXPECT_THAT(text(broken), ::testing::Not(HasSubstr("table")));
    EXPECT_EQ(service->answer(post(R"({"text": "throw"})")).status, 500);
    EXPECT_EQ(service->answer(post(R"({"texts": "x"})")).status, 400);
    EXPECT_EQ(service->answer(post("{")).status, 400);
}

TEST_F(ServiceTest, WhoMayNotGetsNothing) {
    EXPECT_EQ(service->answer(post("{}", "")).status, 401);
    EXPECT_EQ(service->answer(post("{}", "expired")).status, 401);
    EXPECT_EQ(service->answer(post("{}", "viewer")).status, 403);
    EXPECT_EQ(service->answer(post("{}", "stranger")).status, 404);
    EXPECT_EQ(service->answer(post("{}", "broken")).status, 503);
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(service->answer(request(Method::Get, "/public", "expired")).status, 200)
        << "a page for everybody is also for those whose session has ended";
    EXPECT_THAT(counted, ::testing::Contains("notes:192.0.2.1"));
    EXPECT_THAT(counted, ::testing::Contains("notes:viewer"));
}

TEST_F(ServiceTest, AHostThatIsNotOursIsRefused) {
    for (std::string_view const host : {"evil.example", "", "localhost.evil.example", "[::2]:80"}) {
        auto asked = request(Method::Get, "/public");
        asked.host = host;
        EXPECT_EQ(service->answer(asked).status, 400) << host;
    }
    for (std::string_view const host : {"LOCALHOST", "localhost:1", "[::1]:80", "[::1]"}) {
        auto asked = request(Method::Get, "/public");
        asked.host = host;
        EXPECT_EQ(service->answer(asked).status, 200) << host;
    }
}

TEST_F(ServiceTest, OtherSitesCannotUseABrowsersCookies) {
    struct Vector {
        std::string_view site, origin;
        int status;
    };
    for (auto const& v :
         {Vector{"cross-site", "https://evil.example", 403}, Vector{"cross-site", "", 403},
          Vector{"same-site", "", 403}, Vector{"", "https://evil.example", 403},
          Vector{"", "null", 403}, Vector{"", "", 403}, Vector{"", "https://localhost:8080", 403},
          Vector{"same-origin", "", 201}, Vector{"none", "", 201},
          Vector{"", "http://localhost:8080", 201},
          Vector{"same-origin", "http://localhost:8080", 201},
          Vector{"cross-site", "https://studio.example", 201}}) {
        auto asked = post(R"({"text": "hi"})", "");
        asked.headers.set("Cookie", "session=editor");
        if (!v.site.empty()) asked.headers.set("Sec-Fetch-Site", std::string(v.site));
        if (!v.origin.empty()) asked.headers.set("Origin", std::string(v.origin));
        EXPECT_EQ(service->answer(asked).status, v.status) << v.site << ' ' << v.origin;
    }
    EXPECT_EQ(calls, 5);
    auto form = post(R"({"text": "hi"})");
    form.headers.set("Content-Type", "text/plain");
    EXPECT_EQ(service->answer(form).status, 415);
    auto socket = request(Method::Get, "/public");
    socket.headers.set("Upgrade", "websocket");
    socket.headers.set("Origin", "https://evil.example");
    EXPECT_EQ(service->answer(socket).status, 403);
}

TEST_F(ServiceTest, OriginsInTheListMayRead) {
    auto asked = request(Method::Get, "/public");
    asked.headers.set("Origin", "https://studio.example");
    auto const answer = service->answer(asked);
    EXPECT_EQ(answer.headers.find("Access-Control-Allow-Origin"), "https://studio.example");
    EXPECT_FALSE(answer.headers.find("Access-Control-Allow-Credentials"));
    EXPECT_EQ(answer.headers.find("Vary"), "Origin");
    asked.headers.set("Origin", "https://studio.example.evil.example");
    EXPECT_FALSE(service->answer(asked).headers.find("Access-Control-Allow-Origin"));

    auto before = request(Method::Options, fmt::format("{}/notes", kWorkspace));
    before.headers.set("Origin", "https://studio.example");
    before.headers.set("Access-Control-Request-Method", "POST");
    auto const allowed = service->answer(before);
    EXPECT_EQ(allowed.status, 204);
    EXPECT_EQ(allowed.headers.find("Access-Control-Allow-Methods"), "POST");
    before.headers.set("Origin", "https://evil.example");
    EXPECT_FALSE(service->answer(before).headers.find("Access-Control-Allow-Methods"));
}

TEST_F(ServiceTest, MethodsAreAnswered) {
    auto const wrong = service->answer(request(Method::Delete, "/public"));
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.headers.find("Allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(service->answer(request(Method::Options, "/public")).headers.find("Allow"),
              "GET, HEAD, OPTIONS");
    EXPECT_EQ(service->answer(request(Method::Head, "/public")).status, 200);
    auto disguised = request(Method::Post, "/public");  // a rule for GET must not let in another
    disguised.headers.set("X-HTTP-Method-Override", "GET");
    EXPECT_EQ(service->answer(disguised).status, 405);
}

TEST_F(ServiceTest, QueriesAreChecked) {
    auto const status = [&](std::string_view name, std::string value) {
        auto asked = request(Method::Get, "/public");
        asked.query[std::string(name)] = std::move(value);
        return service->answer(asked).status;
    };
    EXPECT_EQ(status("word", "four"), 200);
    EXPECT_EQ(status("word", "fives"), 400);
    EXPECT_EQ(status("n", "200"), 200);
    EXPECT_EQ(status("n", "201"), 400);
    EXPECT_EQ(status("n", "1x"), 400);
    EXPECT_EQ(status("other", "1"), 400);
}

TEST_F(ServiceTest, AnUnchangedAnswerIsNotSentAgain) {
    auto asked = request(Method::Get, "/public");
    asked.headers.set("If-None-Match", "W/\"7\"");
    auto const same = service->answer(asked);
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(text(same), "");
    asked.headers.set("If-None-Match", "\"6\"");
    EXPECT_EQ(service->answer(asked).status, 200);
}

TEST_F(ServiceTest, TooManyRequestsWait) {
    rate = {.allowed = false, .retry_after = std::chrono::seconds(9)};
    auto const refused = service->answer(post(R"({"text": "hi"})"));
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.headers.find("Retry-After"), "9");
    EXPECT_EQ(calls, 0);
}

TEST_F(ServiceTest, ARepeatedRequestHasItsEffectOnce) {
    auto asked = post(R"({"text": "hi"})");
    asked.headers.set("Idempotency-Key", "k1");
    auto const first = service->answer(asked), second = service->answer(asked);
    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(second.status, 201);
    EXPECT_EQ(text(first), text(second));
    EXPECT_EQ(second.headers.find("Idempotency-Replayed"), "true");
    EXPECT_EQ(calls, 1);
    asked = post(R"({"text": "break"})");
    asked.headers.set("Idempotency-Key", "k2");
    EXPECT_EQ(service->answer(asked).status, 500);
    EXPECT_EQ(forgotten, 1) << "nothing happened, so it may be tried again";
    asked.headers.set("Idempotency-Key", "with space");
    EXPECT_EQ(service->answer(asked).status, 400);
}

TEST_F(ServiceTest, UploadsGoToTheirSink) {
    EXPECT_EQ(service->body_plan(Method::Put, "/upload").kind, Service::BodyPlan::Kind::Sink);
    EXPECT_EQ(service->body_plan(Method::Put, "/upload").most_bytes, 1000U);
    EXPECT_EQ(service->body_plan(Method::Put, "/nowhere").kind, Service::BodyPlan::Kind::Ignore);
    auto refused = service->begin_upload(request(Method::Put, "/upload"));
    EXPECT_EQ(std::get<Response>(refused).status, 401);
    auto const begin = [&] {
        auto begun = service->begin_upload(request(Method::Put, "/upload", "editor"));
        return std::move(std::get<std::unique_ptr<Upload>>(begun));
    };
    auto good = begin();
    EXPECT_TRUE(good->write("abc"));
    EXPECT_TRUE(good->write("def"));
    EXPECT_EQ(good->finish().status, 201);
    EXPECT_EQ(uploaded, "abcdef");
    auto full = begin();
    auto const failed = full->write("full");
    ASSERT_FALSE(failed);
    EXPECT_EQ(full->fail(failed.error()).status, 507);
    begin().reset();
    EXPECT_THAT(log,
                ElementsAre("PUT /upload 401 ", "PUT /upload 201 editor",
                            "PUT /upload 507 editorthe disk is full", "PUT /upload 499 editor"));
}

TEST_F(ServiceTest, DoesNotStartWithoutItsPorts) {
    auto none = ports();
    none.authenticate = nullptr;
    EXPECT_FALSE(Service::create(routes(), rules(), std::move(none)));
    auto forgetful = ports();
    forgetful.idempotency = {};
    EXPECT_FALSE(Service::create(routes(), rules(), std::move(forgetful)));
}

TEST_F(ServiceTest, TheDocumentIsServed) {
    auto all = routes();
    auto document = openapi_route(all, {});
    ASSERT_TRUE(document) << document.error().message;
    all.push_back(*std::move(document));
    auto const made = Service::create(std::move(all), rules(), ports());
    ASSERT_TRUE(made) << made.error().message;
    auto const answer = (*made)->answer(request(Method::Get, "/openapi.json"));
    EXPECT_EQ(answer.headers.find("Content-Type"), "application/json");
    EXPECT_THAT(text(answer), HasSubstr("create_note"));
}

}  // namespace
}  // namespace aiditor::api
