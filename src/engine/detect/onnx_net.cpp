#include "engine/detect/onnx_net.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn/all_layers.hpp>
#include <string>

namespace aiditor::detect {
namespace {

/// Layers that look at one sample alone, by OpenCV's names.
constexpr std::array kWithinSample{
    "ReLU",     "Eltwise",           "Power", "Scale",     "Const",  "Sigmoid", "TanH", "ELU",
    "Identity", "__NetInputLayer__", "Split", "BatchNorm", "Dropout"};

/// Long enough that no layer's padding covers all of it.
constexpr std::size_t kTrialSamples = 64;

std::unexpected<Error> unusable(std::string const& what) {
    return fail(ErrorCode::Unreadable, what);
}

/// OpenCV's exceptions tell file and line of its own source; the middle is what people can use.
std::string reason_of(std::exception const& e) {
    if (auto const* cv = dynamic_cast<cv::Exception const*>(&e)) return cv->err;
    return e.what();
}

/// Samples to each side that a layer adds to what its inputs depend on.
Result<std::size_t> own_reach(cv::dnn::Layer const& layer) {
    if (std::ranges::find(kWithinSample, layer.type) != kWithinSample.end()) return 0;
    auto const* conv = dynamic_cast<cv::dnn::BaseConvolutionLayer const*>(&layer);
    if (!conv || layer.type != "Convolution" || conv->kernel_size.size() != 2)
        return unusable(
            fmt::format("it has a layer of type {}, which this program does not run", layer.type));
    auto const before = conv->pads_begin.at(1), after = conv->pads_end.at(1);
    if (conv->strides.at(1) != 1 ||
        before + after != (conv->kernel_size[1] - 1) * conv->dilations.at(1))
        return unusable("a convolution in it changes the number of samples");
    return std::max(before, after);
}

/// The longest way through the network. Before it runs: OpenCV merges layers then.
Result<std::size_t> reach_of(cv::dnn::Net& net) {
    std::map<std::string, std::size_t> by_name;
    std::size_t most = 0;
    for (auto const& name : net.getLayerNames()) {  // in the order of work
        auto const id = net.getLayerId(name);
        std::size_t before = 0;
        for (auto const& input : net.getLayerInputs(id))
            before = std::max(before, by_name[input->name]);
        auto const layer = net.getLayer(id);
        // A ReLU would hide what they lead to: max(NaN, 0) is 0 there.
        if (!std::ranges::all_of(layer->blobs, [](cv::Mat const& m) { return cv::checkRange(m); }))
            return unusable("some of its weights are not finite numbers");
        auto const reach = before + TRY(own_reach(*layer));
        if (reach > OnnxNet::kMostReach)
            return unusable(
                fmt::format("it looks at more than {} samples to a side", OnnxNet::kMostReach));
        by_name[name] = reach;
        most = std::max(most, reach);
    }
    return most;
}

}  // namespace

struct OnnxNet::Net {
    cv::dnn::Net net;
};

OnnxNet::OnnxNet(std::unique_ptr<Net> net) : net_(std::move(net)) {}
OnnxNet::OnnxNet(OnnxNet&&) noexcept = default;
OnnxNet& OnnxNet::operator=(OnnxNet&&) noexcept = default;
OnnxNet::~OnnxNet() = default;

Result<OnnxNet> OnnxNet::load(std::string_view bytes, std::size_t inputs, std::size_t outputs,
                              float low, float high) {
    OnnxNet out(std::make_unique<Net>());
    out.inputs_ = inputs;
    out.outputs_ = outputs;
    try {
        // What goes wrong is returned; standard error belongs to the program. The sums of one
        // thread have one order.
        cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
        cv::setNumThreads(1);
        auto& net = out.net_->net;
        net = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
        if (net.empty()) return unusable("it holds no network");
        net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        out.reach_ = TRY(reach_of(net));
    } catch (std::exception const& e) {
        return unusable("OpenCV cannot load it (" + reason_of(e) + ")");
    }
    std::vector<float> trial(inputs * kTrialSamples, 0);
    for (bool const extreme : {false, true}) {
        for (std::size_t i = 0; extreme && i < trial.size(); ++i) trial[i] = i / 3 % 2 ? low : high;
        auto const answer = out.run(trial);
        if (!answer) return unusable(answer.error().message);
        if (!std::ranges::all_of(*answer, [](float x) { return std::isfinite(x); }))
            return unusable("its answers are not finite numbers");
    }
    return out;
}

Result<std::vector<float>> OnnxNet::run(std::span<float const> input) const {
    assert(!input.empty() && input.size() % inputs_ == 0);
    std::array const shape{1, static_cast<int>(inputs_), 1,
                           static_cast<int>(input.size() / inputs_)};
    try {
        // Mat has no form for constant data; setInput copies it.
        cv::Mat const blob(static_cast<int>(shape.size()), shape.data(), CV_32F,
                           const_cast<float*>(input.data()));
        net_->net.setInput(blob);
        auto const answer = net_->net.forward();
        bool const fits = answer.dims == 4 && answer.type() == CV_32F && answer.isContinuous() &&
                          answer.size[0] == 1 && answer.size[1] == static_cast<int>(outputs_) &&
                          answer.size[2] == 1 && answer.size[3] == shape[3];
        if (!fits)
            return fail(
                ErrorCode::Internal,
                fmt::format("its answers are not of the shape 1 x {} x 1 x samples", outputs_));
        auto const* values = answer.ptr<float>();
        return std::vector<float>(values, values + answer.total());
    } catch (std::exception const& e) {
        return fail(ErrorCode::Internal, "OpenCV cannot run it (" + reason_of(e) + ")");
    }
}

}  // namespace aiditor::detect
