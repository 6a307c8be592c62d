#pragma once
/// The frame rate that a stream's time stamps really show.

#include "timeline/time.hpp"

#include <cstdint>
#include <map>
#include <queue>
#include <vector>

namespace aiditor::ingest {

/// Collects the distances between shown pictures. Constant memory: time stamps are put in order
/// through a window as deep as any codec reorders.
class FrameRateMeter {
public:
    explicit FrameRateMeter(timeline::Rational time_base) : time_base_(time_base) {}
    void add(std::int64_t pts);

    struct Answer {
        timeline::Rational rate{30, 1};
        bool variable = false;
        std::int64_t frame_ticks = 0;  ///< the usual distance, in ticks
        std::int64_t last_pts = 0;
    };
    /// A constant rate is snapped to the standard rate within 0.5 %; a variable one is answered by
    /// the standard rate at or above the usual distance between pictures.
    [[nodiscard]] Answer finish();

private:
    void take_one();
    timeline::Rational time_base_;
    std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> window_;
    std::map<std::int64_t, std::int64_t> distances_;  ///< ticks -> how often
    std::int64_t previous_ = INT64_MIN;
};

}  // namespace aiditor::ingest
