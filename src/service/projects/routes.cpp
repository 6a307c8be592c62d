#include "service/projects/routes.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace aiditor::projects {
namespace {

using api::Access;
using api::Method;
using api::Page;
using api::Policy;
using api::Reply;
using api::Request;
using api::Response;
using api::Role;
using api::Route;

constexpr Policy kRead{.access = Access::Workspace, .role = Role::Viewer, .scope = "read"};
constexpr Policy kWrite{.access = Access::Workspace, .role = Role::Editor, .scope = "write"};
constexpr std::size_t kMostAnalysisBytes = 64U << 20, kMostPlanBytes = 1U << 20;
constexpr std::int64_t kLongestShareS = 366LL * 24 * 3600;

std::string const kBase = "/api/v1/workspaces/{workspace_id}";

// ---- what goes over the wire -------------------------------------------------------------------

struct PlanInfo {
    std::string id, project_id;
    std::int64_t number = 0;
    std::string made_by;
    std::int64_t created_at_us = 0;
};
BOOST_DESCRIBE_STRUCT(PlanInfo, (), (id, project_id, number, made_by, created_at_us))

struct NewMontage {
    std::optional<std::string> plan_id;  ///< absent: planned by the project's wishes
};
BOOST_DESCRIBE_STRUCT(NewMontage, (), (plan_id))

struct MontageFileInfo {
    std::string format, url;
    std::int64_t size = 0;
    std::string sha256;
};
BOOST_DESCRIBE_STRUCT(MontageFileInfo, (), (format, url, size, sha256))

struct MontageInfo {
    std::string id, project_id, plan_id, job_id;
    MontageState state = MontageState::Rendering;
    std::vector<MontageFileInfo> files;
    std::optional<std::string> problem;
    std::int64_t created_at_us = 0;
};
BOOST_DESCRIBE_STRUCT(MontageInfo, (),
                      (id, project_id, plan_id, job_id, state, files, problem, created_at_us))

struct NewLink {
    std::optional<std::int64_t> expires_in_s;
    [[nodiscard]] Result<> validate(std::string const& pointer) const {
        if (!expires_in_s || (*expires_in_s >= 60 && *expires_in_s <= kLongestShareS)) return {};
        return json::bad(json::join_pointer(pointer, "expires_in_s"),
                         "must be from 60 seconds to 366 days");
    }
};
BOOST_DESCRIBE_STRUCT(NewLink, (), (expires_in_s))

struct Link {
    std::string id, montage_id;
    std::int64_t created_at_us = 0;
    std::optional<std::int64_t> expires_at_us;
    std::optional<std::string> token;  ///< only when it is made: it is kept nowhere
};
BOOST_DESCRIBE_STRUCT(Link, (), (id, montage_id, created_at_us, expires_at_us, token))

struct SharedMontage {
    std::string project;
    std::vector<MontageFileInfo> files;
};
BOOST_DESCRIBE_STRUCT(SharedMontage, (), (project, files))

PlanInfo info(Plan const& plan) {
    return {plan.id, plan.project_id, plan.number, plan.made_by, plan.created_at_us};
}

std::vector<MontageFileInfo> files_of(Montage const& montage, std::string const& where) {
    std::vector<MontageFileInfo> out;
    for (auto const& file : montage.files)
        out.push_back({file.format, where + "/files/" + file.format, file.size, file.sha256});
    return out;
}

MontageInfo info(Montage const& m, std::string const& workspace) {
    auto const where = fmt::format("/api/v1/workspaces/{}/montages/{}", workspace, m.id);
    return {.id = m.id,
            .project_id = m.project_id,
            .plan_id = m.plan_id,
            .job_id = m.job_id,
            .state = m.state,
            .files = files_of(m, where),
            .problem = m.problem,
            .created_at_us = m.created_at_us};
}

Link info(Share const& share) {
    return {share.id, share.montage_id, share.created_at_us, share.expires_at_us, std::nullopt};
}

std::string etag(std::int64_t version) { return fmt::format("\"{}\"", version); }

/// Of an If-Match that names one version. Errors: Stale for another form.
Result<std::int64_t> version_of(Request const& request) {
    auto const header = request.headers.find("If-Match");
    if (!header)
        return fail(ErrorCode::Stale, "send If-Match with the ETag of the version you changed");
    std::int64_t version = 0;
    auto const text = header->size() > 2 ? header->substr(1, header->size() - 2) : "";
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (ec != std::errc() || end != text.data() + text.size() || etag(version) != *header)
        return fail(ErrorCode::Stale, "If-Match: is not the ETag of a version of this project");
    return version;
}

Reply<Project> with_etag(Project project, int status = 0) {
    Reply<Project> out{.value = std::move(project), .headers = {}, .status = status};
    out.headers.set("ETag", etag(out.value.version));
    return out;
}

// ---- the work ----------------------------------------------------------------------------------

class Endpoints {
public:
    explicit Endpoints(Deps const& deps) : deps_(deps) {}

