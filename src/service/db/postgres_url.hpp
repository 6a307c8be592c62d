#pragma once
/// What a postgresql:// url asks of libpq, and whether that is safe.

#include "base/result.hpp"

#include <string>
#include <utility>
#include <vector>

namespace aiditor::db {

struct PostgresTarget {
    /// Keywords and values for PQconnectdbParams, those given in the url first.
    std::vector<std::pair<std::string, std::string>> options;
    /// Never to be shown; empty when the url has none.
    std::string password;
};

/// Accepts every keyword of libpq 15 (section 34.1.2) but `service`. A host that is neither a
/// socket nor loopback gets sslmode=verify-full, and a weaker one is refused. `connect_timeout_s`
/// is used unless the url says another. Errors: Usage, with nothing of the url in the message.
[[nodiscard]] Result<PostgresTarget> read_postgres_url(std::string const& url,
                                                       int connect_timeout_s);

/// The text with every occurrence of the password replaced.
[[nodiscard]] std::string without_password(std::string text, std::string const& password);

}  // namespace aiditor::db
