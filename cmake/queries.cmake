# SQL lives in files; this makes constants of them, in headers below build/PRESET/generated/.
#
#   src/service/FEATURE/queries/claim_job.sql
#       -> service/FEATURE/queries.hpp: aiditor::FEATURE::queries::kClaimJob, "FEATURE/claim_job"
#   src/service/db/migrations/ENGINE/NNNN_name.{up,down}.sql
#       -> service/db/migration_files.hpp: kSqliteMigrations, kPostgresMigrations
#
# embed_sql(FOLDER SOURCES) adds the header of a room to the list of its sources, so that it is
# made before they are compiled and again when a .sql file changed. Run as a script (cmake -P) it
# writes one of the headers: KIND=queries|migrations FOLDER=... FEATURE=... OUT=...
function(embed_sql folder list_name)
    set(listed ${${list_name}})
    foreach(pair "queries/queries.hpp" "migrations/migration_files.hpp")
        cmake_path(GET pair PARENT_PATH kind)
        cmake_path(GET pair FILENAME header)
        set(from "${CMAKE_SOURCE_DIR}/src/${folder}/${kind}")
        if(NOT IS_DIRECTORY "${from}")
            continue()
        endif()
        file(GLOB_RECURSE files CONFIGURE_DEPENDS "${from}/*.sql")
        cmake_path(GET folder FILENAME feature)
        set(out "${CMAKE_BINARY_DIR}/generated/${folder}/${header}")
        add_custom_command(OUTPUT "${out}"
            COMMAND ${CMAKE_COMMAND} -DKIND=${kind} "-DFOLDER=${from}" -DFEATURE=${feature}
                    "-DOUT=${out}" -P "${CMAKE_SOURCE_DIR}/cmake/queries.cmake"
            DEPENDS ${files} "${CMAKE_SOURCE_DIR}/cmake/queries.cmake"
            COMMENT "SQL of ${folder}/${kind}" VERBATIM)
        list(APPEND listed "${out}")
    endforeach()
    set(${list_name} ${listed} PARENT_SCOPE)
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE)
    return()
endif()

# The text of a .sql file as a C++ literal.
function(sql_literal file out)
    file(READ "${file}" text)
    if(NOT text MATCHES "^-- [^\n]")
        message(FATAL_ERROR "${file}: begin with a comment '-- What it answers, and for whom'")
    endif()
    string(FIND "${text}" ")sql\"" end)
    string(LENGTH "${text}" length)
    if(NOT end EQUAL -1 OR length GREATER 60000)
        message(FATAL_ERROR "${file}: too long for a literal, or holds its end mark")
    endif()
    set(${out} "R\"sql(${text})sql\"" PARENT_SCOPE)
endfunction()

# kClaimJob of claim_job
function(constant_name name out)
    if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
        message(FATAL_ERROR "${FOLDER}/${name}.sql: name it with a-z, 0-9 and _")
    endif()
    string(REPLACE "_" ";" words "${name}")
    set(constant k)
    foreach(word ${words})
        string(SUBSTRING "${word}" 0 1 first)
        string(SUBSTRING "${word}" 1 -1 rest)
        string(TOUPPER "${first}" first)
        string(APPEND constant "${first}${rest}")
    endforeach()
    set(${out} "${constant}" PARENT_SCOPE)
endfunction()

set(text "#pragma once\n// Made by cmake/queries.cmake from ${FOLDER}\n\n")
if(KIND STREQUAL "queries")
    string(APPEND text "#include \"service/db/database.hpp\"\n\n"
                       "namespace aiditor::${FEATURE}::queries {\n\n")
    file(GLOB files "${FOLDER}/*.sql")
    foreach(file ${files})
        cmake_path(GET file STEM LAST_ONLY name)
        constant_name("${name}" constant)
        sql_literal("${file}" literal)
        string(APPEND text
            "inline constexpr db::Query ${constant}{\"${FEATURE}/${name}\", ${literal}};\n\n")
    endforeach()
    string(APPEND text "}  // namespace aiditor::${FEATURE}::queries\n")
else()
    string(APPEND text "#include \"service/db/migrations.hpp\"\n\nnamespace aiditor::db {\n\n")
    foreach(engine Sqlite Postgres)
        string(TOLOWER "${engine}" engine_folder)
        string(APPEND text "inline constexpr Migration k${engine}Migrations[] = {\n")
        file(GLOB ups "${FOLDER}/${engine_folder}/*.up.sql")
        foreach(up ${ups})
            cmake_path(GET up FILENAME name)
            if(NOT name MATCHES "^0*([1-9][0-9]*)_([a-z0-9_]+)\\.up\\.sql$")
                message(FATAL_ERROR "${up}: name it NNNN_name.up.sql")
            endif()
            string(APPEND text "{${CMAKE_MATCH_1}, \"${CMAKE_MATCH_2}\",\n")
            string(REGEX REPLACE "\\.up\\.sql$" ".down.sql" down "${up}")
            sql_literal("${up}" up_literal)
            sql_literal("${down}" down_literal)
            string(APPEND text "${up_literal},\n${down_literal}},\n")
        endforeach()
        string(APPEND text "};\n\n")
    endforeach()
    string(APPEND text "}  // namespace aiditor::db\n")
endif()
file(WRITE "${OUT}" "${text}")
