#include "engine/plot/canvas.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <numbers>

// Cairo keeps its last fonts until the process ends, by pointers that the leak check cannot follow:
// three patterns of fontconfig, however much is drawn.
// NOLINTBEGIN(readability-identifier-naming, bugprone-reserved-identifier): the sanitizer's names
extern "C" char const* __lsan_default_suppressions();
extern "C" char const* __lsan_default_suppressions() { return "leak:libfontconfig"; }
extern "C" char const* __lsan_default_options();
extern "C" char const* __lsan_default_options() { return "print_suppressions=0"; }
// NOLINTEND(readability-identifier-naming, bugprone-reserved-identifier)

namespace aiditor::plot {
namespace {

constexpr char const* kFont = "DejaVu Sans";
constexpr std::size_t kMostText = 300;  // bytes; longer text cannot fit in any room

/// The text without its last character.
std::string_view shorter(std::string_view text) {
    auto end = text.size();
    while (end > 0 && (static_cast<unsigned char>(text[--end]) & 0xC0U) == 0x80U) {
    }
    return text.substr(0, end);
}

std::string_view limited(std::string_view text) {
    if (text.size() <= kMostText) return text;
    auto end = kMostText;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end);
}

cairo_status_t append(void* out, unsigned char const* bytes, unsigned size) try {
    static_cast<std::string*>(out)->append(reinterpret_cast<char const*>(bytes), size);
    return CAIRO_STATUS_SUCCESS;
} catch (std::exception const&) {  // must not fly through C
    return CAIRO_STATUS_NO_MEMORY;
}

}  // namespace

Colour mix(Colour from, Colour to, double share) {
    auto const between = [share](double a, double b) { return a + (b - a) * share; };
    return {between(from.red, to.red), between(from.green, to.green), between(from.blue, to.blue),
            between(from.alpha, to.alpha)};
}

Canvas::Canvas(int width, int height, Colour ground)
    : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)),
      cairo_(cairo_create(surface_.get())) {
    set_colour(ground);
    cairo_paint(cairo_.get());
    cairo_set_line_width(cairo_.get(), 1);
}

void Canvas::set_colour(Colour c) {
    cairo_set_source_rgba(cairo_.get(), c.red, c.green, c.blue, c.alpha);
}

void Canvas::set_type(Type const& type) {
    cairo_select_font_face(cairo_.get(), kFont, CAIRO_FONT_SLANT_NORMAL,
                           type.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo_.get(), type.size);
}

void Canvas::add_to_shape(Box const& box) {
    cairo_rectangle(cairo_.get(), box.x, box.y, box.width, box.height);
}

void Canvas::fill_shape(Colour colour) {
    set_colour(colour);
    cairo_fill(cairo_.get());
}

void Canvas::fill(Box const& box, Colour colour) {
    add_to_shape(box);
    fill_shape(colour);
}

void Canvas::fill_round(Box const& box, double radius, Colour colour) {
    constexpr auto kQuarter = std::numbers::pi / 2;
    auto const r = std::min(radius, std::min(box.width, box.height) / 2);
    auto const left = box.x + r, right = box.x + box.width - r;
    auto const top = box.y + r, bottom = box.y + box.height - r;
    auto* c = cairo_.get();
    cairo_new_sub_path(c);
    cairo_arc(c, right, top, r, -kQuarter, 0);
    cairo_arc(c, right, bottom, r, 0, kQuarter);
    cairo_arc(c, left, bottom, r, kQuarter, 2 * kQuarter);
    cairo_arc(c, left, top, r, 2 * kQuarter, 3 * kQuarter);
    cairo_close_path(c);
    fill_shape(colour);
}

double Canvas::text_width(std::string_view text, Type const& type) {
    set_type(type);
    cairo_text_extents_t extents{};
    cairo_text_extents(cairo_.get(), std::string(limited(text)).c_str(), &extents);
    return extents.x_advance;
}

void Canvas::text(double x, double y, std::string_view text, Type const& type, double room) {
    text = limited(text);
    std::string shown(text);
    auto width = text_width(shown, type);
    while (width > room && !text.empty()) {
        text = shorter(text);
        shown = std::string(text) + "\u2026";
        width = text_width(shown, type);
    }
    if (type.align == Align::Right) x -= width;
    if (type.align == Align::Centre) x -= width / 2;
    set_colour(type.colour);
    cairo_move_to(cairo_.get(), x, y);
    cairo_show_text(cairo_.get(), shown.c_str());
    cairo_new_path(cairo_.get());
}

void Canvas::picture(double x, double y, int width, int height, std::string_view bytes) {
    auto const columns = static_cast<std::size_t>(width), rows = static_cast<std::size_t>(height);
    assert(bytes.size() == columns * rows * 3);
    std::unique_ptr<cairo_surface_t, Free> const small(
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
    auto* data = cairo_image_surface_get_data(small.get());
    if (!data) return;
    auto const stride = static_cast<std::size_t>(cairo_image_surface_get_stride(small.get()));
    cairo_surface_flush(small.get());
    auto const at = [&](std::size_t i) {
        return std::uint32_t{static_cast<unsigned char>(bytes[i])};
    };
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t column = 0; column < columns; ++column) {
            auto const i = (row * columns + column) * 3;
            auto const pixel = at(i) << 16U | at(i + 1) << 8U | at(i + 2);
            std::memcpy(data + row * stride + column * sizeof pixel, &pixel, sizeof pixel);
        }
    cairo_surface_mark_dirty(small.get());
    cairo_set_source_surface(cairo_.get(), small.get(), x, y);
    add_to_shape({x, y, static_cast<double>(width), static_cast<double>(height)});
    cairo_fill(cairo_.get());
}

Result<std::string> Canvas::png() {
    std::string out;
    auto status = cairo_status(cairo_.get());
    if (status == CAIRO_STATUS_SUCCESS) {
        cairo_surface_flush(surface_.get());
        status = cairo_surface_write_to_png_stream(surface_.get(), &append, &out);
    }
    if (status != CAIRO_STATUS_SUCCESS)
        return fail(ErrorCode::Internal, fmt::format("the plot could not be drawn ({})",
                                                     cairo_status_to_string(status)));
    return out;
}

}  // namespace aiditor::plot
