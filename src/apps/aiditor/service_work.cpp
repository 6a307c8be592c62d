#include "apps/aiditor/service_work.hpp"

#include "base/sha256.hpp"
#include "engine/plot/picture_png.hpp"
#include "service/clips/import.hpp"
#include "service/projects/montages.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace aiditor::app {
namespace {

using jobs::Job;
using jobs::Outcome;

/// A folder of one attempt, gone with it.
class Scratch {
public:
    Scratch(std::string const& in, Job const& job)
        : path_(fmt::format("{}/{}.{}", in, job.id, job.fence)) {
        std::error_code ignored;
        std::filesystem::create_directories(path_, ignored);
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Scratch(Scratch const&) = delete;
    Scratch& operator=(Scratch const&) = delete;
    [[nodiscard]] std::string const& path() const { return path_; }

private:
    std::string path_;
};

/// Where all attempts of a job put what they make.
std::string folder_of(Job const& job) {
    return fmt::format("w/{}/{}/{}/", job.workspace_id, job.kind == "ingest" ? "clips" : "montages",
                       job.subject_id);
}

/// What an attempt puts into the storage: a row before the bytes, visible by one commit at its end.
class Outputs {
public:
    Outputs(ServiceWork const& parts, Job const& job)
        : parts_(parts),
          workspace_(job.workspace_id),
          folder_(fmt::format("{}{}", folder_of(job), job.fence)) {}

    Result<std::string> put(std::string_view name, std::string_view bytes) {
        auto key = TRY(stage(name, static_cast<std::int64_t>(bytes.size())));
        auto const writer = TRY(parts_.store.create(key));
        TRY_VOID(writer->write(bytes));
        TRY_VOID(writer->commit());
        made_.push_back({key, static_cast<std::int64_t>(bytes.size()), sha256_hex(bytes)});
        return key;
    }
    Result<std::string> take(RenderedFile const& file) {
        auto const name = std::filesystem::path(file.path).filename().string();
        auto key = TRY(stage(name, file.report.size_bytes));
        TRY_VOID(parts_.store.adopt(file.path, key));
        made_.push_back({key, file.report.size_bytes, file.report.sha256});
        return key;
    }
    [[nodiscard]] Result<> commit(db::Session& session) const {
        for (auto const& object : made_)
            TRY_VOID(clips::commit(session, object.key, object.size, object.sha256));
        return {};
    }

private:
    struct Made {
        std::string key;
        std::int64_t size;
        std::string sha256;
    };
    Result<std::string> stage(std::string_view name, std::int64_t size) {
        auto key = fmt::format("{}/{}", folder_, name);
        TRY_VOID(parts_.database.write(
            [&](db::Session& s) { return clips::stage(s, workspace_, key, size, parts_.quota); }));
        return key;
    }

