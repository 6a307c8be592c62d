#include "engine/pipeline/media_work.hpp"

#include "base/printable.hpp"
#include "base/sha256.hpp"
#include "engine/edit/plan_montage.hpp"
#include "engine/sandbox/wire.hpp"

#include <algorithm>
#include <cassert>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

namespace aiditor::pipeline {

using namespace sandbox;
using timeline::seconds;
using timeline::Time;

namespace {

constexpr std::size_t kMostHeldIndexes = 256;  // descriptors, when there is no cache
static_assert(edit::kMostSources * 2 + 16 <= wire::kMaxJobFds);  // a clip and its index each
constexpr std::uint64_t kMostIndexBytes = 1ULL << 30;
constexpr std::int64_t kLowestBytesPerSecond = 125'000;  // 1 Mb/s: below it a video is tiny anyway
constexpr Time kLongestClip = seconds(4 * 3600);

/// What a cache entry holds.
struct KeptAnalysis {
    static constexpr char const* kSchema = "aiditor.kept_analysis/1";
    Analysis analysis;
    std::string index_sha256;
};
BOOST_DESCRIBE_STRUCT(KeptAnalysis, (), (analysis, index_sha256))

/// Nothing is known of the length before the file is open, so its size has to do.
ProcessLimits limits_by_size(Clip const& clip) {
    auto const guess =
        std::min(seconds(clip.facts.size_bytes / kLowestBytesPerSecond), kLongestClip);
    return limits_for(guess, kMostIndexBytes);
}

std::unexpected<Error> unreadable_answer(Error const& error) {
    return fail(ErrorCode::ChildCrashed,
                "the media process gave a wrong answer (" + error.message + ")");
}

/// A crash or a timeout becomes a sentence about the file.
Error about(Clip const& clip, Error error) {
    auto const name = printable(clip.file);
    if (error.code == ErrorCode::Cancelled || error.message.find(name) != std::string::npos)
        return error;
    return std::move(error).while_doing(name);
}

Result<> check(timeline::MediaInfo const& media) {
    auto const& v = media.video;
    bool const sane = media.duration_s > Time{} && media.duration_s <= kLongestClip * 8 &&
                      v.frame_rate.validate("") && v.pixel_aspect.validate("") && v.width > 0 &&
                      v.height > 0 && v.display_width > 0 && v.display_height > 0 && v.frames >= 0;
    if (sane) return {};
    return fail(ErrorCode::BadMedia,
                "its header makes no sense (length, size or frame rate); "
                "convert or record it again");
}

/// The child knows a clip by its descriptor only; the parent adds what it knows.
void sign(timeline::MediaInfo& media, Clip const& clip) {
    media.file = clip.file;
    media.sha256 = clip.sha256;
    media.size_bytes = clip.facts.size_bytes;
    for (auto& audio : media.audio) audio.title = printable(audio.title);
    for (auto& note : media.notes) note = printable(note);
}
void sign(Analysis& analysis, Clip const& clip) {
    sign(analysis.media, clip);
    analysis.cues.file = clip.file;
    analysis.cues.sha256 = clip.sha256;
}

std::string temporary_folder() {
    std::error_code ec;
    auto const folder = std::filesystem::temp_directory_path(ec);
    return ec ? "/tmp" : folder.string();
}

Result<UniqueFd> duplicate(int fd) {
    UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!copy) return fail(ErrorCode::Internal, "too many open files; use fewer inputs at once");
    return copy;
}

}  // namespace

timeline::EditPlan plan_for_child(timeline::EditPlan plan) {
    for (auto& source : plan.sources) source.file.clear(), source.sha256.clear();
    for (auto& clip : plan.clips) {
        clip.kind.clear();
        clip.why.clear();
        clip.score = 0;
        clip.peak_s = {};
    }
    plan.notes.clear();
    return plan;
}

std::string name_for_child(std::string const& file) {
    constexpr std::size_t kMostBytes = 255;
    auto name = printable(file);
    if (name.size() <= kMostBytes) return name;
    auto from = name.size() - kMostBytes + 3;
    while (from < name.size() && (static_cast<unsigned char>(name[from]) & 0xC0U) == 0x80U) ++from;
    return "..." + name.substr(from);
}

Result<std::unique_ptr<MediaWork>> MediaWork::open(std::string program, Cache cache,
                                                   std::stop_token stop) {
    if (program.empty()) program = MediaProcess::default_program();
    auto const file = open_regular(program);
    if (!file)
        return fail(ErrorCode::SandboxFailed,
                    fmt::format("{}: the media program is missing; build or install Aiditor again",
                                printable(program)));
    auto const& f = file->facts;
    auto const key = "build-" + sha256_hex(fmt::format("{} {} {} {} {}", f.device, f.inode,
                                                       f.size_bytes, f.modified_ns, f.changed_ns));
    std::unique_ptr<MediaWork> work(new MediaWork(program, std::move(cache), std::move(stop)));
    if (auto known = work->cache_.get(key)) {
        work->build_ = *known;
    } else {
        work->build_ = TRY(sha256_of_file(file->fd.get()));
        work->cache_.put(key, work->build_);
    }
    return work;
}

