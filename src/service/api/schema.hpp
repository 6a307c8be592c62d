#pragma once
/// JSON Schema (draft 2020-12) of the structs that json::Codec reads and writes, and the checks
/// that the schema promises. Both come from Boost.Describe and from T::fields(), so they cannot
/// disagree.

#include "base/json.hpp"
#include "base/result.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <vector>

namespace aiditor::api {

/// What a struct tells about one of its members, in `static std::vector<FieldDoc> fields()`.
struct FieldDoc {
    std::string_view name;
    std::string_view about{};  ///< one sentence
    /// Of a number its value, of a text its characters, of a list or a map its items; inclusive.
    std::optional<std::int64_t> least{}, most{};
    std::string_view format{};  ///< JSON Schema's: "email", "uri"; told and not checked
};

/// For types with a json::Codec of their own: specialise with `static json::Value make()`.
template <class T>
struct Schema;

/// Collects the schemas of one document. Structs and enumerations become components.
class Schemas {
public:
    /// A reference to T's component, or the schema itself for plain types.
    template <class T>
    [[nodiscard]] json::Value of();

    [[nodiscard]] json::Object const& components() const { return components_; }
    /// Short names that two different types have; such a document would be wrong.
    [[nodiscard]] std::vector<std::string> const& clashes() const { return clashes_; }

private:
    template <class T>
    [[nodiscard]] json::Value struct_schema();
    template <class T>
    [[nodiscard]] static json::Value enum_schema();
    /// Reserves the name of a type; empty when it is there already.
    [[nodiscard]] std::optional<std::string> begin(std::type_info const& type);

    json::Object components_;
    std::map<std::string, std::string> full_names_;  // by short name
    std::vector<std::string> clashes_;
};

/// "Page_Clip" for aiditor::api::Page<aiditor::projects::Clip>.
[[nodiscard]] std::string short_type_name(std::type_info const& type);
/// Characters (code points) of a UTF-8 text.
[[nodiscard]] std::int64_t count_characters(std::string_view text);
/// Adds what `doc` says to the schema of a member.
void document_field(json::Object& schema, FieldDoc const& doc);
/// BadJson when `size` of what is at the pointer is outside what `doc` allows.
[[nodiscard]] Result<> check_size(std::int64_t size, FieldDoc const& doc, std::string_view unit,
                                  std::string const& pointer);

template <class T>
concept DescribedStruct = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;
template <class T>
concept DescribedEnum = boost::describe::has_describe_enumerators<T>::value;

namespace detail {
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;

template <class T>
[[nodiscard]] FieldDoc field_doc(std::string_view name) {
    if constexpr (requires { T::fields(); })
        for (auto const& doc : T::fields())
            if (doc.name == name) return doc;
    return {.name = name};
}
}  // namespace detail

template <class T>
json::Value Schemas::of() {
    if constexpr (requires { Schema<T>::make(); }) {
        return Schema<T>::make();
    } else if constexpr (json::detail::is_optional<T>) {
        return of<typename T::value_type>();
    } else if constexpr (std::same_as<T, bool>) {
        return {{"type", "boolean"}};
    } else if constexpr (std::same_as<T, std::string>) {
        return {{"type", "string"}};
    } else if constexpr (std::integral<T>) {
        json::Object out{{"type", "integer"}, {"format", sizeof(T) > 4 ? "int64" : "int32"}};
        out["minimum"] = std::numeric_limits<T>::min();
        out["maximum"] = std::numeric_limits<T>::max();
        return out;
    } else if constexpr (std::floating_point<T>) {
        return {{"type", "number"}};
    } else if constexpr (detail::is_vector<T>) {
        return {{"type", "array"}, {"items", of<typename T::value_type>()}};
    } else if constexpr (detail::is_map<T>) {
        return {{"type", "object"}, {"additionalProperties", of<typename T::mapped_type>()}};
    } else {
        static_assert(DescribedStruct<T> || DescribedEnum<T>, "describe T, or specialise Schema");
        if (auto const name = begin(typeid(T))) {
            json::Value schema;  // made first: nested types enter the same object
            if constexpr (DescribedEnum<T>) schema = enum_schema<T>();
            else schema = struct_schema<T>();
            components_[*name] = std::move(schema);
        }
        return {{"$ref", "#/components/schemas/" + short_type_name(typeid(T))}};
    }
}

template <class T>
json::Value Schemas::enum_schema() {
    json::Array names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
        [&](auto d) { names.emplace_back(json::snake_case(d.name)); });
    return {{"type", "string"}, {"enum", std::move(names)}};
}

template <class T>
json::Value Schemas::struct_schema() {
    json::Object properties;
    json::Array required;
    if constexpr (requires { T::kSchema; }) {
        properties["schema"] = {{"const", std::string_view(T::kSchema)}};
        required.emplace_back("schema");
    }
    using Members = boost::describe::describe_members<T, boost::describe::mod_any_access>;
    boost::mp11::mp_for_each<Members>([&](auto d) {
        using M = std::remove_cvref_t<decltype(std::declval<T>().*d.pointer)>;
        json::Object schema = of<M>().as_object();
        document_field(schema, detail::field_doc<T>(d.name));
        properties[d.name] = std::move(schema);
        if constexpr (!json::detail::is_optional<M>) required.emplace_back(d.name);
    });
    json::Object out{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) out["required"] = std::move(required);
    return out;
}

/// Whether `x` and all that it holds keep to what fields() promises. Errors: BadJson.
template <class T>
[[nodiscard]] Result<> check_fields(T const& x, std::string const& pointer,
                                    FieldDoc const& doc = {}) {
    if constexpr (json::detail::is_optional<T>) {
        if (x) return check_fields(*x, pointer, doc);
    } else if constexpr (std::same_as<T, std::string>) {
        return check_size(count_characters(x), doc, "characters", pointer);
    } else if constexpr (std::integral<T> && !std::same_as<T, bool>) {
        if (std::in_range<std::int64_t>(x))
            return check_size(static_cast<std::int64_t>(x), doc, "", pointer);
    } else if constexpr (detail::is_vector<T>) {
        TRY_VOID(check_size(std::ssize(x), doc, "items", pointer));
        for (std::size_t i = 0; i < x.size(); ++i)
            TRY_VOID(check_fields<typename T::value_type>(
                x[i], json::join_pointer(pointer, std::to_string(i))));
    } else if constexpr (detail::is_map<T>) {
        TRY_VOID(check_size(std::ssize(x), doc, "items", pointer));
        for (auto const& [key, item] : x)
            TRY_VOID(check_fields(item, json::join_pointer(pointer, key)));
    } else if constexpr (DescribedStruct<T> && !requires { Schema<T>::make(); }) {
        Result<> status;
        using Members = boost::describe::describe_members<T, boost::describe::mod_any_access>;
        boost::mp11::mp_for_each<Members>([&](auto d) {
            if (status)
                status = check_fields(x.*d.pointer, json::join_pointer(pointer, d.name),
                                      detail::field_doc<T>(d.name));
        });
        return status;
    }
    return {};
}

/// Parses and checks the text of a request body. Errors: BadJson.
template <class T>
[[nodiscard]] Result<T> read_body(std::string_view text) {
    auto out = TRY(json::from_text<T>(text));
    TRY_VOID(check_fields(out, ""));
    return out;
}

}  // namespace aiditor::api