    template <class F>
    auto read(F const& work) const {
        return deps_.database.read(work);
    }
    template <class F>
    auto write(F const& work) const {
        return deps_.database.write(work);
    }

    [[nodiscard]] Result<std::vector<Source>> sources_of(Request const& request) const {
        return read([&](db::Session& s) -> Result<std::vector<Source>> {
            TRY_VOID(find(s, request.param("workspace_id"), request.param("project_id")));
            return sources(s, request.param("project_id"));
        });
    }

    /// The clips of a project that were measured, as the planner takes them.
    [[nodiscard]] Result<std::vector<std::string>> analyses(Request const& request) const {
        auto const found = TRY(sources_of(request));
        std::vector<std::string> out;
        for (auto const& source : found) {
            if (!source.analysis_key) continue;
            auto const fd = TRY(deps_.store.open(*source.analysis_key));
            out.push_back(TRY(read_all(fd.get(), kMostAnalysisBytes)));
        }
        if (out.empty())
            return fail(ErrorCode::Conflict, found.empty() ? "the project has no clips yet"
                                                           : "no clip of the project is ready yet");
        return out;
    }

    [[nodiscard]] Result<Project> project(Request const& request) const {
        return read([&](db::Session& s) {
            return find(s, request.param("workspace_id"), request.param("project_id"));
        });
    }
    [[nodiscard]] Result<Montage> montage_of(Request const& request) const {
        return read([&](db::Session& s) {
            return find_montage(s, request.param("workspace_id"), request.param("montage_id"));
        });
    }
    [[nodiscard]] Result<Wishes> wishes(Request const& request) const {
        return TRY(project(request)).wishes;
    }

    [[nodiscard]] Result<json::Value> planned(Request const& request, Wishes const& wishes) const {
        auto const texts = TRY(analyses(request));
        auto const found = TRY(deps_.planner.highlights(texts, wishes));
        return deps_.planner.plan(found, wishes);
    }

    [[nodiscard]] Result<Plan> keep_plan(Request const& request, json::Value const& plan) const {
        return write([&](db::Session& s) {
            return add_plan(s, request.param("workspace_id"), request.param("project_id"),
                            json::print(plan, json::Layout::OneLine), request.principal.user_id);
        });
    }

    [[nodiscard]] Result<MontageInfo> montage(Request const& request,
                                              NewMontage const& body) const {
        auto const& workspace = request.param("workspace_id");
        auto plan_id = body.plan_id;
        if (!plan_id) {
            auto const wished = TRY(wishes(request));
            auto const plan = TRY(planned(request, wished));
            plan_id = TRY(keep_plan(request, plan)).id;
        }
        auto const made = write([&](db::Session& s) -> Result<Montage> {
            auto const plan = TRY(find_plan(s, workspace, *plan_id));
            if (plan.project_id != request.param("project_id"))
                return fail(ErrorCode::NotFound, "the project has no such plan");
            return start_montage(s, workspace, *plan_id);
        });
        if (!made) return std::unexpected(made.error());
        if (deps_.work_came) deps_.work_came();
        return info(*made, workspace);
    }

    [[nodiscard]] Result<Response> file(Montage const& montage, std::string_view format) const {
        auto const file = std::ranges::find(montage.files, format, &MontageFile::format);
        if (file == montage.files.end())
            return fail(ErrorCode::NotFound, "the montage has no file of this format");
        Response out;
        out.headers.set("Content-Type", "video/mp4");
        out.headers.set("Content-Disposition",
                        fmt::format("inline; filename=\"montage-{}.mp4\"", file->format));
        out.body = api::FileBody{.file = TRY(deps_.store.open(file->key)),
                                 .size = file->size,
                                 .etag = "\"" + file->sha256 + "\""};
        return out;
    }

    [[nodiscard]] Result<> drop(db::Session& s, std::vector<MontageFile> const& files) const {
        for (auto const& file : files) TRY_VOID(deps_.unwanted(s, file.key));
        return {};
    }

    [[nodiscard]] Result<Montage> shared(Request const& request, db::Session& s) const {
        auto const link = TRY(find_share(s, request.param("token")));
        return find_montage(s, link.workspace_id, link.montage_id);
    }