Result<SandboxReport> MediaWork::self_test() const {
    MediaJob job{.request = {.task = MediaTask::SelfTest, .inputs = {}, .render = {}},
                 .fds = {},
                 .limits = {}};
    auto const report = json::from_value<SandboxReport>(TRY(process_.run(job, stop_, {})));
    if (!report) return unreadable_answer(report.error());
    return report;
}

Result<DoctorReport> MediaWork::doctor() const {
    MediaJob job{.request = {.task = MediaTask::Doctor, .inputs = {}, .render = {}},
                 .fds = {},
                 .limits = {}};
    auto const report = json::from_value<DoctorReport>(TRY(process_.run(job, stop_, {})));
    if (!report) return unreadable_answer(report.error());
    return report;
}

Result<timeline::MediaInfo> MediaWork::probe(Clip const& clip,
                                             OnProgress const& on_progress) const {
    auto const fd = TRY(open_clip(clip));
    MediaJob job{.request = {.task = MediaTask::Probe,
                             .inputs = {{.fd = 0, .name = printable(clip.file), .index_fd = -1}},
                             .render = {}},
                 .fds = {fd.get()},
                 .limits = limits_by_size(clip)};
    auto const answer = process_.run(job, stop_, on_progress);
    if (!answer) return std::unexpected(about(clip, answer.error()));
    auto media = json::from_value<timeline::MediaInfo>(*answer);
    if (!media) return std::unexpected(about(clip, unreadable_answer(media.error()).error()));
    if (auto sane = check(*media); !sane) return std::unexpected(about(clip, sane.error()));
    sign(*media, clip);
    return media;
}

std::string MediaWork::key_of(Clip const& clip, std::string_view kind) const {
    return fmt::format("{}-{}", kind, sha256_hex(clip.sha256 + " " + build_));
}

std::optional<Analysis> MediaWork::cached(Clip const& clip) const {
    auto const text = cache_.get(key_of(clip, "analysis"));
    if (!text) return std::nullopt;
    auto kept = json::from_text<KeptAnalysis>(*text);
    if (!kept) return std::nullopt;
    sign(kept->analysis, clip);
    return std::move(kept->analysis);
}

Result<Analysis> MediaWork::measure(Clip const& clip, OnProgress const& on_progress,
                                    UniqueFd* index) {
    auto const fd = TRY(open_clip(clip));
    std::optional<OutputFile> file;
    UniqueFd unnamed;
    if (cache_.enabled()) file.emplace(TRY(cache_.new_file(key_of(clip, "index"))));
    else unnamed = TRY(unnamed_file(temporary_folder()));
    auto const index_fd = file ? file->fd() : unnamed.get();
    MediaJob job{.request = {.task = MediaTask::Analyse,
                             .inputs = {{.fd = 0, .name = printable(clip.file), .index_fd = 1}},
                             .render = {}},
                 .fds = {fd.get(), index_fd},
                 .limits = limits_by_size(clip)};
    auto const answer = process_.run(job, stop_, on_progress);
    if (!answer) return std::unexpected(about(clip, answer.error()));
    auto analysis = json::from_value<Analysis>(*answer);
    if (!analysis) return std::unexpected(about(clip, unreadable_answer(analysis.error()).error()));
    if (auto sane = check(analysis->media); !sane)
        return std::unexpected(about(clip, sane.error()));
    sign(*analysis, clip);
    if (file) {
        keep(clip, *analysis, std::move(file));
    } else if (index) {
        *index = std::move(unnamed);
    } else {
        std::scoped_lock const lock(mutex_);
        if (indexes_.size() < kMostHeldIndexes)
            indexes_.insert_or_assign(clip.sha256, std::move(unnamed));
    }
    return analysis;
}

void MediaWork::keep(Clip const& clip, Analysis const& analysis, std::optional<OutputFile> file) {
    auto const hash = sha256_of_file(file->fd());
    // The index first: an entry never speaks of a file that is not there. No fsync: after a power
    // cut the hashes tell, and the clip is measured again.
    if (!hash || !file->publish()) return;
    cache_.put(key_of(clip, "analysis"),
               json::to_text(KeptAnalysis{analysis, *hash}, json::Layout::OneLine));
}

Result<Analysis> MediaWork::analyse(Clip const& clip, OnProgress const& on_progress) {
    if (auto known = cached(clip)) return std::move(*known);
    return measure(clip, on_progress);
}

std::optional<UniqueFd> MediaWork::kept_index(Clip const& clip) const {
    {
        std::scoped_lock const lock(mutex_);
        if (auto const it = indexes_.find(clip.sha256); it != indexes_.end()) {
            auto copy = duplicate(it->second.get());
            if (copy) return std::move(*copy);
        }
    }
    auto const text = cache_.get(key_of(clip, "analysis"));
    if (!text) return std::nullopt;
    auto const kept = json::from_text<KeptAnalysis>(*text);
    if (!kept) return std::nullopt;
    return cache_.find_file(key_of(clip, "index"), kept->index_sha256);
}

