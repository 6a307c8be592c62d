#pragma once
/// What a running pipeline tells whoever watches: a terminal, a log, later a job queue.

#include "base/result.hpp"
#include "timeline/time.hpp"

#include <cstdint>
#include <string>

namespace aiditor::pipeline {

enum class Stage : std::uint8_t { Read = 1, Probe, Analyse, Detect, Plan, Render, Plot };
BOOST_DESCRIBE_ENUM(Stage, Read, Probe, Analyse, Detect, Plan, Render, Plot)

/// How much a stage has to do, as far as is known when it starts; 0 is unknown.
struct Work {
    std::int64_t bytes = 0;
    timeline::Time media;  ///< seconds of video
};

/// A clip that cannot be used; the work goes on without it.
struct ClipProblem {
    std::string file;  ///< printable
    std::string code;  ///< code_name of the error
    std::string message;
};
BOOST_DESCRIBE_STRUCT(ClipProblem, (), (file, code, message))

/// Called one call at a time, from any thread of the pipeline; must return quickly.
class Reporter {
public:
    virtual ~Reporter() = default;
    virtual void started(Stage stage, Work const& work) = 0;
    virtual void progress(Stage stage, double fraction) = 0;  ///< 0..1, never falling
    virtual void finished(Stage stage, Work const& done) = 0;
    virtual void note(std::string const& text) = 0;
    virtual void problem(ClipProblem const& problem) = 0;
};

}  // namespace aiditor::pipeline
