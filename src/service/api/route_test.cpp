#include "service/api/route.hpp"

#include "service/api/openapi.hpp"
#include "service/api/router.hpp"

#include <gmock/gmock.h>
#include <set>

namespace aiditor::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

enum class Colour { DarkRed = 1, Blue };
BOOST_DESCRIBE_ENUM(Colour, DarkRed, Blue)

struct Tag {
    std::string word;
    static std::vector<FieldDoc> fields() {
        return {{.name = "word", .about = "A word.", .least = 1, .most = 5}};
    }
};
BOOST_DESCRIBE_STRUCT(Tag, (), (word))

struct Clip {
    std::string name;
    std::int32_t rank = 0;
    std::optional<Colour> colour;
    std::vector<Tag> tags;
    std::map<std::string, double> scores;
    static std::vector<FieldDoc> fields() {
        return {{.name = "rank", .least = 1, .most = 10}, {.name = "tags", .most = 2}};
    }
};
BOOST_DESCRIBE_STRUCT(Clip, (), (name, rank, colour, tags, scores))

constexpr std::string_view kClip =
    R"({"name": "a", "rank": 1, "tags": [{"word": "x"}], "scores": {"fun": 0.5}})";

Route plain(Method method, std::string pattern, std::string id) {
    return endpoint<void, void>(method, std::move(pattern), {.access = Access::Public},
                                {.id = std::move(id), .tag = "test", .summary = "A test"},
                                [](Request const&) -> Result<> { return {}; });
}

