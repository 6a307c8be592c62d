#pragma once
/// Plain structs to JSON and back, driven by Boost.Describe.
///
/// A struct described with BOOST_DESCRIBE_STRUCT maps member by member; names are the keys.
/// Reading is strict: a missing key, a wrong type or an unknown key is an error that names the
/// JSON pointer (RFC 6901). Keys that begin with `x_` are for users and are ignored.
/// `std::optional` members may be absent. Enumerators written PascalCase are snake_case in JSON.

#include "base/result.hpp"

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace aiditor::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

/// Parses one JSON text. Limits: nesting 64, UTF-8 only. Errors: BadJson with line and column.
[[nodiscard]] Result<Value> parse(std::string_view text);

enum class Layout : std::uint8_t { Pretty = 1, OneLine };

/// Prints JSON. Keys that end in `_s` are seconds and get nine decimals (one nanosecond), which
/// a reader maps back to the same `timeline::Time`; other numbers print shortest round-trip.
[[nodiscard]] std::string print(Value const& value, Layout layout = Layout::Pretty);

[[nodiscard]] std::string snake_case(std::string_view pascal);
[[nodiscard]] std::string join_pointer(std::string_view pointer, std::string_view key);

/// BadJson at a pointer: "at /clips/3/start_s: must not be negative".
[[nodiscard]] std::unexpected<Error> bad(std::string_view pointer, std::string_view what);

/// How T maps to JSON; specialise for types that are neither described nor standard.
template <class T>
struct Codec;

template <class T>
[[nodiscard]] Value to_value(T const& x) {
    return Codec<T>::write(x);
}
template <class T>
[[nodiscard]] Result<T> from_value(Value const& value, std::string const& pointer = "") {
    return Codec<T>::read(value, pointer);
}
template <class T>
[[nodiscard]] std::string to_text(T const& x, Layout layout = Layout::Pretty) {
    return print(to_value(x), layout);
}
/// Parses text as a T. Errors: BadJson.
template <class T>
[[nodiscard]] Result<T> from_text(std::string_view text) {
    return from_value<T>(TRY(parse(text)));
}

// ---- how the standard types map --------------------------------------------------------------

template <>
struct Codec<bool> {
    static Value write(bool x) { return x; }
    static Result<bool> read(Value const& v, std::string const& pointer) {
        if (!v.is_bool()) return bad(pointer, "must be true or false");
        return v.get_bool();
    }
};

template <>
struct Codec<std::string> {
    static Value write(std::string const& x) { return Value(x); }
    static Result<std::string> read(Value const& v, std::string const& pointer) {
        if (!v.is_string()) return bad(pointer, "must be text");
        return std::string(v.get_string());
    }
};

template <std::integral T>
    requires(!std::same_as<T, bool>)
struct Codec<T> {
    static Value write(T x) {
        if constexpr (std::is_signed_v<T>) return static_cast<std::int64_t>(x);
        return static_cast<std::uint64_t>(x);
    }
    static Result<T> read(Value const& v, std::string const& pointer) {
        boost::system::error_code ec;
        T const x = v.to_number<T>(ec);  // fails on fractions and on values outside T
        if (ec) return bad(pointer, "must be a whole number in range");
        return x;
    }
};

template <std::floating_point T>
struct Codec<T> {
    static Value write(T x) { return std::isfinite(x) ? Value(static_cast<double>(x)) : Value(); }
    static Result<T> read(Value const& v, std::string const& pointer) {
        boost::system::error_code ec;
        auto const x = v.to_number<double>(ec);
        if (ec || !std::isfinite(x)) return bad(pointer, "must be a finite number");
        return static_cast<T>(x);
    }
};

template <class T>
struct Codec<std::vector<T>> {
    static Value write(std::vector<T> const& xs) {
        Array out;
        out.reserve(xs.size());
        for (auto const& x : xs) out.push_back(to_value<T>(x));
        return out;
    }
    static Result<std::vector<T>> read(Value const& v, std::string const& pointer) {
        if (!v.is_array()) return bad(pointer, "must be a list");
        std::vector<T> out;
        out.reserve(v.get_array().size());
        for (auto const& item : v.get_array())
            out.push_back(
                TRY(from_value<T>(item, join_pointer(pointer, std::to_string(out.size())))));
        return out;
    }
};

