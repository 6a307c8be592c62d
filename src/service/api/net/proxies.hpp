#pragma once
/// Who a request is from when proxies stand before us.

#include "base/result.hpp"
#include "service/api/http.hpp"

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace aiditor::api::net {

/// Addresses with one beginning: "10.0.0.0/8", "fd00::/8", or a single address.
class Network {
public:
    /// Errors: Usage, naming the text.
    [[nodiscard]] static Result<Network> parse(std::string_view text);
    [[nodiscard]] bool holds(boost::asio::ip::address const& address) const;

private:
    boost::asio::ip::address_v6::bytes_type first_{};  // IPv4 as ::ffff:a.b.c.d
    unsigned bits_ = 0;
};

/// Sets address, scheme and host of the request. X-Forwarded-For, -Proto and -Host count only from
/// a trusted peer; the client is the last address of X-Forwarded-For that is no trusted proxy.
void see_through_proxies(Request& request, boost::asio::ip::address const& peer,
                         std::vector<Network> const& trusted);

}  // namespace aiditor::api::net
