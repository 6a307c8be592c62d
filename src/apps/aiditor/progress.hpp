#pragma once
/// Shows a running pipeline: a bar on a terminal, else plain lines, or JSON events.

#include "engine/pipeline/reporter.hpp"

#include <memory>
#include <string_view>

namespace aiditor::app {

/// Writes to standard error as far as it takes it. Progress is a courtesy: that nobody can read it
/// (a closed pipe, a full disk) must neither end the work nor change its result.
void write_quietly(std::string_view text) noexcept;

/// How progress is written; all to standard error.
enum class ProgressStyle : std::uint8_t {
    Bar = 1,  ///< one line redrawn, at most ten times a second
    Lines,    ///< a line when 2 s have passed and 10 % more are done, or 30 s have passed
    Json,     ///< one object a line, at most four progress events a second
};

/// Bar when standard error is a terminal, else Lines; Json when asked.
[[nodiscard]] ProgressStyle choose_style(bool json);

class ProgressReporter : public pipeline::Reporter {
public:
    /// The last word of a run that failed.
    virtual void failed(Error const& error) = 0;
};

[[nodiscard]] std::unique_ptr<ProgressReporter> make_reporter(ProgressStyle style);

}  // namespace aiditor::app