    Deps const& deps_;
};

template <class T>
Page<T> page_of(std::vector<T> items, std::int64_t limit, auto const& cursor) {
    Page<T> out{.items = std::move(items), .next_cursor = {}};
    if (static_cast<std::int64_t>(out.items.size()) > limit) {
        out.items.pop_back();
        out.next_cursor = cursor(out.items.back());
    }
    return out;
}

Response text_of(json::Value const& value) {
    Response out;
    out.body = json::print(value, json::Layout::OneLine);
    return out;
}

/// Where moments are looked for: clips that are not ready, and clips without any.
std::vector<ErrorCode> planning() { return {ErrorCode::Conflict, ErrorCode::NothingToDo}; }

api::RouteDocs docs(std::string id, std::string summary, std::string request = "",
                    std::vector<ErrorCode> problems = {}) {
    return {.id = std::move(id),
            .tag = "projects",
            .summary = std::move(summary),
            .request_example = std::move(request),
            .problems = std::move(problems)};
}

constexpr char const* kWishesExample =
    R"({"length_s": 60, "formats": ["landscape"], "order": "time", "weights": {}, "fill": true})";

void add_projects(std::vector<Route>& out, Endpoints const& e) {
    out.push_back(api::endpoint<void, Page<Project>>(
        Method::Get, kBase + "/projects", kRead, docs("list_projects", "Projects, newest first"),
        [e](Request const& r) -> Result<Page<Project>> {
            auto const limit = api::page_limit(r);
            auto items = TRY(e.read([&](db::Session& s) {
                return list(s, r.param("workspace_id"), r.query_text("cursor").value_or(""),
                            limit + 1);
            }));
            return page_of(std::move(items), limit, [](Project const& p) { return p.id; });
        },
        {.query = api::page_parameters()}));
    out.push_back(api::endpoint<ProjectDraft, Project>(
        Method::Post, kBase + "/projects", kWrite,
        docs("create_project", "Make a project", R"({"name": "Friday night"})"),
        [e](Request const& r, ProjectDraft const& draft) -> Result<Reply<Project>> {
            return with_etag(TRY(e.write(
                [&](db::Session& s) { return create(s, r.param("workspace_id"), draft); })));
        },
        {.success = 201, .idempotent = true}));
    out.push_back(api::endpoint<void, Project>(Method::Get, kBase + "/projects/{project_id}", kRead,
                                               docs("get_project", "One project with its clips"),
                                               [e](Request const& r) -> Result<Reply<Project>> {
                                                   return with_etag(TRY(e.read([&](db::Session& s) {
                                                       return find(s, r.param("workspace_id"),
                                                                   r.param("project_id"));
                                                   })));
                                               }));
    out.push_back(api::endpoint<ProjectDraft, Project>(
        Method::Put, kBase + "/projects/{project_id}", kWrite,
        docs("change_project", "Change name, wishes or clips; needs If-Match",
             R"({"name": "Saturday night"})", {ErrorCode::Stale}),
        [e](Request const& r, ProjectDraft const& draft) -> Result<Reply<Project>> {
            auto const version = TRY(version_of(r));
            return with_etag(TRY(e.write([&](db::Session& s) {
                return change(s, r.param("workspace_id"), r.param("project_id"), version, draft);
            })));
        }));
    out.push_back(api::endpoint<void, void>(
        Method::Delete, kBase + "/projects/{project_id}", kWrite,
        docs("remove_project", "Remove a project with its plans, montages and links"),
        [e](Request const& r) -> Result<> {
            return e.write([&](db::Session& s) -> Result<> {
                return e.drop(s, TRY(remove(s, r.param("workspace_id"), r.param("project_id"))));
            });
        }));
}

/// Answers that are values of the engine, printed as the command line prints them.
Route value_route(Method method, std::string pattern, Policy policy, api::RouteDocs route_docs,
                  std::optional<api::Shape> request, std::size_t most_body, api::Handler handler) {
    return {.method = method,
            .pattern = std::move(pattern),
            .policy = policy,
            .docs = std::move(route_docs),
            .rules = {.success = 200, .most_body_bytes = most_body},
            .request = std::move(request),
            .answer = std::nullopt,
            .handler = std::move(handler)};
}

Route film_route(std::string pattern, Policy policy, api::RouteDocs route_docs,
                 api::Handler handler) {
    auto out = value_route(Method::Get, std::move(pattern), policy, std::move(route_docs),
                           std::nullopt, 0, std::move(handler));
    out.rules.answer_type = "video/mp4";
    return out;
}

void add_plans(std::vector<Route>& out, Endpoints const& e) {
    auto const highlights = kBase + "/projects/{project_id}/highlights";
    out.push_back(value_route(
        Method::Get, highlights, kRead,
        docs("get_highlights", "The moments, and why (aiditor.highlights)", "", planning()),
        std::nullopt, 0, [e](Request const& r) -> Result<Response> {
            auto const texts = TRY(e.analyses(r));
            auto const wishes = TRY(e.wishes(r));
            return text_of(TRY(e.deps_.planner.highlights(texts, wishes)));
        }));
    out.push_back(
        value_route(Method::Post, highlights, kRead,
                    docs("try_highlights", "The moments by other wishes, which are not kept",
                         kWishesExample, planning()),
                    api::shape_of<Wishes>(), api::kOrdinaryBodyBytes,
                    [e](Request const& r) -> Result<Response> {
                        auto const wishes = TRY(api::read_body<Wishes>(r.body));
                        auto const texts = TRY(e.analyses(r));
                        return text_of(TRY(e.deps_.planner.highlights(texts, wishes)));
                    }));
    auto const plans = kBase + "/projects/{project_id}/plans";
    out.push_back(api::endpoint<Wishes, PlanInfo>(
        Method::Post, plans, kWrite,
        docs("make_plan", "Plan a montage by wishes; the plan is kept", kWishesExample, planning()),
        [e](Request const& r, Wishes const& wishes) -> Result<PlanInfo> {
            auto const plan = TRY(e.planned(r, wishes));
            return info(TRY(e.keep_plan(r, plan)));
        },
        {.success = 201, .idempotent = true}));
    out.push_back(api::endpoint<void, Page<PlanInfo>>(
        Method::Get, plans, kRead, docs("list_plans", "Plans, newest first"),
        [e](Request const& r) -> Result<Page<PlanInfo>> {
            auto const limit = api::page_limit(r);
            std::int64_t before = 0;
            auto const cursor = r.query_text("cursor").value_or("");
            std::from_chars(cursor.data(), cursor.data() + cursor.size(), before);
            TRY_VOID(e.project(r));
            auto const found = TRY(e.read([&](db::Session& s) {
                return list_plans(s, r.param("project_id"), before, limit + 1);
            }));
            std::vector<PlanInfo> items;
            for (auto const& plan : found) items.push_back(info(plan));
            return page_of(std::move(items), limit,
                           [](PlanInfo const& p) { return std::to_string(p.number); });
        },
        {.query = api::page_parameters()}));
    out.push_back(
        value_route(Method::Get, kBase + "/plans/{plan_id}", kRead,
                    docs("get_plan", "What a plan shows, frame by frame (aiditor.edit_plan)"),
                    std::nullopt, 0, [e](Request const& r) -> Result<Response> {
                        auto const plan = TRY(e.read([&](db::Session& s) {
                            return find_plan(s, r.param("workspace_id"), r.param("plan_id"));
                        }));
                        Response answer;
                        answer.headers.set("ETag", "\"" + plan.id + "\"");
                        answer.body = plan.text;
                        return answer;
                    }));
    out.push_back(value_route(
        Method::Post, kBase + "/projects/{project_id}/edited_plans", kWrite,
        docs("keep_plan", "Keep a plan changed by hand as a new version (aiditor.edit_plan)"),
        std::nullopt, kMostPlanBytes, [e](Request const& r) -> Result<Response> {
            auto const plan = TRY(json::parse(r.body));
            auto const known = TRY(e.sources_of(r));
            TRY_VOID(e.deps_.planner.check(plan, known));
            return text_of(json::to_value(info(TRY(e.keep_plan(r, plan)))));
        }));
}

void add_montages(std::vector<Route>& out, Endpoints const& e) {
    auto const of_project = kBase + "/projects/{project_id}/montages";
    auto const one = kBase + "/montages/{montage_id}";
    out.push_back(api::endpoint<NewMontage, MontageInfo>(
        Method::Post, of_project, kWrite,
        docs("make_montage", "Render a plan; by the project's wishes where none is named", "{}",
             planning()),
        [e](Request const& r, NewMontage const& body) { return e.montage(r, body); },
        {.success = 202, .idempotent = true}));
    out.push_back(api::endpoint<void, Page<MontageInfo>>(
        Method::Get, of_project, kRead, docs("list_montages", "Montages, newest first"),
        [e](Request const& r) -> Result<Page<MontageInfo>> {
            auto const limit = api::page_limit(r);
            TRY_VOID(e.project(r));
            auto const found = TRY(e.read([&](db::Session& s) {
                return list_montages(s, r.param("project_id"), r.query_text("cursor").value_or(""),
                                     limit + 1);
            }));
            std::vector<MontageInfo> items;
            for (auto const& m : found) items.push_back(info(m, r.param("workspace_id")));
            return page_of(std::move(items), limit, [](MontageInfo const& m) { return m.id; });
        },
        {.query = api::page_parameters()}));
    out.push_back(api::endpoint<void, MontageInfo>(
        Method::Get, one, kRead, docs("get_montage", "One montage"),
        [e](Request const& r) -> Result<MontageInfo> {
            return info(TRY(e.montage_of(r)), r.param("workspace_id"));
        }));
    out.push_back(api::endpoint<void, void>(
        Method::Delete, one, kWrite, docs("remove_montage", "Remove a montage and its links"),
        [e](Request const& r) -> Result<> {
            return e.write([&](db::Session& s) -> Result<> {
                return e.drop(
                    s, TRY(remove_montage(s, r.param("workspace_id"), r.param("montage_id"))));
            });
        }));
    out.push_back(film_route(one + "/files/{format}", kRead,
                             docs("get_montage_file", "The film; takes ranges"),
                             [e](Request const& r) -> Result<Response> {
                                 return e.file(TRY(e.montage_of(r)), r.param("format"));
                             }));
}

void add_shares(std::vector<Route>& out, Endpoints const& e) {
    auto const of_montage = kBase + "/montages/{montage_id}/shares";
    out.push_back(api::endpoint<NewLink, Link>(
        Method::Post, of_montage, kWrite,
        docs("share_montage", "Make a link that shows a montage to whoever has it",
             R"({"expires_in_s": 604800})", {ErrorCode::Conflict}),
        [e](Request const& r, NewLink const& body) -> Result<Link> {
            std::optional<std::int64_t> expires;
            if (body.expires_in_s)
                expires = e.deps_.clock.now() + *body.expires_in_s * kMicrosPerSecond;
            auto const made = TRY(e.write([&](db::Session& s) {
                return share(s, r.param("workspace_id"), r.param("montage_id"), r.principal.user_id,
                             expires);
            }));
            auto link = info(made.share);
            link.token = made.token;
            return link;
        },
        {.success = 201, .idempotent = true}));
    out.push_back(api::endpoint<void, Page<Link>>(
        Method::Get, of_montage, kRead, docs("list_shares", "Live links to a montage"),
        [e](Request const& r) -> Result<Page<Link>> {
            Page<Link> page;
            TRY_VOID(e.montage_of(r));
            auto const found =
                TRY(e.read([&](db::Session& s) { return list_shares(s, r.param("montage_id")); }));
            for (auto const& one : found) page.items.push_back(info(one));
            return page;
        }));
    out.push_back(api::endpoint<void, void>(
        Method::Delete, kBase + "/shares/{share_id}", kWrite, docs("revoke_share", "End a link"),
        [e](Request const& r) -> Result<> {
            return e.write([&](db::Session& s) {
                return revoke_share(s, r.param("workspace_id"), r.param("share_id"));
            });
        }));
    // Whoever has the token may see: one function decides for everything that a link shows.
    Policy const open{.access = Access::Public};
    out.push_back(api::endpoint<void, SharedMontage>(
        Method::Get, "/api/v1/shared/{token}", open, docs("get_shared", "What a link shows"),
        [e](Request const& r) -> Result<SharedMontage> {
            return e.read([&](db::Session& s) -> Result<SharedMontage> {
                auto const link = TRY(find_share(s, r.param("token")));
                auto const montage = TRY(e.shared(r, s));
                auto const project = TRY(find(s, link.workspace_id, montage.project_id));
                return SharedMontage{project.name,
                                     files_of(montage, "/api/v1/shared/" + r.param("token"))};
            });
        }));
    out.push_back(film_route("/api/v1/shared/{token}/files/{format}", open,
                             docs("get_shared_file", "The film of a link; takes ranges"),
                             [e](Request const& r) -> Result<Response> {
                                 return e.file(
                                     TRY(e.read([&](db::Session& s) { return e.shared(r, s); })),
                                     r.param("format"));
                             }));
}

}  // namespace

std::vector<Route> routes(Deps const& deps) {
    std::vector<Route> out;
    Endpoints const endpoints(deps);
    add_projects(out, endpoints);
    add_plans(out, endpoints);
    add_montages(out, endpoints);
    add_shares(out, endpoints);
    return out;
}

}  // namespace aiditor::projects