Result<UniqueFd> MediaWork::frame_index(Clip const& clip, OnProgress const& on_progress) {
    if (auto fd = kept_index(clip)) return std::move(*fd);
    UniqueFd index;
    TRY_VOID(measure(clip, on_progress, &index));
    if (index.get() >= 0) return index;
    if (auto fd = kept_index(clip)) return std::move(*fd);
    return fail(ErrorCode::DiskFull,
                printable(clip.file) + ": its frame index could not be kept; free some disk space");
}

Result<Details> MediaWork::details(Clip const& clip, RefineRequest const& request,
                                   OnProgress const& on_progress) {
    // What is looked at is chosen by the parent, so the hash of the media program is not enough.
    auto const key = key_of(clip, "details-" + sha256_hex(json::to_text(request)));
    if (auto const text = cache_.get(key))
        if (auto known = json::from_text<Details>(*text)) return known;
    auto const fd = TRY(open_clip(clip));
    auto const index = TRY(frame_index(clip, {}));
    MediaJob job{
        .request = {.task = MediaTask::Refine,
                    .inputs = {{.fd = 0, .name = name_for_child(clip.file), .index_fd = 1}},
                    .render = {},
                    .refine = request},
        .fds = {fd.get(), index.get()},
        .limits = limits_by_size(clip)};
    auto const answer = process_.run(job, stop_, on_progress);
    if (!answer) return std::unexpected(answer.error());
    auto details = json::from_value<Details>(*answer);
    if (!details) return unreadable_answer(details.error());
    cache_.put(key, json::to_text(*details, json::Layout::OneLine));
    return details;
}

Result<timeline::PictureStrip> MediaWork::picture_strip(Clip const& clip,
                                                        OnProgress const& on_progress) {
    auto const fd = TRY(open_clip(clip));
    auto const index = TRY(frame_index(clip, {}));
    MediaJob job{
        .request = {.task = MediaTask::Strip,
                    .inputs = {{.fd = 0, .name = name_for_child(clip.file), .index_fd = 1}},
                    .render = {}},
        .fds = {fd.get(), index.get()},
        .limits = limits_by_size(clip)};
    auto const answer = process_.run(job, stop_, on_progress);
    if (!answer) return std::unexpected(about(clip, answer.error()));
    auto strip = json::from_value<timeline::PictureStrip>(*answer);
    if (!strip) return std::unexpected(about(clip, unreadable_answer(strip.error()).error()));
    return strip;
}

Result<timeline::RenderReport> MediaWork::render(timeline::EditPlan const& plan,
                                                 std::vector<Clip> const& sources,
                                                 std::vector<int> const& output_fds,
                                                 std::string const& scratch_folder,
                                                 EncodeSettings const& encode,
                                                 OnProgress const& on_progress) {
    assert(sources.size() <= edit::kMostSources && plan.clips.size() <= edit::kMostClips);
    std::vector<UniqueFd> held;
    MediaJob job{.request = {.task = MediaTask::Render, .inputs = {}, .render = {}},
                 .fds = {},
                 .limits = {}};
    auto const pass = [&](int fd) {
        job.fds.push_back(fd);
        return static_cast<int>(job.fds.size()) - 1;
    };
    for (auto const& clip : sources) {
        JobInput input{.fd = -1, .name = name_for_child(clip.file), .index_fd = -1};
        input.fd = pass(held.emplace_back(TRY(open_clip(clip))).get());
        input.index_fd = pass(held.emplace_back(TRY(frame_index(clip, {}))).get());
        ::lseek(job.fds.back(), 0, SEEK_SET);
        job.request.inputs.push_back(std::move(input));
    }
    RenderRequest render{
        .plan = plan_for_child(plan), .output_fds = {}, .scratch_fd = -1, .encode = encode};
    for (auto const fd : output_fds) render.output_fds.push_back(pass(fd));
    render.scratch_fd = pass(held.emplace_back(TRY(unnamed_file(scratch_folder))).get());
    job.request.render = std::move(render);
    // Work: the pictures of each output (a slow preset takes many times real time), and for each
    // clip the way from a key frame to its start.
    auto const outputs = static_cast<std::int64_t>(plan.outputs.size());
    auto const clips = static_cast<std::int64_t>(plan.clips.size());
    auto const length_s = plan.length_s.flicks / Time::kPerSecond + 1;
    job.limits = limits_for(plan.length_s * (8 * outputs) + seconds(20) * clips,
                            (256ULL << 20) + static_cast<std::uint64_t>(length_s) * (25ULL << 20));
    // An encoder holds its look-ahead and its references, some 200 pictures with a slow preset.
    for (auto const& output : plan.outputs)
        job.limits.address_space_bytes += static_cast<std::uint64_t>(output.width) *
                                          static_cast<std::uint64_t>(output.height) * 3 / 2 * 200;
    auto const answer = TRY(process_.run(job, stop_, on_progress));
    auto report = json::from_value<timeline::RenderReport>(answer);
    if (!report) return unreadable_answer(report.error());
    if (report->outputs.size() != plan.outputs.size())
        return unreadable_answer({ErrorCode::BadJson, "outputs are missing"});
    return report;
}

}  // namespace aiditor::pipeline
