#pragma once
/// The files of web/ that are part of the program; cmake/web.cmake makes the list.

#include <span>
#include <string_view>

namespace aiditor::web {

struct File {
    std::string_view path;   ///< "/docs/docs.css", as it is asked for
    std::string_view type;   ///< Content-Type
    std::string_view etag;   ///< with its quotes; of the content
    std::string_view bytes;  ///< lives as long as the program
    std::string_view gzip;   ///< the same compressed; empty where that saves nothing
};

[[nodiscard]] std::span<File const> files();

}  // namespace aiditor::web
