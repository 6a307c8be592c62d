#include "service/api/net/proxies.hpp"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <charconv>
#include <fmt/format.h>

namespace aiditor::api::net {
namespace {

namespace ip = boost::asio::ip;

ip::address_v6::bytes_type as_v6(ip::address const& address) {
    return address.is_v6() ? address.to_v6().to_bytes()
                           : ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
}

/// ::ffff:1.2.3.4, which a socket for both kinds gives, as 1.2.3.4.
ip::address plain(ip::address const& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    return address;
}

std::string_view trim(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

bool is_trusted(std::vector<Network> const& trusted, ip::address const& address) {
    return std::ranges::any_of(trusted, [&](auto const& n) { return n.holds(address); });
}

/// The addresses that proxies have seen, the nearest first.
std::vector<std::string> forwarded_for(Headers const& headers) {
    std::vector<std::string> out;
    for (auto const& [name, value] : headers) {
        if (!same_name(name, "X-Forwarded-For")) continue;
        std::string_view rest = value;
        while (true) {
            auto const comma = std::min(rest.find(','), rest.size());
            out.emplace_back(trim(rest.substr(0, comma)));
            if (comma == rest.size()) break;
            rest.remove_prefix(comma + 1);
        }
    }
    std::ranges::reverse(out);
    return out;
}

}  // namespace

Result<Network> Network::parse(std::string_view text) {
    auto const wrong = [&] {
        return fail(
            ErrorCode::Usage,
            fmt::format("\"{}\" is no network; write 10.0.0.0/8, fd00::/8 or an address", text));
    };
    auto const slash = std::min(text.find('/'), text.size());
    boost::system::error_code ec;
    auto const address = ip::make_address(std::string(text.substr(0, slash)), ec);
    if (ec) return wrong();
    unsigned const most = address.is_v4() ? 32 : 128;
    unsigned bits = most;
    if (slash != text.size()) {
        auto const digits = text.substr(slash + 1);
        auto const [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (error != std::errc{} || end != digits.data() + digits.size() || bits > most)
            return wrong();
    }
    Network out;
    out.first_ = as_v6(address);
    out.bits_ = bits + 128 - most;
    return out;
}

bool Network::holds(ip::address const& address) const {
    auto const bytes = as_v6(address);
    for (unsigned i = 0; i < 16; ++i) {
        unsigned const left = bits_ > i * 8 ? std::min(bits_ - i * 8, 8U) : 0;
        unsigned const mask = 0xff00U >> left & 0xffU;
        if (((bytes[i] ^ first_[i]) & mask) != 0) return false;
    }
    return true;
}

void see_through_proxies(Request& request, ip::address const& peer,
                         std::vector<Network> const& trusted) {
    ip::address client = plain(peer);
    bool const by_proxy = is_trusted(trusted, client);
    for (auto const& text :
         by_proxy ? forwarded_for(request.headers) : std::vector<std::string>{}) {
        boost::system::error_code ec;
        auto const before = ip::make_address(text, ec);
        if (ec) break;  // whoever wrote this, nothing further away can be believed
        client = plain(before);
        if (!is_trusted(trusted, client)) break;
    }
    request.address = client.to_string();
    if (!by_proxy) return;
    if (auto const proto = request.headers.find("X-Forwarded-Proto"))
        if (*proto == "http" || *proto == "https") request.scheme = *proto;
    if (auto const host = request.headers.find("X-Forwarded-Host")) request.host = *host;
}

}  // namespace aiditor::api::net
