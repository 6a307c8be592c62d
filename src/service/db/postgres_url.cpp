#include "service/db/postgres_url.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <map>
#include <memory>
#include <ranges>
#include <string_view>

namespace aiditor::db {
namespace {

constexpr char kDefaultSocketFolder[] = "/var/run/postgresql";
constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";

/// A dead peer is noticed after about 25 s without traffic, and after 15 s with it.
constexpr std::pair<char const*, char const*> kDefaults[] = {
    {"keepalives", "1"},       {"keepalives_idle", "10"},     {"keepalives_interval", "5"},
    {"keepalives_count", "3"}, {"tcp_user_timeout", "15000"}, {"application_name", "aiditor"},
};

bool is_loopback(std::string const& host) {
    if (host.starts_with('/') || host == "localhost" || host == "::1") return true;
    in_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1 &&
           (ntohl(address.s_addr) >> 24) == 127;
}

bool all_loopback(std::string_view hosts) {
    return std::ranges::all_of(std::views::split(hosts, ','), [](auto part) {
        return is_loopback(std::string(part.begin(), part.end()));
    });
}

/// A password with an unescaped '@' or '/' ends up in the host, port or name, and from there in
/// messages.
bool holds_piece_of_password(std::map<std::string, std::string> const& given) {
    auto const has = [&](char const* key, auto const& test) {
        auto const found = given.find(key);
        return found != given.end() && std::ranges::any_of(found->second, test);
    };
    auto const odd = [](char c) { return c == '@'; };
    auto const not_in_port = [](char c) { return c != ',' && (c < '0' || c > '9'); };
    return has("host", odd) || has("hostaddr", odd) || has("dbname", odd) ||
           has("port", not_in_port);
}

Result<std::map<std::string, std::string>> parse(std::string const& url) {
    char* message = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> const parsed(
        PQconninfoParse(url.c_str(), &message), &PQconninfoFree);
    PQfreemem(message);  // it quotes the url
    std::map<std::string, std::string> given;
    if (parsed)
        for (auto const* option = parsed.get(); option->keyword; ++option)
            if (option->val) given[option->keyword] = option->val;
    if (!parsed || url.find('\0') != url.npos || holds_piece_of_password(given))
        return fail(ErrorCode::Usage,
                    "the url of the database is malformed; write "
                    "postgresql://USER:PASSWORD@HOST:PORT/NAME, with %40 for @, %2F for / and so "
                    "on inside a part");
    if (given.contains("service"))
        return fail(ErrorCode::Usage, "the url of the database may not name a service file");
    return given;
}

Result<> secure(std::map<std::string, std::string>& given) {
    auto const connects_to = given.contains("hostaddr") ? given["hostaddr"] : given["host"];
    if (all_loopback(connects_to)) return {};
    auto& mode = given["sslmode"];
    if (mode.empty()) mode = "verify-full";
    if (mode != "verify-full")
        return fail(ErrorCode::Usage,
                    "the url of the database has a weak sslmode; over a network only "
                    "sslmode=verify-full is safe");
    given.try_emplace("sslrootcert", kSystemAuthorities);
    return {};
}

}  // namespace

Result<PostgresTarget> read_postgres_url(std::string const& url, int connect_timeout_s) {
    auto given = TRY(parse(url));
    // Explicit, or the environment (PGHOST) would decide after the check for a secure connection.
    if (!given.contains("host") && !given.contains("hostaddr"))
        given["host"] = kDefaultSocketFolder;
    TRY_VOID(secure(given));
    for (auto const& [key, value] : kDefaults) given.try_emplace(key, value);
    given.try_emplace("connect_timeout", std::to_string(std::max(2, connect_timeout_s)));
    given["client_encoding"] = "UTF8";
    given["gssencmode"] = "disable";

    PostgresTarget target;
    if (auto const found = given.find("password"); found != given.end())
        target.password = found->second;
    target.options.assign(given.begin(), given.end());
    return target;
}

std::string without_password(std::string text, std::string const& password) {
    if (password.empty()) return text;
    for (std::size_t at = 0; (at = text.find(password, at)) != text.npos; at += 3)
        text.replace(at, password.size(), "***");
    return text;
}

}  // namespace aiditor::db
