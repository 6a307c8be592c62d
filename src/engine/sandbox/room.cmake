# The tests talk to a real confined process of their own, which misbehaves on request.
add_executable(sandbox_test_child ${CMAKE_CURRENT_LIST_DIR}/testing/sandbox_test_child.cpp)
target_link_libraries(sandbox_test_child PRIVATE aiditor_engine_sandbox)
add_dependencies(engine_sandbox_test sandbox_test_child)
target_compile_definitions(engine_sandbox_test PRIVATE
    AIDITOR_SANDBOX_TEST_CHILD="$<TARGET_FILE:sandbox_test_child>")
