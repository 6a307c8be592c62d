#include "service/jobs/routes.hpp"

#include "service/events/events.hpp"

#include <charconv>
#include <fmt/format.h>

namespace aiditor::jobs {
namespace {

using api::Access;
using api::Method;
using api::Page;
using api::Policy;
using api::Request;
using api::Response;
using api::Role;
using api::Route;

constexpr Policy kRead{.access = Access::Workspace, .role = Role::Viewer, .scope = "read"};
constexpr Policy kWrite{.access = Access::Workspace, .role = Role::Editor, .scope = "write"};
constexpr Policy kOperator{.access = Access::Operator};

std::string const kBase = "/api/v1/workspaces/{workspace_id}";

struct JobInfo {
    std::string id, kind, subject_id;
    State state = State::Queued;
    std::string stage;    ///< of the present attempt
    double fraction = 0;  ///< of that stage, 0..1
    bool cancel_requested = false;
    std::optional<std::string> error_code, error_text;
    std::int64_t attempts = 0, crashes = 0, created_at_us = 0;
    std::optional<std::int64_t> started_at_us, ended_at_us;
};
BOOST_DESCRIBE_STRUCT(JobInfo, (),
                      (id, kind, subject_id, state, stage, fraction, cancel_requested, error_code,
                       error_text, attempts, crashes, created_at_us, started_at_us, ended_at_us))

struct EventInfo {
    std::int64_t seq = 0, at_us = 0;
    std::string kind, subject_id;
};
BOOST_DESCRIBE_STRUCT(EventInfo, (), (seq, at_us, kind, subject_id))

struct EventPage {
    std::vector<EventInfo> events;
    bool reset = false;       ///< some were forgotten: read the state anew
    std::int64_t newest = 0;  ///< go on after this
};
BOOST_DESCRIBE_STRUCT(EventPage, (), (events, reset, newest))

JobInfo info(Job const& job) {
    return {.id = job.id,
            .kind = job.kind,
            .subject_id = job.subject_id,
            .state = job.state,
            .stage = job.stage,
            .fraction = job.fraction,
            .cancel_requested = job.cancel_requested,
            .error_code = job.error_code,
            .error_text = job.error_text,
            .attempts = job.attempts,
            .crashes = job.crashes,
            .created_at_us = job.created_at_us,
            .started_at_us = job.started_at_us,
            .ended_at_us = job.ended_at_us};
}

Page<JobInfo> page_of(std::vector<Job> const& jobs, std::int64_t limit) {
    Page<JobInfo> out;
    for (auto const& job : jobs) out.items.push_back(info(job));
    if (static_cast<std::int64_t>(out.items.size()) > limit) {
        out.items.pop_back();
        out.next_cursor = out.items.back().id;
    }
    return out;
}

api::RouteDocs docs(std::string id, std::string summary, std::string details = "",
                    std::vector<ErrorCode> problems = {}) {
    return {.id = std::move(id),
            .tag = "jobs",
            .summary = std::move(summary),
            .details = std::move(details),
            .problems = std::move(problems)};
}

std::int64_t number_of(std::string_view text, std::int64_t otherwise) {
    std::int64_t out = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    return ec == std::errc() && end == text.data() + text.size() && out >= 0 ? out : otherwise;
}

/// Events and the progress of running jobs, from where the reader was. Progress is not in the log:
/// it is told when it changed, under the number of the last event.
class Stream {
public:
    Stream(db::Database& database, std::string workspace, std::optional<std::int64_t> seq)
        : database_(database), workspace_(std::move(workspace)), seq_(seq) {}

    Result<std::vector<api::EventSource::Event>> next() {
        return database_.read([&](db::Session& s) { return look(s); });
    }

private:
    using Event = api::EventSource::Event;

    Result<std::vector<Event>> look(db::Session& s) {
        std::vector<Event> out;
        auto const replay = TRY(events::since(s, workspace_, seq_.value_or(0)));
        bool const is_new = !seq_;  // a reader without a past begins now
        if (is_new || replay.is_reset) {
            seq_ = replay.newest;
            auto const data = fmt::format("{{\"newest\":{}}}", replay.newest);
            out.push_back({std::to_string(replay.newest), is_new ? "hello" : "reset", data});
        } else {
            for (auto const& event : replay.events) {
                seq_ = event.seq;
                json::Object data{{"seq", event.seq},
                                  {"at_us", event.at_us},
                                  {"kind", event.kind},
                                  {"subject_id", event.subject_id}};
                if (auto const more = json::parse(event.data); more && more->is_object())
                    data["data"] = *more;
                out.push_back(
                    {std::to_string(event.seq), event.kind, boost::json::serialize(data)});
            }
        }
        TRY_VOID(tell_progress(s, out));
        return out;
    }

    Result<> tell_progress(db::Session& s, std::vector<Event>& out) {
        std::map<std::string, std::string> now;
        for (auto const& job : TRY(running(s, workspace_))) {
            json::Object const data{{"job_id", job.id},
                                    {"kind", job.kind},
                                    {"subject_id", job.subject_id},
                                    {"stage", job.stage},
                                    {"fraction", job.fraction}};
            auto text = boost::json::serialize(data);
            if (told_[job.id] != text) out.push_back({std::to_string(*seq_), "job.progress", text});
            now[job.id] = std::move(text);
        }
        told_ = std::move(now);
        return {};
    }