TEST(Schema, DescribesTheStructsAsTheCodecReadsThem) {
    Schemas schemas;
    EXPECT_EQ(json::print(schemas.of<Clip>(), json::Layout::OneLine),
              R"({"$ref":"#/components/schemas/Clip"})");
    auto const& clip = schemas.components().at("Clip").as_object();
    auto const& properties = clip.at("properties").as_object();
    EXPECT_EQ(clip.at("required"), (json::Array{"name", "rank", "tags", "scores"}));
    EXPECT_EQ(properties.at("rank").at("maximum"), 10);
    EXPECT_EQ(properties.at("tags").at("maxItems"), 2);
    EXPECT_EQ(properties.at("tags").at("items").at("$ref"), "#/components/schemas/Tag");
    EXPECT_EQ(properties.at("colour").at("$ref"), "#/components/schemas/Colour");
    EXPECT_EQ(properties.at("scores").at("additionalProperties").at("type"), "number");
    EXPECT_EQ(schemas.components().at("Colour").at("enum"), (json::Array{"dark_red", "blue"}));
    auto const& word = schemas.components().at("Tag").at("properties").at("word").as_object();
    EXPECT_EQ(word.at("description"), "A word.");
    EXPECT_EQ(word.at("minLength"), 1);
    EXPECT_EQ(short_type_name(typeid(Page<Clip>)), "Page_Clip");
}

TEST(Schema, PromisesAreKept) {
    EXPECT_TRUE(read_body<Clip>(kClip));
    auto const message = [](std::string_view from, std::string_view to) {
        std::string text(kClip);
        text.replace(text.find(from), from.size(), to);
        auto const read = read_body<Clip>(text);
        return read ? "" : read.error().message;
    };
    EXPECT_THAT(message("1,", "0,"), HasSubstr("/rank: must be at least 1"));
    EXPECT_THAT(message("1,", "11,"), HasSubstr("/rank: must be at most 10"));
    EXPECT_THAT(message("\"x\"", "\"\""), HasSubstr("/tags/0/word: must have at least 1 char"));
    EXPECT_THAT(message("\"x\"", "\"abcdef\""), HasSubstr("/tags/0/word"));
    EXPECT_EQ(message("\"x\"", "\"\u00e4\u00e4\u00e4\u00e4\u00e4\""), "")
        << "characters, not bytes";
    EXPECT_THAT(message("[{", R"([{"word": "y"}, {"word": "z"}, {)"),
                HasSubstr("/tags: must have"));
    EXPECT_THAT(message("\"name\"", "\"nam\""), HasSubstr("/name: is missing"));
}

TEST(Endpoint, ReadsTheBodyAndWritesTheAnswer) {
    auto const route = endpoint<Tag, Tag>(Method::Post, "/tags", {.access = Access::Public},
                                          {.id = "t", .tag = "t", .summary = "t"},
                                          [](Request const&, Tag const& tag) -> Result<Reply<Tag>> {
                                              Reply<Tag> out{.value = {tag.word + "!"}};
                                              out.headers.set("Location", "/tags/1");
                                              return out;
                                          });
    auto const& handler = std::get<Handler>(route.handler);
    Request request;
    request.body = R"({"word": "hi"})";
    auto const response = handler(request);
    ASSERT_TRUE(response);
    EXPECT_EQ(std::get<std::string>(response->body), R"({"word":"hi!"})");
    EXPECT_EQ(response->headers.find("Location"), "/tags/1");
    request.body = R"({"word": "hi", "more": 1})";
    EXPECT_THAT(handler(request).error().message, HasSubstr("/more: is not a known key"));
}

TEST(Router, FindsTheMostLiteralRoute) {
    auto const router = Router::build(
        {plain(Method::Get, "/clips/{clip_id}", "one"),
         plain(Method::Get, "/clips/import", "import"),
         plain(Method::Delete, "/clips/{id}", "drop"), plain(Method::Get, "/{rest...}", "files"),
         plain(Method::Head, "/up/{up_id}", "head"), plain(Method::Get, "/up/{up_id}", "get")});
    ASSERT_TRUE(router) << router.error().message;
    auto const id = [&](Method method, std::string_view path) {
        auto const match = router->match(method, path);
        return match.route ? match.route->docs.id : "";
    };
    EXPECT_EQ(id(Method::Get, "/clips/import"), "import");
    EXPECT_EQ(id(Method::Get, "/clips/7"), "one");
    EXPECT_EQ(id(Method::Delete, "/clips/7"), "drop");
    EXPECT_EQ(id(Method::Head, "/clips/7"), "one");
    EXPECT_EQ(id(Method::Head, "/up/7"), "head");
    EXPECT_EQ(id(Method::Get, "/a/b/c"), "files");
    EXPECT_EQ(id(Method::Get, "/clips/"), "files") << "an empty segment is no parameter";
    EXPECT_EQ(router->match(Method::Get, "/clips/7").params.at("clip_id"), "7");
    EXPECT_EQ(router->match(Method::Get, "/a/b/c").params.at("rest"), "a/b/c");
    auto const other = router->match(Method::Patch, "/up/1");
    EXPECT_EQ(other.route, nullptr);
    EXPECT_THAT(other.allowed,
                ::testing::UnorderedElementsAre(Method::Head, Method::Get, Method::Get));
}

TEST(Router, DoesNotStartWithAMistake) {
    auto const refused = [](std::vector<Route> routes) {
        auto const router = Router::build(std::move(routes));
        return router ? "started" : router.error().message;
    };
    auto changed = [](auto change) {
        auto route = plain(Method::Get, "/a", "a");
        change(route);
        return route;
    };
    EXPECT_EQ(refused({plain(Method::Get, "/a", "a")}), "started");
    EXPECT_THAT(refused({plain(Method::Get, "/a/{x}", "a"), plain(Method::Get, "/a/{y}", "b")}),
                HasSubstr("answers to the same"));
    EXPECT_THAT(refused({plain(Method::Get, "/a", "a"), plain(Method::Get, "/b", "a")}),
                HasSubstr("the id a is another"));
    EXPECT_THAT(refused({changed([](Route& r) { r.policy = {}; })}), HasSubstr("no access policy"));
    EXPECT_THAT(refused({changed([](Route& r) { r.policy = {.access = Access::Workspace}; })}),
                HasSubstr("needs {workspace_id}"));
    EXPECT_THAT(refused({changed([](Route& r) { r.policy.scope = "read"; })}), HasSubstr("scope"));
    EXPECT_THAT(refused({changed([](Route& r) { r.docs.id = ""; })}), HasSubstr("operation id"));
    EXPECT_THAT(refused({changed([](Route& r) { r.handler = Handler(); })}), HasSubstr("handler"));
    EXPECT_THAT(refused({changed([](Route& r) { r.pattern = "a"; })}), HasSubstr("slash"));
    EXPECT_THAT(refused({changed([](Route& r) { r.pattern = "/a{b}"; })}),
                HasSubstr("whole segment"));
    EXPECT_THAT(refused({changed([](Route& r) { r.pattern = "/{b...}/c"; })}),
                HasSubstr("the end"));
    EXPECT_THAT(refused({changed([](Route& r) { r.pattern = "/{b}/{b}"; })}), HasSubstr("name of"));
    EXPECT_THAT(refused({changed([](Route& r) {
                    r.answer = shape_of<Tag>();
                    r.docs.answer_example = R"({"word": 1})";
                })}),
                HasSubstr("answer example: at /word"));
}

std::vector<Route> sample_routes() {
    auto list = endpoint<void, Page<Clip>>(
        Method::Get, "/api/v1/workspaces/{workspace_id}/clips",
        {.access = Access::Workspace, .role = Role::Viewer, .scope = "read"},
        {.id = "list_clips", .tag = "clips", .summary = "List clips"},
        [](Request const&) -> Result<Page<Clip>> { return Page<Clip>(); },
        {.query = page_parameters()});
    auto make =
        endpoint<Clip, Clip>(Method::Post, "/api/v1/workspaces/{workspace_id}/clips",
                             {.access = Access::Workspace, .role = Role::Editor, .scope = "write"},
                             {.id = "create_clip",
                              .tag = "clips",
                              .summary = "Make a clip",
                              .request_example = std::string(kClip),
                              .answer_example = std::string(kClip),
                              .problems = {ErrorCode::QuotaReached}},
                             [](Request const&, Clip const& clip) -> Result<Clip> { return clip; },
                             {.success = 201, .idempotent = true});
    auto hidden = plain(Method::Get, "/{path...}", "page");
    hidden.docs.tag = "hidden";
    return {std::move(list), std::move(make), plain(Method::Get, "/health", "health"), hidden};
}

/// Every "$ref" below `value`.
void collect_refs(json::Value const& value, std::set<std::string>& out) {
    if (value.is_array())
        for (auto const& item : value.get_array()) collect_refs(item, out);
    if (!value.is_object()) return;
    for (auto const& [key, item] : value.get_object()) {
        if (key == "$ref") out.insert(std::string(item.as_string()));
        collect_refs(item, out);
    }
}

TEST(OpenApi, HoldsTogether) {
    auto const document = openapi(sample_routes(), {});
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(document->at("openapi"), "3.1.0");
    std::set<std::string> refs, ids;
    collect_refs(*document, refs);
    EXPECT_GE(refs.size(), 6U);
    for (auto const& name : refs) {
        boost::system::error_code ec;
        EXPECT_NE(document->find_pointer(name.substr(1), ec), nullptr) << name;
    }
    for (auto const& [path, operations] : document->at("paths").as_object())
        for (auto const& [method, operation] : operations.as_object()) {
            EXPECT_TRUE(ids.insert(std::string(operation.at("operationId").as_string())).second);
            std::set<std::string> declared, used;
            if (operation.as_object().contains("parameters"))
                for (auto const& p : operation.at("parameters").as_array())
                    if (p.at("in") == "path")
                        declared.insert(std::string(p.at("name").as_string()));
            for (auto const segment : Router::segments(path))
                if (auto const name = Router::parameter_name(segment); !name.empty())
                    used.insert(std::string(name));
            EXPECT_EQ(declared, used) << path;
            for (auto const& [status, answer] : operation.at("responses").as_object())
                EXPECT_TRUE(answer.as_object().contains("$ref") ||
                            answer.as_object().contains("description"));
        }
    EXPECT_THAT(ids, ElementsAre("create_clip", "health", "list_clips"));
    auto const& make =
        document->at("paths").at("/api/v1/workspaces/{workspace_id}/clips").at("post");
    EXPECT_TRUE(make.at("responses").as_object().contains("201"));
    EXPECT_TRUE(make.at("responses").as_object().contains("409"));
    EXPECT_EQ(make.at("requestBody").at("content").at("application/json").at("example").at("name"),
              "a");
}

namespace other {
struct Clip {
    int x = 0;
};
BOOST_DESCRIBE_STRUCT(Clip, (), (x))
}  // namespace other

TEST(OpenApi, TwoTypesWithOneNameAreAMistake) {
    auto routes = sample_routes();
    routes.push_back(endpoint<other::Clip, void>(
        Method::Put, "/x", {.access = Access::Public}, {.id = "x", .tag = "x", .summary = "x"},
        [](Request const&, other::Clip const&) -> Result<> { return {}; }));
    auto const document = openapi(routes, {});
    ASSERT_FALSE(document);
    EXPECT_THAT(document.error().message, HasSubstr("Clip"));
}

}  // namespace
}  // namespace aiditor::api
