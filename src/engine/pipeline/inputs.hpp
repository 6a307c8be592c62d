#pragma once
/// From what the user named to the clips that will be worked on.

#include "base/file.hpp"
#include "engine/pipeline/cache.hpp"
#include "engine/pipeline/reporter.hpp"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace aiditor::pipeline {

/// A readable, regular, not empty file; not yet known to be a video.
struct Clip {
    std::string file;  ///< as named by the user; UTF-8
    FileFacts facts;
    std::string sha256;  ///< of the whole content; empty until identify_clips
    /// What an earlier stage saw in this file, or empty: then any content will do.
    std::string expected_sha256 = {};
};

struct InputSet {
    static constexpr std::size_t kMostClips = 10'000;
    std::vector<Clip> clips;
    std::vector<ClipProblem> problems;
};

/// Orders "clip2" before "clip10": runs of digits compare as numbers, letters without case.
[[nodiscard]] bool natural_less(std::string_view a, std::string_view b);

/// By extension: mp4 m4v mov mkv webm avi ts m2ts mts.
[[nodiscard]] bool is_video_name(std::filesystem::path const& path);

/// Files are taken as named; a folder gives its video files (by extension: mp4 m4v mov mkv webm avi
/// ts m2ts mts), not those of its subfolders and no hidden ones, in natural order. What cannot be
/// used becomes a problem. In a folder, a file that is one of `outputs` is what an earlier run made
/// and is left out. Errors: Usage above kMostClips and when nothing was named.
[[nodiscard]] Result<InputSet> list_inputs(std::vector<std::string> const& paths,
                                           std::vector<std::string> const& outputs,
                                           Reporter& reporter);

/// Files that an earlier stage named, with the hashes it saw. Errors and problems as above; those
/// of the earlier stage, `skipped`, stay problems.
struct KnownFile {
    std::string file, sha256;
};
[[nodiscard]] Result<InputSet> reopen_inputs(std::vector<KnownFile> const& files,
                                             std::vector<ClipProblem> skipped, Reporter& reporter);

/// Fills in the hash of each clip, remembered in `cache` by file identity, size and times.
/// Content that occurs twice is kept once, with a note. Errors: Cancelled, BadMedia when a clip is
/// not what was expected.
[[nodiscard]] Result<> identify_clips(InputSet& inputs, Cache const& cache, Reporter& reporter,
                                      std::stop_token const& stop);

/// The clip, opened again. Errors: as open_regular; Unreadable when it changed since it was listed.
[[nodiscard]] Result<UniqueFd> open_clip(Clip const& clip);

/// A problem for `file`, reported and returned.
ClipProblem report_problem(Reporter& reporter, std::string const& file, Error const& error);

/// The error when no input is left: the only problem itself, or NothingToDo; each reason was
/// reported.
[[nodiscard]] Error no_clip_left(std::vector<ClipProblem> const& problems);

}  // namespace aiditor::pipeline
