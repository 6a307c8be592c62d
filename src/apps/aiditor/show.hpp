#pragma once
/// Results in words, for people.

#include "engine/pipeline/pipeline.hpp"
#include "engine/sandbox/media_request.hpp"

#include <string>

namespace aiditor::app {

/// What `aiditor doctor` found.
struct Doctor {
    static constexpr char const* kSchema = "aiditor.doctor/1";
    std::string version;
    sandbox::SandboxReport sandbox;
    sandbox::DoctorReport media;
    std::map<std::string, std::string> limits;
};
BOOST_DESCRIBE_STRUCT(Doctor, (), (version, sandbox, media, limits))

/// The highlight table (rank, clip, time, score, why) and where the film is.
[[nodiscard]] std::string show_montage(pipeline::MontageReport const& report);
/// Every highlight, best first in each clip: when, how good, what kind and why.
[[nodiscard]] std::string show_highlights(timeline::Highlights const& found);
[[nodiscard]] std::string show_doctor(Doctor const& doctor);
/// "sudden sound 62 %, loudness 20 %": the reasons for a score, largest first, at most `most`.
[[nodiscard]] std::string show_why(std::map<std::string, double> const& why, std::size_t most = 6);

}  // namespace aiditor::app