    ServiceWork const& parts_;
    std::string workspace_, folder_;
    std::vector<Made> made_;
};

/// Whether an error says something about the clip rather than about this attempt.
bool is_the_clips(Error const& error) {
    return error.code != ErrorCode::Cancelled && error.code != ErrorCode::Stale &&
           !jobs::may_be_mended(error.code);
}

Result<Outcome> look_into(ServiceWork const& parts, Job const& job, clips::Clip const& clip,
                          jobs::Control& control) {
    ClipFile const file{clip.id, clip.sha256, TRY(clips::open_source(clip, parts.store))};
    auto const measured = TRY(parts.engine.measure(file, control));
    auto const& media = measured.analysis.clips.at(0).media;
    Scratch const scratch(parts.work_folder, job);
    auto const proxy = TRY(parts.engine.proxy(file, media, scratch.path() + "/proxy.mp4", control));
    auto const poster = TRY(plot::picture_png(measured.strip));
    auto const outputs = std::make_shared<Outputs>(parts, job);
    clips::Checked checked{
        .media = json::to_text(media, json::Layout::OneLine),
        .analysis_key = TRY(
            outputs->put("analysis.json", json::to_text(measured.analysis, json::Layout::OneLine))),
        .proxy_key = TRY(outputs->take(proxy)),
        .poster_key = TRY(outputs->put("poster.png", poster)),
        .strip_key =
            TRY(outputs->put("strip.json", json::to_text(measured.strip, json::Layout::OneLine)))};
    return Outcome{.result = "{}",
                   .commit = [outputs, checked, id = clip.id](db::Session& s) -> Result<> {
                       TRY_VOID(outputs->commit(s));
                       return clips::set_checked(s, id, checked);
                   }};
}

Result<Outcome> ingest(ServiceWork const& parts, Job const& job, jobs::Control& control) {
    auto const clip = TRY(parts.database.read(
        [&](db::Session& s) { return clips::find(s, job.workspace_id, job.subject_id); }));
    auto outcome = look_into(parts, job, clip, control);
    if (outcome) return outcome;
    auto text = outcome.error().message;
    if (text.starts_with("/proc/self/fd/")) text = clip.name + text.substr(text.find(':'));
    if (!is_the_clips(outcome.error())) return fail(outcome.error().code, text);
    // A clip that cannot be used is a result, not a failure of the work.
    return Outcome{.result = "{}", .commit = [text, id = clip.id](db::Session& s) {
                       return clips::set_unusable(s, id, text);
                   }};
}

Result<std::vector<ClipFile>> open_sources(ServiceWork const& parts, Job const& job,
                                           timeline::EditPlan const& plan) {
    std::vector<ClipFile> out;
    for (auto const& source : plan.sources) {
        auto const clip = TRY(parts.database.read(
            [&](db::Session& s) { return clips::find(s, job.workspace_id, source.file); }));
        out.push_back({clip.id, clip.sha256, TRY(clips::open_source(clip, parts.store))});
    }
    return out;
}

Result<Outcome> render(ServiceWork const& parts, Job const& job, jobs::Control& control) {
    auto const montage = TRY(parts.database.read([&](db::Session& s) {
        return projects::find_montage(s, job.workspace_id, job.subject_id);
    }));
    auto const kept = TRY(parts.database.read(
        [&](db::Session& s) { return projects::find_plan(s, job.workspace_id, montage.plan_id); }));
    auto const plan = TRY(json::from_text<timeline::EditPlan>(kept.text));
    auto const sources = TRY(open_sources(parts, job, plan));
    Scratch const scratch(parts.work_folder, job);
    timeline::RenderReport report;
    auto const made = TRY(parts.engine.render(plan, sources, scratch.path(), report, control));
    auto const outputs = std::make_shared<Outputs>(parts, job);
    std::vector<projects::MontageFile> files;
    for (auto const& file : made)
        files.push_back({std::string(json::to_value(file.report.format).get_string()),
                         TRY(outputs->take(file)), file.report.size_bytes, file.report.sha256});
    auto const text = json::to_text(report, json::Layout::OneLine);
    return Outcome{.result = "{}",
                   .commit = [outputs, files, text, workspace = job.workspace_id,
                              id = job.subject_id](db::Session& s) -> Result<> {
                       TRY_VOID(outputs->commit(s));
                       return projects::finish_montage(s, workspace, id, files, text);
                   }};
}

}  // namespace

std::map<std::string, jobs::Work> work_of(ServiceWork const& parts) {
    return {{"ingest", [&parts](Job const& job,
                                jobs::Control& control) { return ingest(parts, job, control); }},
            {"render", [&parts](Job const& job, jobs::Control& control) {
                 return render(parts, job, control);
             }}};
}

Result<> tidy(db::Session& session, jobs::Job const& job) {
    TRY_VOID(clips::drop_staged(session, job.workspace_id, folder_of(job)));
    bool const is_over = job.state == jobs::State::Failed || job.state == jobs::State::Cancelled;
    if (job.kind != "ingest" || !is_over) return {};
    auto const told = clips::set_unusable(
        session, job.subject_id,
        job.state == jobs::State::Failed
            ? job.error_text.value_or("")
            : "the look into this clip was cancelled; run its job again, or remove the clip");
    // A clip that was removed has no problem any more.
    if (!told && told.error().code == ErrorCode::NotFound) return {};
    return told;
}

Result<json::Value> highlights_of(EngineWork const& engine, std::span<std::string const> analyses,
                                  projects::Wishes const& wishes) {
    pipeline::AnalysisSet all;
    for (auto const& text : analyses) {
        auto set = TRY(json::from_text<pipeline::AnalysisSet>(text));
        std::ranges::move(set.clips, std::back_inserter(all.clips));
    }
    return json::to_value(TRY(engine.detect(all, wishes)));
}

Result<json::Value> plan_of(EngineWork const& engine, json::Value const& highlights,
                            projects::Wishes const& wishes) {
    auto const found = TRY(json::from_value<timeline::Highlights>(highlights));
    return json::to_value(TRY(engine.plan(found, wishes)));
}

Result<> check_plan(json::Value const& plan, std::span<projects::Source const> sources) {
    auto const read = TRY(json::from_value<timeline::EditPlan>(plan));
    for (auto const& source : read.sources) {
        auto const known = std::ranges::find(sources, source.file, &projects::Source::clip_id);
        if (known == sources.end() || known->sha256 != source.sha256)
            return fail(ErrorCode::BadRequest,
                        "the plan takes from a clip that the project does not have");
    }
    return {};
}

}  // namespace aiditor::app