template <class T>
struct Codec<std::map<std::string, T>> {
    static Value write(std::map<std::string, T> const& xs) {
        Object out;
        for (auto const& [key, x] : xs) out[key] = to_value(x);
        return out;
    }
    static Result<std::map<std::string, T>> read(Value const& v, std::string const& pointer) {
        if (!v.is_object()) return bad(pointer, "must be an object");
        std::map<std::string, T> out;
        for (auto const& [key, item] : v.get_object())
            out.emplace(key, TRY(from_value<T>(item, join_pointer(pointer, key))));
        return out;
    }
};

template <class T>
    requires boost::describe::has_describe_enumerators<T>::value
struct Codec<T> {
    using Names = boost::describe::describe_enumerators<T>;
    static Value write(T x) {
        Value out;
        boost::mp11::mp_for_each<Names>([&](auto d) {
            if (d.value == x) out = snake_case(d.name);
        });
        return out;
    }
    static Result<T> read(Value const& v, std::string const& pointer) {
        std::optional<T> found;
        std::string allowed;
        boost::mp11::mp_for_each<Names>([&](auto d) {
            auto const name = snake_case(d.name);
            if (v.is_string() && v.get_string() == name) found = d.value;
            allowed += (allowed.empty() ? "" : ", ") + name;
        });
        if (!found) return bad(pointer, "must be one of " + allowed);
        return *found;
    }
};

namespace detail {
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Reads one member; absent optionals stay empty.
template <class M>
Result<> read_member(Object const& object, std::string_view key, M& out,
                     std::string const& pointer) {
    auto const* item = object.if_contains(key);
    auto const here = join_pointer(pointer, key);
    if constexpr (is_optional<M>) {
        if (item) out = TRY(from_value<typename M::value_type>(*item, here));
    } else {
        if (!item) return bad(here, "is missing");
        out = TRY(from_value<M>(*item, here));
    }
    return {};
}
}  // namespace detail

template <class T>
    requires boost::describe::has_describe_members<T>::value
struct Codec<T> {
    using Members = boost::describe::describe_members<T, boost::describe::mod_any_access>;

    static Value write(T const& x) {
        Object out;
        if constexpr (requires { T::kSchema; }) out["schema"] = T::kSchema;
        boost::mp11::mp_for_each<Members>([&](auto d) {
            using M = std::remove_cvref_t<decltype(x.*d.pointer)>;
            if constexpr (detail::is_optional<M>) {
                if (x.*d.pointer) out[d.name] = to_value<typename M::value_type>(*(x.*d.pointer));
            } else {
                out[d.name] = to_value<M>(x.*d.pointer);
            }
        });
        return out;
    }

    static Result<T> read(Value const& v, std::string const& pointer) {
        if (!v.is_object()) return bad(pointer, "must be an object");
        auto const& object = v.get_object();
        if constexpr (requires { T::kSchema; }) TRY_VOID(check_schema(object, pointer));
        T out;
        Result<> status;
        boost::mp11::mp_for_each<Members>([&](auto d) {
            if (status) status = detail::read_member(object, d.name, out.*d.pointer, pointer);
        });
        if (!status) return std::unexpected(std::move(status).error());
        TRY_VOID(refuse_unknown(object, pointer));
        if constexpr (requires { out.validate(pointer); }) TRY_VOID(out.validate(pointer));
        return out;
    }

private:
    static Result<> check_schema(Object const& object, std::string const& pointer) {
        auto const* schema = object.if_contains("schema");
        if (schema && schema->is_string() && schema->get_string() == T::kSchema) return {};
        return bad(join_pointer(pointer, "schema"), "must be \"" + std::string(T::kSchema) + "\"");
    }
    static Result<> refuse_unknown(Object const& object, std::string const& pointer) {
        for (auto const& [key, item] : object) {
            std::string_view const name = key;
            bool known = name.starts_with("x_");
            if constexpr (requires { T::kSchema; }) known = known || name == "schema";
            boost::mp11::mp_for_each<Members>([&](auto d) { known = known || name == d.name; });
            if (!known)
                return bad(join_pointer(pointer, name),
                           "is not a known key (remove it, or begin your own keys with x_)");
        }
        return {};
    }
};

}  // namespace aiditor::json
