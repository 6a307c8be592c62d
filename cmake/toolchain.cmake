# Compiler settings that hold for every room.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # FFmpeg's own macros (AV_CHANNEL_LAYOUT_STEREO) leave fields out, and libstdc++ 12's
    # stable_sort calls what it deprecates itself; g++ keeps the second warning for our own code.
    add_compile_options(-Wno-missing-designated-field-initializers -Wno-deprecated-declarations)
endif()
# The same plan gives the same bytes: no fused multiply-add, no fast-math.
add_compile_options(-ffp-contract=off)
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong)
endif()
if(AIDITOR_SANITIZE)
    add_compile_options(-fsanitize=${AIDITOR_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${AIDITOR_SANITIZE})
endif()
if(AIDITOR_COVERAGE)
    add_compile_options(--coverage -fprofile-update=atomic)
    add_link_options(--coverage)
endif()

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
    add_link_options(-fuse-ld=mold)
endif()
add_link_options(LINKER:--as-needed)
