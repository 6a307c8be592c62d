#include "service/api/http.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

namespace aiditor::api {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 7> kMethods{
    {{Method::Get, "GET"},
     {Method::Head, "HEAD"},
     {Method::Post, "POST"},
     {Method::Put, "PUT"},
     {Method::Patch, "PATCH"},
     {Method::Delete, "DELETE"},
     {Method::Options, "OPTIONS"}}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trim(std::string_view text) {
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view without_weakness(std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
}

}  // namespace

std::string_view method_name(Method method) {
    for (auto const& [value, name] : kMethods)
        if (value == method) return name;
    return "";
}

std::optional<Method> method_of_name(std::string_view name) {
    for (auto const& [value, text] : kMethods)
        if (text == name) return value;
    return std::nullopt;
}

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::set(std::string name, std::string value) {
    std::erase_if(fields_, [&](auto const& field) { return same_name(field.first, name); });
    add(std::move(name), std::move(value));
}

void Headers::add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (auto const& [key, value] : fields_)
        if (same_name(key, name)) return value;
    return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(fields_, [&](auto const& f) { return same_name(f.first, name); }));
}

std::optional<std::string> Request::cookie(std::string_view name) const {
    for (auto const& [key, value] : headers) {
        if (!same_name(key, "Cookie")) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            auto const pair = trim(rest.substr(0, rest.find(';')));
            rest.remove_prefix(std::min(rest.size(), rest.find(';')));
            if (!rest.empty()) rest.remove_prefix(1);
            auto const equals = pair.find('=');
            if (equals != std::string_view::npos && pair.substr(0, equals) == name)
                return std::string(pair.substr(equals + 1));
        }
    }
    return std::nullopt;
}

std::string const& Request::param(std::string_view name) const {
    auto const found = params.find(name);
    assert(found != params.end());
    return found->second;
}

std::optional<std::string> Request::query_text(std::string_view name) const {
    auto const found = query.find(name);
    if (found == query.end()) return std::nullopt;
    return found->second;
}

std::optional<std::int64_t> Request::query_number(std::string_view name) const {
    auto const found = query.find(name);
    if (found == query.end()) return std::nullopt;
    std::int64_t out = 0;
    auto const& text = found->second;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

bool accepts_gzip(std::string_view list) {
    while (!list.empty()) {
        auto const comma = std::min(list.find(','), list.size());
        auto const item = list.substr(0, comma);
        list.remove_prefix(std::min(comma + 1, list.size()));
        auto const semicolon = std::min(item.find(';'), item.size());
        if (!same_name(trim(item.substr(0, semicolon)), "gzip")) continue;
        auto const weight = trim(item.substr(std::min(semicolon + 1, item.size())));
        return !(weight.starts_with("q=0") && weight.find_first_of("123456789") == weight.npos);
    }
    return false;
}

bool lists_etag(std::string_view list, std::string_view etag) {
    if (trim(list) == "*") return true;
    while (!list.empty()) {  // our own tags hold no comma, so a split at commas finds them
        auto const item = trim(list.substr(0, list.find(',')));
        if (!item.empty() && without_weakness(item) == without_weakness(etag)) return true;
        list.remove_prefix(std::min(list.size(), list.find(',')));
        if (!list.empty()) list.remove_prefix(1);
    }
    return false;
}

}  // namespace aiditor::api
