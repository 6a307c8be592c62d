#include "service/api/authorise.hpp"

#include "service/api/problem.hpp"

#include <array>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace aiditor::api {
namespace {

constexpr std::array kAccesses{Access::Public, Access::SignedIn, Access::Workspace,
                               Access::Operator, Access::Share};
constexpr std::array kRoles{Role::Viewer, Role::Editor, Role::Admin, Role::Owner};
constexpr std::array kKinds{PrincipalKind::Anonymous, PrincipalKind::User, PrincipalKind::ApiKey,
                            PrincipalKind::ShareLink};

ErrorCode code_of(Result<> const& result) {
    return result ? ErrorCode::Internal : result.error().code;
}

/// One combination of everything that matters.
struct Case {
    Access access;
    Role needed;
    bool takes_keys;
    PrincipalKind kind;
    std::optional<Role> has;                          // in the workspace that is asked for
    bool has_scope, is_operator, second_factor, own;  // own: the key's workspace, the link's object
};

/// What must come of it, written as a table of its own; 0 is yes.
int expected(Case const& c) {
    bool const user = c.kind == PrincipalKind::User, key = c.kind == PrincipalKind::ApiKey;
    if (c.access == Access::Public) return 0;
    if (c.access == Access::Share) return c.kind == PrincipalKind::ShareLink && c.own ? 0 : 404;
    if (c.kind == PrincipalKind::Anonymous) return 401;
    if (c.kind == PrincipalKind::ShareLink) return 403;
    if (c.access == Access::SignedIn) return user ? 0 : 403;
    if (c.access == Access::Operator) return user && c.is_operator && c.second_factor ? 0 : 403;
    if ((key && !c.own) || !c.has) return 404;
    if (*c.has < c.needed) return 403;
    return user || (c.takes_keys && c.has_scope) ? 0 : 403;
}

int actual(Case const& c) {
    Principal principal{.kind = c.kind,
                        .user_id = "user_1",
                        .workspace_id = c.own ? "ws_1" : "ws_2",
                        .share_id = c.own ? "share_1" : "share_2",
                        .is_operator = c.is_operator,
                        .second_factor = c.second_factor,
                        .scopes = {c.has_scope ? "write" : "read"}};
    Request request;
    request.params = {{"workspace_id", "ws_1"}, {"share_id", "share_1"}};
    Policy const policy{.access = c.access, .role = c.needed, .scope = c.takes_keys ? "write" : ""};
    auto const done = authorise(
        principal, policy, request,
        [&](std::string const& user, std::string const& workspace) -> Result<std::optional<Role>> {
            EXPECT_EQ(user, "user_1");
            EXPECT_EQ(workspace, "ws_1");
            return c.has;
        });
    return done ? 0 : problem_kind(done.error().code).status;
}

TEST(Authorise, EveryCombinationIsDecidedByTheTable) {
    int cases = 0, allowed = 0;
    for (auto const access : kAccesses)
        for (auto const needed : kRoles)
            for (auto const kind : kKinds)
                for (int has = 0; has <= 4; ++has)
                    for (int bits = 0; bits < 32; ++bits) {
                        Case const c{
                            .access = access,
                            .needed = needed,
                            .takes_keys = (bits & 1) != 0,
                            .kind = kind,
                            .has = has == 0 ? std::nullopt : std::optional(static_cast<Role>(has)),
                            .has_scope = (bits & 2) != 0,
                            .is_operator = (bits & 4) != 0,
                            .second_factor = (bits & 8) != 0,
                            .own = (bits & 16) != 0};
                        ASSERT_EQ(actual(c), expected(c))
                            << fmt::format("access {} needed {} kind {} has {} bits {:05b}",
                                           static_cast<int>(access), static_cast<int>(needed),
                                           static_cast<int>(kind), has, bits);
                        ++cases;
                        allowed += expected(c) == 0 ? 1 : 0;
                    }
    EXPECT_EQ(cases, 5 * 4 * 4 * 5 * 32);
    EXPECT_GT(allowed, 0);
}

TEST(Authorise, AWorkspaceThatIsNotInThePathIsNobodys) {
    Principal const user{.kind = PrincipalKind::User, .user_id = "user_1"};
    auto const done = authorise(user, {.access = Access::Workspace}, Request(),
                                [](auto const&, auto const&) { return Role::Owner; });
    EXPECT_EQ(code_of(done), ErrorCode::NotFound);
}

TEST(Authorise, AStoreThatFailsLetsNobodyIn) {
    Principal const user{.kind = PrincipalKind::User, .user_id = "user_1"};
    Request request;
    request.params = {{"workspace_id", "ws_1"}};
    auto const done = authorise(user, {.access = Access::Workspace}, request,
                                [](auto const&, auto const&) -> Result<std::optional<Role>> {
                                    return fail(ErrorCode::Unavailable, "away");
                                });
    EXPECT_EQ(code_of(done), ErrorCode::Unavailable);
}

TEST(Problem, EveryCodeHasItsStatusAndTitle) {
    for (int i = 0; i < 10'000; ++i) {
        auto const code = static_cast<ErrorCode>(i);
        if (code_name(code) == "internal" && code != ErrorCode::Internal) continue;  // no such code
        EXPECT_EQ(problem_kind(code).code, code) << code_name(code) << " is not in the table";
        EXPECT_GE(problem_kind(code).status, 400);
        EXPECT_FALSE(problem_kind(code).title.empty());
    }
}

TEST(Problem, TellsWhatIsWrongButNotWhatFailedInside) {
    auto const text = [](Response const& r) { return std::get<std::string>(r.body); };
    auto const wrong =
        problem_response(json::bad("/clips/3/start_s", "must not be negative").error(), "req_1");
    EXPECT_EQ(wrong.status, 400);
    EXPECT_EQ(wrong.headers.find("Content-Type"), "application/problem+json");
    auto const problem = json::from_text<Problem>(text(wrong));
    ASSERT_TRUE(problem) << problem.error().message;
    EXPECT_EQ(problem->type, "/docs/problems#bad_json");
    EXPECT_EQ(problem->request_id, "req_1");
    ASSERT_TRUE(problem->errors);
    EXPECT_EQ(problem->errors->at(0).pointer, "/clips/3/start_s");
    EXPECT_EQ(problem->errors->at(0).detail, "must not be negative");

    for (auto const code : {ErrorCode::Internal, ErrorCode::Unreadable, ErrorCode::Unwritable}) {
        auto const inside = problem_response({code, "SELECT secret FROM /var/lib"}, "req_2");
        EXPECT_EQ(inside.status, 500);
        EXPECT_THAT(text(inside), ::testing::Not(::testing::HasSubstr("secret")));
        EXPECT_THAT(text(inside), ::testing::HasSubstr("req_2"));
    }
}

}  // namespace
}  // namespace aiditor::api
