#include "apps/aiditor/plots.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>

namespace aiditor::app {

std::vector<std::string> plot_names(std::string const& name, std::size_t clips) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < clips; ++i) {
        names.push_back(name);
        if (i > 0) names.back().insert(name.size() - 4, fmt::format("-{}", i + 1));
    }
    return names;
}

Result<PlotFiles> PlotFiles::open(std::string const& name, std::size_t clips,
                                  std::string const& output, std::vector<FileFacts> const& inputs) {
    if (clips > kMostPlots)
        return fail(ErrorCode::Usage,
                    fmt::format("--plot draws at most {} clips, and these are {}; name fewer",
                                kMostPlots, clips));
    PlotFiles plots;
    for (auto const& path : plot_names(name, clips)) {
        if (path == output)
            return fail(ErrorCode::Usage, printable(path) + ": is named twice as an output");
        TRY_VOID(refuse_same_file(path, inputs));
        plots.files_.push_back(TRY(OutputFile::create(path)));
    }
    return plots;
}

Result<> PlotFiles::add(plot::Scene const& scene) {
    assert(drawn_ < files_.size());
    auto& file = files_[drawn_++];
    auto const png = TRY(plot::draw_png(scene));
    TRY_VOID(write_all(file.fd(), png, file.path()));
    return file.flush();
}

Result<> PlotFiles::publish() {
    for (std::size_t i = 0; i < drawn_; ++i) TRY_VOID(files_[i].publish());
    return {};
}

}  // namespace aiditor::app
