#include "base/json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>
#include <iterator>

namespace aiditor::json {
namespace {

constexpr std::size_t kMaxDepth = 64;

/// Counts the members that the text has; the parsed value keeps only the last of equal keys.
struct MemberCounter {
    static constexpr std::size_t max_object_size = SIZE_MAX, max_array_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX, max_string_size = SIZE_MAX;
    using Error = boost::system::error_code;
    using Text = boost::json::string_view;
    std::size_t members = 0;

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&) { return true; }
    bool on_object_end(std::size_t n, Error&) {
        members += n;
        return true;
    }
    bool on_array_begin(Error&) { return true; }
    bool on_array_end(std::size_t, Error&) { return true; }
    bool on_key_part(Text, std::size_t, Error&) { return true; }
    bool on_key(Text, std::size_t, Error&) { return true; }
    bool on_string_part(Text, std::size_t, Error&) { return true; }
    bool on_string(Text, std::size_t, Error&) { return true; }
    bool on_number_part(Text, Error&) { return true; }
    bool on_int64(std::int64_t, Text, Error&) { return true; }
    bool on_uint64(std::uint64_t, Text, Error&) { return true; }
    bool on_double(double, Text, Error&) { return true; }
    bool on_bool(bool, Error&) { return true; }
    bool on_null(Error&) { return true; }
    bool on_comment_part(Text, Error&) { return true; }
    bool on_comment(Text, Error&) { return true; }
};

std::size_t count_members(Value const& v) {
    std::size_t n = 0;
    if (v.is_object()) {
        n = v.get_object().size();
        for (auto const& item : v.get_object()) n += count_members(item.value());
    } else if (v.is_array()) {
        for (auto const& item : v.get_array()) n += count_members(item);
    }
    return n;
}

/// True when an object names a key twice: which one counts would be anybody's guess.
bool repeats_a_key(std::string_view text, Value const& value, boost::json::parse_options options) {
    boost::json::basic_parser<MemberCounter> counter(options);
    boost::system::error_code ec;
    counter.write_some(false, text.data(), text.size(), ec);
    return counter.handler().members != count_members(value);
}

class Printer {
public:
    explicit Printer(Layout layout) : pretty_(layout == Layout::Pretty) {}

    void value(Value const& v, std::string_view key, int depth) {
        switch (v.kind()) {
        case boost::json::kind::object: return object(v.get_object(), depth);
        case boost::json::kind::array: return array(v.get_array(), key, depth);
        case boost::json::kind::double_: return number(v.get_double(), key);
        case boost::json::kind::int64:
            return key.ends_with("_s") ? number(static_cast<double>(v.get_int64()), key)
                                       : text(fmt::format("{}", v.get_int64()));
        default: return text(boost::json::serialize(v));
        }
    }
    std::string take() { return std::move(out_); }

private:
    void text(std::string_view s) { out_ += s; }
    void number(double x, std::string_view key) {
        text(key.ends_with("_s") ? fmt::format("{:.9f}", x) : fmt::format("{}", x));
    }
    void line(int depth) {
        if (!pretty_) return;
        out_ += '\n';
        out_.append(static_cast<std::size_t>(depth) * 2, ' ');
    }
    void object(Object const& o, int depth) {
        out_ += '{';
        bool first = true;
        for (auto const& [key, item] : o) {
            if (!std::exchange(first, false)) out_ += ',';
            line(depth + 1);
            text(boost::json::serialize(boost::json::string_view(key)));
            text(pretty_ ? ": " : ":");
            value(item, key, depth + 1);
        }
        if (!o.empty()) line(depth);
        out_ += '}';
    }
    void array(Array const& a, std::string_view key, int depth) {
        // Lists of plain numbers stay on one line: a curve of a thousand values is one thing.
        bool const flat = std::ranges::none_of(a, [](Value const& v) { return v.is_structured(); });
        out_ += '[';
        bool first = true;
        for (auto const& item : a) {
            if (!std::exchange(first, false)) out_ += flat && pretty_ ? ", " : ",";
            if (!flat) line(depth + 1);
            value(item, key, depth + 1);
        }
        if (!flat) line(depth);
        out_ += ']';
    }

    bool pretty_;
    std::string out_;
};

}  // namespace

Result<Value> parse(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = kMaxDepth;
    boost::json::stream_parser parser({}, options);
    boost::system::error_code ec;
    auto const used = parser.write_some(text.data(), text.size(), ec);
    auto const rest = text.substr(std::min(used, text.size()));
    if (!ec && rest.find_first_not_of(" \t\r\n") != std::string_view::npos)
        ec = boost::json::error::extra_data;
    if (!ec) parser.finish(ec);
    if (ec) {
        auto const before = text.substr(0, used);
        auto const line = 1 + std::ranges::count(before, '\n');
        auto const newline = before.rfind('\n');
        auto const column = newline == std::string_view::npos ? used + 1 : used - newline;
        return fail(ErrorCode::BadJson, fmt::format("line {}, column {}: not valid JSON ({})", line,
                                                    column, ec.message()));
    }
    auto value = parser.release();
    if (repeats_a_key(text, value, options))
        return fail(ErrorCode::BadJson, "an object has the same key twice; leave one of them out");
    return value;
}

std::string print(Value const& value, Layout layout) {
    Printer printer(layout);
    printer.value(value, "", 0);
    return printer.take();
}

std::string snake_case(std::string_view pascal) {
    std::string out;
    for (char const c : pascal) {
        if (c >= 'A' && c <= 'Z') {
            if (!out.empty()) out += '_';
            out += static_cast<char>(c - 'A' + 'a');
        } else {
            out += c;
        }
    }
    return out;
}

std::string join_pointer(std::string_view pointer, std::string_view key) {
    std::string out(pointer);
    out += '/';
    for (char const c : key) {  // RFC 6901 section 3: ~ and / are escaped
        if (c == '~') out += "~0";
        else if (c == '/') out += "~1";
        else out += c;
    }
    return out;
}

std::unexpected<Error> bad(std::string_view pointer, std::string_view what) {
    return fail(ErrorCode::BadJson,
                fmt::format("at {}: {}", pointer.empty() ? "the top" : pointer, what));
}

}  // namespace aiditor::json
