#pragma once
/// Adds up what several clips of one stage have done.

#include "engine/pipeline/inputs.hpp"
#include "engine/pipeline/reporter.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

namespace aiditor::pipeline {

/// Tells nobody.
class Silent final : public Reporter {
public:
    void started(Stage, Work const&) override {}
    void progress(Stage, double) override {}
    void finished(Stage, Work const&) override {}
    void note(std::string const&) override {}
    void problem(ClipProblem const&) override {}
};

/// Clips weigh by their bytes. Safe to call from several threads; the reporter hears one at a time.
class StageProgress {
public:
    StageProgress(Reporter& reporter, Stage stage, InputSet const& inputs)
        : reporter_(reporter), stage_(stage), done_(inputs.clips.size()) {
        for (auto const& clip : inputs.clips) {
            weights_.push_back(static_cast<double>(clip.facts.size_bytes));
            work_.bytes += clip.facts.size_bytes;
        }
        reporter_.started(stage_, work_);
    }

    void clip(std::size_t i, double fraction) {
        std::scoped_lock const lock(mutex_);
        done_[i] = std::max(done_[i], std::clamp(fraction, 0.0, 1.0));
        double sum = 0;
        for (std::size_t k = 0; k < done_.size(); ++k) sum += done_[k] * weights_[k];
        reporter_.progress(stage_, std::min(1.0, sum / static_cast<double>(work_.bytes)));
    }

    void finish() { reporter_.finished(stage_, work_); }

private:
    Reporter& reporter_;
    Stage stage_;
    std::vector<double> weights_, done_;
    Work work_;
    std::mutex mutex_;
};

}  // namespace aiditor::pipeline
