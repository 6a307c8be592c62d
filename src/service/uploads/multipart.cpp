#include "service/uploads/multipart.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace aiditor::uploads {
namespace {

constexpr std::string_view kLine = "\r\n";
constexpr std::string_view kHeaderEnd = "\r\n\r\n";
constexpr std::size_t kLongestBoundary = 70;

std::unexpected<Error> malformed(std::string_view why) {
    return fail(ErrorCode::BadRequest, "the form cannot be read: " + std::string(why));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

void skip_spaces(std::string_view& text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
}

bool is_token_character(char c) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
}

bool is_boundary_character(char c) {
    constexpr std::string_view kMarks = "'()+_,-./:=? ";
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
}

std::string take_token(std::string_view& text) {
    std::size_t n = 0;
    while (n < text.size() && is_token_character(text[n])) ++n;
    std::string out(text.substr(0, n));
    text.remove_prefix(n);
    return out;
}

/// A token, or a quoted string of RFC 9110 section 5.6.4.
std::optional<std::string> take_value(std::string_view& text) {
    if (!text.starts_with('"')) {
        auto token = take_token(text);
        if (token.empty()) return std::nullopt;
        return token;
    }
    std::string out;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return out;
        }
        bool const quotes =
            text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
        if (quotes) ++i;
        out.push_back(text[i]);
    }
    return std::nullopt;
}

/// `form-data; name="a"; filename="b"`: the word before the first semicolon, then pairs.
struct Header {
    std::string word;
    std::vector<std::pair<std::string, std::string>> parameters;

    [[nodiscard]] std::string const* find(std::string_view name) const {
        for (auto const& [key, value] : parameters)
            if (same(key, name)) return &value;
        return nullptr;
    }
};
std::optional<Header> parse_header(std::string_view text) {
    Header out;
    skip_spaces(text);
    out.word = std::string(text.substr(0, text.find(';')));
    text.remove_prefix(out.word.size());
    while (out.word.ends_with(' ')) out.word.pop_back();
    while (text.starts_with(';')) {
        text.remove_prefix(1);
        skip_spaces(text);
        if (text.empty()) break;
        auto key = take_token(text);
        if (key.empty() || !text.starts_with('=')) return std::nullopt;
        text.remove_prefix(1);
        auto value = take_value(text);
        if (!value || out.find(key)) return std::nullopt;
        out.parameters.emplace_back(std::move(key), *std::move(value));
        skip_spaces(text);
    }
    if (!text.empty()) return std::nullopt;
    return out;
}

/// The name of the file that the headers of a part tell of.
Result<std::string> file_name(std::string_view headers) {
    std::optional<std::string> out;
    while (!headers.empty()) {
        auto const line = headers.substr(0, headers.find(kLine));
        headers.remove_prefix(std::min(headers.size(), line.size() + kLine.size()));
        auto const colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos)
            return malformed("a header without a name");
        if (!same(line.substr(0, colon), "Content-Disposition")) continue;
        auto const header = parse_header(line.substr(colon + 1));
        if (!header || !same(header->word, "form-data") || !header->find("name"))
            return malformed("a part must be form-data with a name");
        auto const* name = header->find("filename");
        if (!name) return malformed("a part that is no file");
        if (out) return malformed("a header given twice");
        out = *name;
    }
    if (!out) return malformed("a part without Content-Disposition");
    return *out;
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
    auto const header = parse_header(content_type);
    if (!header || !same(header->word, "multipart/form-data"))
        return malformed("its Content-Type must be multipart/form-data");
    auto const* boundary = header->find("boundary");
    bool const good = boundary && !boundary->empty() && boundary->size() <= kLongestBoundary &&
                      boundary->back() != ' ' &&
                      std::ranges::all_of(*boundary, is_boundary_character);
    if (!good) return malformed("its boundary is missing or not allowed");
    return *boundary;
}

MultipartFile::MultipartFile(std::string_view boundary, Events events)
    : delimiter_("\r\n--" + std::string(boundary)), events_(std::move(events)) {}

Result<> MultipartFile::feed(std::string_view bytes) {
    held_.append(bytes);
    while (TRY(go_on())) {
    }
    return {};
}

Result<> MultipartFile::finish() const {
    constexpr std::string_view kShortest = "--";  // the last line end may be missing
    if (step_ == Step::Over || (step_ == Step::Closing && held_ == kShortest)) return {};
    return malformed("it ends before its last boundary");
}

/// One step; false when more bytes are needed.
Result<bool> MultipartFile::go_on() {
    switch (step_) {
    case Step::Opening: return read_opening();
    case Step::Header: return read_header();
    case Step::Body: return read_body();
    case Step::Closing: return read_closing();
    case Step::Over: break;
    }
    if (!held_.empty()) return malformed("there are bytes after its end");
    return false;
}

Result<bool> MultipartFile::read_opening() {
    auto const opening = delimiter_.substr(kLine.size()) + std::string(kLine);
    auto const n = std::min(held_.size(), opening.size());
    if (held_.compare(0, n, opening, 0, n) != 0)
        return malformed("it does not begin with its boundary");
    if (held_.size() < opening.size()) return false;
    held_.erase(0, opening.size());
    step_ = Step::Header;
    return true;
}

Result<bool> MultipartFile::read_header() {
    auto const end = held_.substr(0, kMostHeaderBytes).find(kHeaderEnd);
    if (end == std::string::npos) {
        if (held_.size() >= kMostHeaderBytes)
            return malformed("the headers of a part are too long");
        return false;
    }
    auto const name = TRY(file_name(std::string_view(held_).substr(0, end)));
    held_.erase(0, end + kHeaderEnd.size());
    TRY_VOID(events_.begin(name));
    step_ = Step::Body;
    return true;
}

Result<bool> MultipartFile::read_body() {
    auto const at = held_.find(delimiter_);
    bool const ends = at != std::string::npos;
    // What may be the beginning of the delimiter stays until more is known.
    auto const file = ends ? at : held_.size() - std::min(held_.size(), delimiter_.size() - 1);
    if (file > 0) TRY_VOID(events_.bytes(std::string_view(held_).substr(0, file)));
    held_.erase(0, ends ? at + delimiter_.size() : file);
    if (ends) step_ = Step::Closing;
    return ends;
}

Result<bool> MultipartFile::read_closing() {
    constexpr std::string_view kClosing = "--\r\n";
    auto const n = std::min(held_.size(), kClosing.size());
    if (held_.compare(0, n, kClosing, 0, n) != 0)
        return malformed(held_.starts_with(kLine) ? "it holds more than one part"
                                                  : "its boundary is followed by something else");
    if (held_.size() < kClosing.size()) return false;
    held_.erase(0, kClosing.size());
    step_ = Step::Over;
    return true;
}

}  // namespace aiditor::uploads
