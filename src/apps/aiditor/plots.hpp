#pragma once
/// The pictures that `--plot` asks for: one a clip, all opened before the work and named after it.

#include "base/file.hpp"
#include "engine/plot/plot.hpp"

#include <string>
#include <vector>

namespace aiditor::app {

/// cues.png for one clip; cues-2.png, cues-3.png ... for the further ones. `name` ends in .png.
[[nodiscard]] std::vector<std::string> plot_names(std::string const& name, std::size_t clips);

class PlotFiles {
public:
    static constexpr std::size_t kMostPlots = 200;

    /// Errors: Usage for more clips than kMostPlots or when a plot has the name of `output`,
    /// OutputIsInput, Unwritable.
    [[nodiscard]] static Result<PlotFiles> open(std::string const& name, std::size_t clips,
                                                std::string const& output,
                                                std::vector<FileFacts> const& inputs);
    /// Draws the next plot into its file; call at most once a clip. Errors: DiskFull, Unwritable,
    /// Internal.
    [[nodiscard]] Result<> add(plot::Scene const& scene);
    /// Those that were drawn appear under their names.
    [[nodiscard]] Result<> publish();

private:
    std::vector<OutputFile> files_;
    std::size_t drawn_ = 0;
};

}  // namespace aiditor::app