    db::Database& database_;
    std::string workspace_;
    std::optional<std::int64_t> seq_;
    std::map<std::string, std::string> told_;  ///< last progress by job
};

Result<Response> stream(db::Database& database, Request const& r) {
    auto const last = r.headers.find("Last-Event-ID");
    std::optional<std::int64_t> after = r.query_number("after");
    if (last) after = number_of(*last, 0);
    auto const reader = std::make_shared<Stream>(database, r.param("workspace_id"), after);
    Response out;
    out.body = api::EventSource{.next = [reader] { return reader->next(); },
                                .topic = r.param("workspace_id"),
                                .pause = std::chrono::milliseconds(1000)};
    return out;
}

}  // namespace

std::vector<Route> routes(Deps const& deps) {
    std::vector<Route> out;
    out.push_back(api::endpoint<void, Page<JobInfo>>(
        Method::Get, kBase + "/jobs", kRead, docs("list_jobs", "Jobs, newest first"),
        [&deps](Request const& r) -> Result<Page<JobInfo>> {
            auto const limit = api::page_limit(r);
            return page_of(TRY(deps.database.read([&](db::Session& s) {
                               return list(s, r.param("workspace_id"),
                                           r.query_text("cursor").value_or(""), limit + 1);
                           })),
                           limit);
        },
        {.query = api::page_parameters()}));
    out.push_back(api::endpoint<void, JobInfo>(
        Method::Get, kBase + "/jobs/{job_id}", kRead, docs("get_job", "How far a job is"),
        [&deps](Request const& r) -> Result<JobInfo> {
            return info(TRY(deps.database.read([&](db::Session& s) {
                return find(s, r.param("workspace_id"), r.param("job_id"));
            })));
        }));
    out.push_back(api::endpoint<void, void>(
        Method::Post, kBase + "/jobs/{job_id}/cancel", kWrite,
        docs("cancel_job", "Cancel a job", "A running job ends within two seconds.",
             {ErrorCode::Conflict}),
        [&deps](Request const& r) -> Result<> {
            return deps.database.write([&](db::Session& s) {
                return cancel(s, r.param("workspace_id"), r.param("job_id"), deps.tidy);
            });
        }));
    out.push_back(api::endpoint<void, void>(
        Method::Post, kBase + "/jobs/{job_id}/rerun", kWrite,
        docs("rerun_job", "Run a job again that failed or was cancelled", "",
             {ErrorCode::Conflict}),
        [&deps](Request const& r) -> Result<> {
            TRY_VOID(deps.database.write([&](db::Session& s) {
                return rerun(s, r.param("workspace_id"), r.param("job_id"));
            }));
            if (deps.work_came) deps.work_came();
            return {};
        }));
    out.push_back(api::endpoint<void, EventPage>(
        Method::Get, kBase + "/events", kRead,
        docs("list_events", "What happened after a number; for polling"),
        [&deps](Request const& r) -> Result<EventPage> {
            auto const replay = TRY(deps.database.read([&](db::Session& s) {
                return events::since(s, r.param("workspace_id"),
                                     r.query_number("after").value_or(0));
            }));
            EventPage page{.events = {}, .reset = replay.is_reset, .newest = replay.newest};
            for (auto const& e : replay.events)
                page.events.push_back({e.seq, e.at_us, e.kind, e.subject_id});
            return page;
        },
        {.query = {{.name = "after",
                    .about = "the number of the last event that was seen",
                    .type = api::QueryParameter::Type::Number,
                    .most = INT64_MAX}}}));
    out.push_back({.method = Method::Get,
                   .pattern = kBase + "/events/stream",
                   .policy = kRead,
                   .docs = docs("stream_events", "What happens, as it happens",
                                "Server-sent events, or a WebSocket when an upgrade is asked for. "
                                "Begins after Last-Event-ID or `after`, else now."),
                   .rules = {.success = 200,
                             .most_body_bytes = 0,
                             .query = {{.name = "after",
                                        .about = "the number of the last event that was seen",
                                        .type = api::QueryParameter::Type::Number,
                                        .most = INT64_MAX}},
                             .answer_type = "text/event-stream"},
                   .request = std::nullopt,
                   .answer = std::nullopt,
                   .handler = [&deps](Request const& r) { return stream(deps.database, r); }});
    out.push_back(api::endpoint<void, Page<JobInfo>>(
        Method::Get, "/api/v1/admin/failed_jobs", kOperator,
        docs("list_failed_jobs", "Jobs of all workspaces that ended without success"),
        [&deps](Request const& r) -> Result<Page<JobInfo>> {
            auto const limit = api::page_limit(r);
            return page_of(TRY(deps.database.read([&](db::Session& s) {
                               return failed(s, r.query_text("cursor").value_or(""), limit + 1);
                           })),
                           limit);
        },
        {.query = api::page_parameters()}));
    return out;
}

}  // namespace aiditor::jobs
