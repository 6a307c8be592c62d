#include "engine/media/fft.hpp"

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/tx.h>
}

#include <bit>
#include <cassert>
#include <cstddef>

namespace aiditor::media {
namespace {

struct AvFree {
    void operator()(float* p) const { av_free(p); }
};
using Buffer = std::unique_ptr<float[], AvFree>;

/// av_malloc aligns for the widest vector unit, as av_tx asks.
Buffer make_buffer(std::size_t floats) {
    return Buffer(static_cast<float*>(av_calloc(floats, sizeof(float))));
}

}  // namespace

struct RealFft::Plan {
    Plan() = default;
    Plan(Plan const&) = delete;
    Plan& operator=(Plan const&) = delete;
    ~Plan() { av_tx_uninit(&context); }

    AVTXContext* context = nullptr;
    av_tx_fn transform = nullptr;
    std::size_t size = 0;
    Buffer in, out;
};

RealFft::RealFft(std::unique_ptr<Plan> plan) : plan_(std::move(plan)) {}
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;
RealFft::~RealFft() = default;

Result<RealFft> RealFft::create(int size) {
    assert(size >= 64 && size <= 65536 && std::has_single_bit(static_cast<unsigned>(size)));
    auto plan = std::make_unique<Plan>();
    plan->size = static_cast<std::size_t>(size);
    plan->in = make_buffer(plan->size + 2);
    plan->out = make_buffer(plan->size + 2);
    float const scale = 1;
    if (!plan->in || !plan->out ||
        av_tx_init(&plan->context, &plan->transform, AV_TX_FLOAT_RDFT, 0, size, &scale, 0) < 0)
        return fail(ErrorCode::Internal, "The sound analyser could not be set up.");
    return RealFft(std::move(plan));
}

std::span<float> RealFft::input() { return {plan_->in.get(), plan_->size}; }

void RealFft::power_to(std::span<float> out) {
    assert(out.size() == plan_->size / 2 + 1);
    plan_->transform(plan_->context, plan_->out.get(), plan_->in.get(), sizeof(float));
    auto const* bins = plan_->out.get();  // real, imaginary, real, ...
    for (std::size_t k = 0; k < out.size(); ++k)
        out[k] = bins[2 * k] * bins[2 * k] + bins[2 * k + 1] * bins[2 * k + 1];
}

}  // namespace aiditor::media
