#pragma once
/// What the parent asks of `aiditor-media`, and the answers. One request a process.
///
/// Descriptors are numbers in the child: the parent passes them already open, the child can open
/// nothing itself. An answer is data from a process that decoded hostile bytes: it is read with
/// the strict codecs, and every number is range-checked before use.

#include "timeline/cue_track.hpp"
#include "timeline/edit_plan.hpp"
#include "timeline/media_info.hpp"
#include "timeline/render_report.hpp"
#include "timeline/time_span.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aiditor::sandbox {

enum class MediaTask : std::uint8_t { SelfTest = 1, Doctor, Probe, Analyse, Render, Strip, Refine };
BOOST_DESCRIBE_ENUM(MediaTask, SelfTest, Doctor, Probe, Analyse, Render, Strip, Refine)

/// A clip, open for reading and seekable.
struct JobInput {
    int fd = -1;
    std::string name;  ///< for messages only; never opened
    /// Analyse: written with the FrameIndex of the clip. Render, Strip, Refine: read.
    int index_fd = -1;
};
BOOST_DESCRIBE_STRUCT(JobInput, (), (fd, name, index_fd))

/// How pictures and sound are encoded.
struct EncodeSettings {
    std::string preset = "veryfast";  ///< x264 preset, one of its own names
    int crf = 20;                     ///< x264 constant rate factor, 0..51
};
BOOST_DESCRIBE_STRUCT(EncodeSettings, (), (preset, crf))

struct RenderRequest {
    timeline::EditPlan plan;      ///< plan.sources[i] is inputs[i]
    std::vector<int> output_fds;  ///< plan.outputs[i] goes to output_fds[i]; empty, read and write
    int scratch_fd = -1;          ///< empty, read and write: the mixed sound between passes
    EncodeSettings encode;
};
BOOST_DESCRIBE_STRUCT(RenderRequest, (), (plan, output_fds, scratch_fd, encode))

/// Which parts of the clip to decode and measure.
struct RefineRequest {
    std::vector<timeline::TimeSpan> looks;  ///< the most important first
    double share = 0;                       ///< of the clip's pictures that may be decoded, 0..1
    timeline::Time duration_s;              ///< of the clip, as Analyse answered it
};
BOOST_DESCRIBE_STRUCT(RefineRequest, (), (looks, share, duration_s))

struct MediaRequest {
    int version = 1;  ///< of this protocol; parent and child come from one build
    MediaTask task = MediaTask::Probe;
    std::vector<JobInput> inputs;
    std::optional<RenderRequest> render;
    std::optional<RefineRequest> refine = {};
};
BOOST_DESCRIBE_STRUCT(MediaRequest, (), (version, task, inputs, render, refine))

/// Answer to Analyse. Probe answers with MediaInfo, Strip with timeline::PictureStrip, Render with
/// RenderReport (file names, sizes and hashes left for the parent to fill in).
struct Analysis {
    timeline::MediaInfo media;
    timeline::CueTrack cues;
    /// How many pictures were decoded for the `detail` cues; absent when they were not measured.
    std::optional<std::int64_t> decoded_frames = {};
};
BOOST_DESCRIBE_STRUCT(Analysis, (), (media, cues, decoded_frames))

/// Answer to Refine.
struct Details {
    static constexpr char const* kSchema = "aiditor.details/1";
    std::int64_t decoded_frames = 0;  ///< packets that the decoder got
    std::vector<timeline::Cue> cues;  ///< the `detail` columns, missing outside what was decoded
};
BOOST_DESCRIBE_STRUCT(Details, (), (decoded_frames, cues))

/// One way out that the confined process tried.
struct EscapeAttempt {
    std::string name;  ///< "open /etc/passwd"
    bool denied = false;
    std::string detail;  ///< what the kernel answered
};
BOOST_DESCRIBE_STRUCT(EscapeAttempt, (), (name, denied, detail))

/// A: namespaces + seccomp + Landlock + rlimits. B: seccomp + rlimits (Landlock where the kernel
/// has it). C: rlimits only.
enum class SandboxLevel : std::uint8_t { A = 1, B, C };
BOOST_DESCRIBE_ENUM(SandboxLevel, A, B, C)

/// Answer to SelfTest.
struct SandboxReport {
    SandboxLevel level = SandboxLevel::C;
    std::vector<std::string> layers;  ///< what is in force, e.g. "seccomp", "landlock ABI 7"
    std::vector<EscapeAttempt> attempts;
};
BOOST_DESCRIBE_STRUCT(SandboxReport, (), (level, layers, attempts))

struct Capability {
    std::string name;
    bool works = false;
    std::string detail;
};
BOOST_DESCRIBE_STRUCT(Capability, (), (name, works, detail))

/// Answer to Doctor: what this build and machine can decode and really encode.
struct DoctorReport {
    std::string ffmpeg;  ///< library versions
    std::vector<Capability> containers, decoders, encoders;
};
BOOST_DESCRIBE_STRUCT(DoctorReport, (), (ffmpeg, containers, decoders, encoders))

}  // namespace aiditor::sandbox
