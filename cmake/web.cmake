# Files of web/ become part of the program.
#
# embed_web(TARGET PREFIX=FOLDER...) adds them to a room that has service/web/files.hpp: every file
# below FOLDER is served under /PREFIX. The bytes stand in the program as they are (.incbin), and
# once more compressed where that saves a tenth. Run as a script (cmake -P) this writes the list:
#   FILES=PATH=FILE|... OUT=files.cpp
function(embed_web target)
    set(out "${CMAKE_BINARY_DIR}/generated/service/web/files.cpp")
    set(pairs "")
    set(sources "")
    foreach(pair ${ARGN})
        string(REGEX MATCH "^([^=]*)=(.*)$" _ "${pair}")
        set(prefix "${CMAKE_MATCH_1}")
        set(folder "${CMAKE_SOURCE_DIR}/${CMAKE_MATCH_2}")
        file(GLOB_RECURSE files RELATIVE "${folder}" CONFIGURE_DEPENDS "${folder}/*")
        foreach(file ${files})
            list(APPEND pairs "${prefix}/${file}=${folder}/${file}")
            list(APPEND sources "${folder}/${file}")
        endforeach()
    endforeach()
    list(JOIN pairs "|" joined)
    add_custom_command(OUTPUT "${out}"
        COMMAND ${CMAKE_COMMAND} "-DFILES=${joined}" "-DOUT=${out}"
                -P "${CMAKE_SOURCE_DIR}/cmake/web.cmake"
        DEPENDS ${sources} "${CMAKE_SOURCE_DIR}/cmake/web.cmake"
        COMMENT "Files of the web" VERBATIM)
    # ccache cannot see what .incbin reads; the list changes with every file (its hash is in it).
    target_sources(${target} PRIVATE "${out}")
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE)
    return()
endif()

set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_json "application/json")
set(type_txt "text/plain; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_png "image/png")
set(type_ico "image/x-icon")
set(type_webp "image/webp")
set(type_woff2 "font/woff2")
set(type_wasm "application/wasm")
set(type_webmanifest "application/manifest+json")

# Bytes of FILE under the symbol NAME, as a line of an asm declaration.
function(include_bytes name file out)
    set(${out} "    \".globl ${name}\\n.hidden ${name}\\n${name}:\\n.incbin \\\"${file}\\\"\\n\"\n"
        PARENT_SCOPE)
endfunction()

cmake_path(GET OUT PARENT_PATH build)
file(MAKE_DIRECTORY "${build}/packed")
set(bytes "")
set(names "")
set(rows "")
set(number 0)
string(REPLACE "|" ";" pairs "${FILES}")
foreach(pair ${pairs})
    string(REGEX MATCH "^([^=]*)=(.*)$" _ "${pair}")
    set(path "/${CMAKE_MATCH_1}")
    set(file "${CMAKE_MATCH_2}")
    if(path MATCHES "[^A-Za-z0-9/._-]" OR file MATCHES "[\"\\\\]")
        message(FATAL_ERROR "${file}: name it with letters, digits and . _ -")
    endif()
    cmake_path(GET path EXTENSION LAST_ONLY extension)
    string(SUBSTRING "${extension}" 1 -1 extension)
    if(NOT DEFINED type_${extension})
        message(FATAL_ERROR "${file}: cmake/web.cmake knows no media type of .${extension}")
    endif()
    file(SHA256 "${file}" hash)
    string(SUBSTRING "${hash}" 0 32 hash)
    set(name "aiditor_web_${number}")
    include_bytes(${name} "${file}" lines)
    string(APPEND bytes "${lines}")
    string(APPEND names "extern char const ${name}[];\n")

    set(packed "${build}/packed/${number}.gz")
    file(ARCHIVE_CREATE OUTPUT "${packed}" PATHS "${file}" FORMAT raw COMPRESSION GZip
         COMPRESSION_LEVEL 9 MTIME 0)
    file(SIZE "${file}" size)
    file(SIZE "${packed}" packed_size)
    math(EXPR worth "${size} * 9 / 10")
    set(gzip "{}")
    if(packed_size LESS worth)
        include_bytes(${name}_gz "${packed}" lines)
        string(APPEND bytes "${lines}")
        string(APPEND names "extern char const ${name}_gz[];\n")
        set(gzip "{${name}_gz, ${packed_size}}")
    endif()
    string(APPEND rows "    {.path = \"${path}\",\n     .type = \"${type_${extension}}\",\n"
                       "     .etag = \"\\\"${hash}\\\"\",\n"
                       "     .bytes = {${name}, ${size}},\n     .gzip = ${gzip}},\n")
    math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUT}" "// Made by cmake/web.cmake
#include \"service/web/files.hpp\"

asm(\".pushsection .rodata\\n\"
${bytes}    \".popsection\\n\");

extern \"C\" {
${names}}

namespace aiditor::web {
namespace {
constexpr File kFiles[] = {
${rows}};
}  // namespace
std::span<File const> files() { return kFiles; }
}  // namespace aiditor::web
")
