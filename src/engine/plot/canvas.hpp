#pragma once
/// Cairo as this room needs it: rectangles, text that fits, small pictures, a PNG in memory.

#include "base/result.hpp"

#include <cairo.h>
#include <memory>
#include <string>
#include <string_view>

namespace aiditor::plot {

struct Colour {
    double red, green, blue, alpha = 1;
    [[nodiscard]] Colour faint(double share) const { return {red, green, blue, alpha * share}; }
};
/// 0xRRGGBB.
[[nodiscard]] constexpr Colour rgb(unsigned hex) {
    return {(hex >> 16U & 255U) / 255.0, (hex >> 8U & 255U) / 255.0, (hex & 255U) / 255.0};
}
[[nodiscard]] Colour mix(Colour from, Colour to, double share);

struct Box {
    double x, y, width, height;
};

enum class Align : std::uint8_t { Left = 1, Centre, Right };
struct Type {
    double size;
    Colour colour;
    bool bold = false;
    Align align = Align::Left;
};

/// Errors of cairo stick to its context: drawing goes on without effect, png() tells.
class Canvas {
public:
    Canvas(int width, int height, Colour ground);

    void fill(Box const& box, Colour colour);
    void fill_round(Box const& box, double radius, Colour colour);
    /// Adds to a shape that fill_shape fills at once: thousands of slivers are quick that way.
    void add_to_shape(Box const& box);
    void fill_shape(Colour colour);
    /// `text` is valid UTF-8 on its base line; what does not fit in `room` ends in an ellipsis.
    void text(double x, double y, std::string_view text, Type const& type, double room);
    [[nodiscard]] double text_width(std::string_view text, Type const& type);
    /// Rows of red, green, blue bytes, width * height * 3 of them, at their own size.
    void picture(double x, double y, int width, int height, std::string_view bytes);

    /// Errors: Internal.
    [[nodiscard]] Result<std::string> png();

private:
    void set_colour(Colour colour);
    void set_type(Type const& type);

    struct Free {
        void operator()(cairo_t* p) const { cairo_destroy(p); }
        void operator()(cairo_surface_t* p) const { cairo_surface_destroy(p); }
    };
    std::unique_ptr<cairo_surface_t, Free> surface_;
    std::unique_ptr<cairo_t, Free> cairo_;
};

}  // namespace aiditor::plot
