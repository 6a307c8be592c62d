#pragma once
/// The command line as a value.

#include "engine/detect/detectors.hpp"
#include "engine/detect/find_highlights.hpp"
#include "engine/edit/plan_montage.hpp"
#include "engine/pipeline/pipeline.hpp"
#include "engine/sandbox/media_request.hpp"

#include <string>
#include <variant>
#include <vector>

namespace aiditor::app {

enum class Command : std::uint8_t {
    Montage = 1,
    Probe,
    Analyse,
    Detect,
    Like,
    Plan,
    Render,
    Doctor,
    Serve,
    Backup,
    Restore,
    Config,
    SetupLink,
    RotateKeys
};

struct Options {
    Command command = Command::Montage;
    std::vector<std::string> inputs;
    std::string output = "-";
    std::string plot;  ///< PNG file for analyse and detect; empty: none
    bool json = false;
    bool use_cache = true;
    double closer_look_share = pipeline::kCloserLookShare;
    unsigned jobs = 0;  ///< 0: chosen by the pipeline
    edit::PlanOptions plan;
    sandbox::EncodeSettings encode;
    std::string detector;   ///< one of detect::kDetectorNames; empty: as the settings say
    detect::Wishes wishes;  ///< without the likes, which are read from `learn`
    std::string learn;      ///< what `like` wrote; empty: none
    std::vector<timeline::Time> up, down;  ///< moments for `like`
    std::string listen, data;              ///< of the service; empty: as the settings say
    std::string keys;                      ///< backup, restore: a file of secrets; empty: none
    bool explain = false;                  ///< detect: a table for people on standard output
    /// Options of a stage that were typed: they mean nothing for the value of a later one.
    std::vector<std::string> given_to_analyse, given_to_detect, given_to_plan;
};

/// Shown to the user instead of running anything: help or the version.
struct Text {
    std::string text;
};

/// Errors: Usage, with what to type instead.
[[nodiscard]] Result<std::variant<Options, Text>> parse_command_line(int argc,
                                                                     char const* const* argv);

/// Usage when no detector has this name; `origin` says where it is from: an option, a file.
[[nodiscard]] Result<> check_detector(std::string_view name, std::string_view origin);

/// Seconds ("90", "1.5") or minutes and hours ("1:30", "1:02:03.5"). Errors: Usage naming `option`.
[[nodiscard]] Result<timeline::Time> parse_duration(std::string const& text,
                                                    std::string_view option);

/// The files that a render into `output` makes: `output` itself for landscape or for a single
/// format, else with "-portrait" or "-square" before ".mp4".
[[nodiscard]] std::vector<std::string> output_names(std::string const& output,
                                                    std::vector<timeline::Format> const& formats);

}  // namespace aiditor::app
