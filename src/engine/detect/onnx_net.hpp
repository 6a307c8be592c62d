#pragma once
/// A network over time in ONNX form, run by OpenCV's dnn on the CPU with one thread.

#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace aiditor::detect {

/// Takes (1, inputs, 1, T) floats and gives (1, outputs, 1, T) for any T. The same bytes give the
/// same answer on every run on one CPU class. Not for two threads at once.
class OnnxNet {
public:
    /// 7 minutes: a network that looks further costs more than what it is given.
    static constexpr std::size_t kMostReach = 2048;

    /// Tries the network once with nothing and once with values from `low` to `high`. Errors
    /// (without the name of the file): Unreadable when OpenCV cannot load or run it, when it has a
    /// layer that is not known to look at a bounded time around each sample, when its answer has
    /// another shape or is not finite.
    [[nodiscard]] static Result<OnnxNet> load(std::string_view bytes, std::size_t inputs,
                                              std::size_t outputs, float low, float high);
    OnnxNet(OnnxNet&&) noexcept;
    OnnxNet& operator=(OnnxNet&&) noexcept;
    ~OnnxNet();

    /// How many samples to each side an output depends on, at most.
    [[nodiscard]] std::size_t reach() const { return reach_; }

    /// Row by row: `input` holds inputs rows of equal length >= 1, the answer outputs rows of that
    /// length. Errors: Internal, in OpenCV's words.
    [[nodiscard]] Result<std::vector<float>> run(std::span<float const> input) const;

private:
    struct Net;
    explicit OnnxNet(std::unique_ptr<Net> net);

    std::unique_ptr<Net> net_;
    std::size_t inputs_ = 0, outputs_ = 0, reach_ = 0;
};

}  // namespace aiditor::detect
