#include "service/api/route.hpp"

namespace aiditor::api {

std::vector<QueryParameter> page_parameters() {
    return {{.name = "limit",
             .about = "How many items at most; 50 when absent.",
             .type = QueryParameter::Type::Number,
             .least = 1,
             .most = kMostPage},
            {.name = "cursor", .about = "Where the page begins: next_cursor of the page before."}};
}

std::int64_t page_limit(Request const& request) {
    return request.query_number("limit").value_or(kOrdinaryPage);
}

}  // namespace aiditor::api
