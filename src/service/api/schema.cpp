#include "service/api/schema.hpp"

#include <algorithm>
#include <boost/core/demangle.hpp>
#include <fmt/format.h>

namespace aiditor::api {

std::string short_type_name(std::type_info const& type) {
    std::string const full = boost::core::demangle(type.name());
    std::string out, word;
    auto const flush = [&] {
        if (word.empty()) return;
        if (!out.empty()) out += '_';
        out += std::exchange(word, "");
    };
    for (std::size_t i = 0; i < full.size(); ++i) {
        char const c = full[i];
        bool const plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (plain) {
            word += c;
        } else if (full.compare(i, 2, "::") == 0) {
            word.clear();  // what stood before was a namespace
            ++i;
        } else if (c == '(') {
            i = std::min(full.find(')', i), full.size());  // "(anonymous namespace)"
        } else {
            flush();
        }
    }
    flush();
    return out;
}

std::int64_t count_characters(std::string_view text) {
    return std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
}

void document_field(json::Object& schema, FieldDoc const& doc) {
    if (!doc.about.empty()) schema["description"] = doc.about;
    if (!doc.format.empty()) schema["format"] = doc.format;
    if (!doc.least && !doc.most) return;
    auto const* type = schema.if_contains("type");
    auto const is = [&](std::string_view name) { return type && *type == json::Value(name); };
    std::string_view const low = is("string")   ? "minLength"
                                 : is("array")  ? "minItems"
                                 : is("object") ? "minProperties"
                                                : "minimum";
    std::string_view const high = is("string")   ? "maxLength"
                                  : is("array")  ? "maxItems"
                                  : is("object") ? "maxProperties"
                                                 : "maximum";
    if (doc.least) schema[low] = *doc.least;
    if (doc.most) schema[high] = *doc.most;
}

Result<> check_size(std::int64_t size, FieldDoc const& doc, std::string_view unit,
                    std::string const& pointer) {
    auto const space = unit.empty() ? "" : " ";
    auto const has = unit.empty() ? "be" : "have";
    if (doc.least && size < *doc.least)
        return json::bad(pointer,
                         fmt::format("must {} at least {}{}{}", has, *doc.least, space, unit));
    if (doc.most && size > *doc.most)
        return json::bad(pointer,
                         fmt::format("must {} at most {}{}{}", has, *doc.most, space, unit));
    return {};
}

std::optional<std::string> Schemas::begin(std::type_info const& type) {
    auto name = short_type_name(type);
    auto const full = boost::core::demangle(type.name());
    auto const [at, is_new] = full_names_.emplace(name, full);
    if (is_new) return name;
    if (at->second != full) clashes_.push_back(name);
    return std::nullopt;
}

}  // namespace aiditor::api
