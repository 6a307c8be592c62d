#include "engine/pipeline/inputs.hpp"

#include "base/printable.hpp"
#include "base/sha256.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <optional>

namespace aiditor::pipeline {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 9> kExtensions{".mp4", ".m4v", ".mov",  ".mkv", ".webm",
                                                      ".avi", ".ts",  ".m2ts", ".mts"};
constexpr std::string_view kExtensionList = "mp4, m4v, mov, mkv, webm, avi, ts, m2ts, mts";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Takes the run of digits at the front of `s`, without leading zeros.
std::string_view take_number(std::string_view& s) {
    auto const end = std::ranges::find_if_not(s, is_digit);
    auto number = s.substr(0, static_cast<std::size_t>(end - s.begin()));
    s.remove_prefix(number.size());
    number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
    return number;
}

/// The video files of a folder without those in `left_out`. Errors: when it cannot be listed or
/// holds none.
Result<std::vector<std::string>> list_folder(std::string const& folder,
                                             std::vector<FileFacts> const& left_out) {
    auto const is_left_out = [&](std::string const& path) {
        if (left_out.empty()) return false;
        auto const file = open_regular(path);
        return file && std::ranges::any_of(left_out, [&](FileFacts const& other) {
                   return other.same_file(file->facts);
               });
    };
    std::vector<std::string> names;
    std::error_code ec;
    for (auto it = fs::directory_iterator(folder, ec); !ec && it != fs::directory_iterator();
         it.increment(ec)) {
        std::error_code ignored;
        std::string const name = it->path().filename();
        if (!name.starts_with('.') && is_video_name(name) && !it->is_directory(ignored) &&
            !is_left_out(it->path()))
            names.push_back(it->path());
        if (names.size() > InputSet::kMostClips)
            return fail(ErrorCode::Usage,
                        fmt::format("{}: holds more than {} videos; name fewer at once",
                                    printable(folder), InputSet::kMostClips));
    }
    if (ec)
        return fail(ErrorCode::Unreadable, fmt::format("{}: cannot be listed ({}); check its "
                                                       "permissions",
                                                       printable(folder), ec.message()));
    if (names.empty())
        return fail(ErrorCode::NotFound, fmt::format("{}: holds no video files ({}); name one that "
                                                     "does",
                                                     printable(folder), kExtensionList));
    std::ranges::sort(names, natural_less);
    return names;
}

Result<Clip> take_file(std::string const& path) {
    if (!is_utf8(path))
        return fail(ErrorCode::Unreadable,
                    printable(path) + ": the name is not UTF-8; rename the file");
    auto const file = TRY(open_regular(path));
    if (file.facts.size_bytes == 0)
        return fail(ErrorCode::BadMedia, printable(path) + ": is empty (0 bytes); record it again");
    return Clip{.file = path, .facts = file.facts, .sha256 = {}};
}

/// Where the hash of a file is remembered; nothing for files changed so recently that another
/// change could leave the same times.
std::optional<std::string> memo_key(FileFacts const& f) {
    auto const now = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    if (now.count() - f.changed_ns < 2'000'000'000) return std::nullopt;
    return "hash-" + sha256_hex(fmt::format("{} {} {} {} {}", f.device, f.inode, f.size_bytes,
                                            f.modified_ns, f.changed_ns));
}

}  // namespace

bool is_video_name(std::filesystem::path const& path) {
    std::string extension = path.extension();
    std::ranges::transform(extension, extension.begin(), lower);
    return std::ranges::find(kExtensions, extension) != kExtensions.end();
}

bool natural_less(std::string_view a, std::string_view b) {
    auto const whole_a = a, whole_b = b;
    while (!a.empty() && !b.empty()) {
        if (is_digit(a[0]) && is_digit(b[0])) {
            auto const x = take_number(a), y = take_number(b);
            if (x.size() != y.size()) return x.size() < y.size();
            if (x != y) return x < y;
            continue;
        }
        auto const x = static_cast<unsigned char>(lower(a[0]));
        auto const y = static_cast<unsigned char>(lower(b[0]));
        if (x != y) return x < y;
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    return a.empty() != b.empty() ? a.empty() : whole_a < whole_b;
}

Result<InputSet> list_inputs(std::vector<std::string> const& paths,
                             std::vector<std::string> const& outputs, Reporter& reporter) {
    if (paths.empty()) return fail(ErrorCode::Usage, "name at least one video file or folder");
    std::vector<FileFacts> made_before;
    for (auto const& output : outputs)
        if (auto const file = open_regular(output)) made_before.push_back(file->facts);
    InputSet inputs;
    auto const failed = [&](std::string const& path, Error const& error) {
        inputs.problems.push_back(report_problem(reporter, path, error));
    };
    for (auto const& path : paths) {
        std::error_code ec;
        std::vector<std::string> files{path};
        if (fs::is_directory(path, ec)) {
            auto listed = list_folder(path, made_before);
            if (!listed) {
                if (listed.error().code == ErrorCode::Usage) return std::unexpected(listed.error());
                failed(path, listed.error());
                continue;
            }
            files = std::move(*listed);
        }
        for (auto const& file : files) {
            if (auto clip = take_file(file)) inputs.clips.push_back(std::move(*clip));
            else failed(file, clip.error());
        }
        if (inputs.clips.size() + inputs.problems.size() > InputSet::kMostClips)
            return fail(ErrorCode::Usage, fmt::format("more than {} inputs; name fewer at once",
                                                      InputSet::kMostClips));
    }
    if (inputs.clips.empty()) return std::unexpected(no_clip_left(inputs.problems));
    return inputs;
}

Result<InputSet> reopen_inputs(std::vector<KnownFile> const& files,
                               std::vector<ClipProblem> skipped, Reporter& reporter) {
    if (files.size() + skipped.size() > InputSet::kMostClips)
        return fail(ErrorCode::Usage,
                    fmt::format("more than {} inputs; name fewer at once", InputSet::kMostClips));
    InputSet inputs{.clips = {}, .problems = std::move(skipped)};
    for (auto const& known : files) {
        auto clip = take_file(known.file);
        if (clip) {
            clip->expected_sha256 = known.sha256;
            inputs.clips.push_back(std::move(*clip));
        } else {
            inputs.problems.push_back(report_problem(reporter, known.file, clip.error()));
        }
    }
    if (inputs.clips.empty()) return std::unexpected(no_clip_left(inputs.problems));
    return inputs;
}

Result<> identify_clips(InputSet& inputs, Cache const& cache, Reporter& reporter,
                        std::stop_token const& stop) {
    Work work;
    for (auto const& clip : inputs.clips) work.bytes += clip.facts.size_bytes;
    reporter.started(Stage::Read, work);
    std::map<std::string, std::string> seen;
    std::vector<Clip> kept;
    std::int64_t read = 0, before = 0;
    for (auto& clip : inputs.clips) {
        auto const key = memo_key(clip.facts);
        auto hash = key ? cache.get(*key) : std::nullopt;
        if (!hash) {
            auto const progress = [&](std::int64_t n) {
                read += n;
                reporter.progress(Stage::Read, std::min(1.0, static_cast<double>(read) /
                                                                 static_cast<double>(work.bytes)));
            };
            auto const fd = open_clip(clip);
            auto const fresh = fd ? sha256_of_file(fd->get(), stop, progress)
                                  : Result<std::string>(std::unexpected(fd.error()));
            if (!fresh && fresh.error().code == ErrorCode::Cancelled)
                return std::unexpected(fresh.error());
            if (!fresh) {
                inputs.problems.push_back(report_problem(reporter, clip.file, fresh.error()));
                continue;
            }
            hash = *fresh;
            if (key) cache.put(*key, *hash);
        }
        read = before += clip.facts.size_bytes;
        if (!clip.expected_sha256.empty() && *hash != clip.expected_sha256)
            return fail(ErrorCode::BadMedia,
                        printable(clip.file) +
                            ": is not the file that was probed; run `aiditor probe` again");
        clip.sha256 = *hash;
        auto const [first, is_new] = seen.emplace(clip.sha256, clip.file);
        if (is_new) kept.push_back(std::move(clip));
        else
            reporter.note(fmt::format("{}: same content as {}, taken once", printable(clip.file),
                                      printable(first->second)));
    }
    inputs.clips = std::move(kept);
    reporter.finished(Stage::Read, work);
    if (inputs.clips.empty()) return std::unexpected(no_clip_left(inputs.problems));
    return {};
}

Result<UniqueFd> open_clip(Clip const& clip) {
    auto file = TRY(open_regular(clip.file));
    if (file.facts != clip.facts)
        return fail(ErrorCode::Unreadable,
                    printable(clip.file) + ": changed while Aiditor was working; start again");
    return std::move(file.fd);
}

ClipProblem report_problem(Reporter& reporter, std::string const& file, Error const& error) {
    ClipProblem problem{printable(file), std::string(code_name(error.code)), error.message};
    if (problem.message.find(problem.file) == std::string::npos)
        problem.message.insert(0, problem.file + ": ");
    reporter.problem(problem);
    return problem;
}

Error no_clip_left(std::vector<ClipProblem> const& problems) {
    if (problems.size() == 1) return {code_of_name(problems[0].code), problems[0].message};
    return {ErrorCode::NothingToDo,
            fmt::format("none of the {} inputs can be used; the reason for each was given",
                        problems.size())};
}

}  // namespace aiditor::pipeline
