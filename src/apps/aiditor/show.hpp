#pragma once
/// Results in words, for people.

#include "base/config.hpp"
#include "engine/pipeline/pipeline.hpp"
#include "engine/sandbox/media_request.hpp"

#include <string>

namespace aiditor::app {

/// The detector that a run without --detector uses.
struct DetectorInUse {
    std::string name;                 ///< as in Highlights, e.g. "rules/1"
    std::string asked_for, asked_by;  ///< the setting, and where it is from
    std::string problem;              ///< why it is not what was asked for; empty when it is
};
BOOST_DESCRIBE_STRUCT(DetectorInUse, (), (name, asked_for, asked_by, problem))

/// What `aiditor doctor` found.
struct Doctor {
    static constexpr char const* kSchema = "aiditor.doctor/1";
    std::string version;
    sandbox::SandboxReport sandbox;
    sandbox::DoctorReport media;
    DetectorInUse detector;
    std::map<std::string, std::string> limits;
};
BOOST_DESCRIBE_STRUCT(Doctor, (), (version, sandbox, media, detector, limits))

/// The highlight table (rank, clip, time, score, why) and where the film is.
[[nodiscard]] std::string show_montage(pipeline::MontageReport const& report);
/// Every highlight, best first in each clip: when, how good, what kind and why.
[[nodiscard]] std::string show_highlights(timeline::Highlights const& found);
[[nodiscard]] std::string show_doctor(Doctor const& doctor);
/// Each setting with its origin; of a secret only that there is one.
[[nodiscard]] std::string show_config(Config const& config);
/// "sudden sound 62 %, loudness 20 %": the reasons for a score, largest first, at most `most`.
[[nodiscard]] std::string show_why(std::map<std::string, double> const& why, std::size_t most = 6);

}  // namespace aiditor::app
