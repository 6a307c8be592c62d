#pragma once
/// A stretch of a clip: [start, end).

#include "timeline/time.hpp"

namespace aiditor::timeline {

struct TimeSpan {
    Time start_s, end_s;

    friend bool operator==(TimeSpan const&, TimeSpan const&) = default;
};
BOOST_DESCRIBE_STRUCT(TimeSpan, (), (start_s, end_s))

}  // namespace aiditor::timeline
