# thimble_module(<folder> [DEPS <folder>...] [LIBS <library>...])
#
# One static library per folder of src/, made of every .cc below it except *_test.cc; those become one
# GoogleTest program, test_<folder>. DEPS are other folders of src/ (their order is checked by
# tests/include_arrows), LIBS anything else.
function(thimble_module name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_DEPS;TEST_LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  string(REPLACE "/" "_" target "${name}")
  add_library(thimble_${target} STATIC ${sources})
  set_target_properties(thimble_${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(thimble_${target} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
  list(TRANSFORM ARG_DEPS PREPEND thimble_)
  target_link_libraries(thimble_${target} PUBLIC ${ARG_DEPS} ${ARG_LIBS} PRIVATE thimble_warnings)
  thimble_precompile(thimble_${target})
  if(tests AND THIMBLE_TESTS)
    list(TRANSFORM ARG_TEST_DEPS PREPEND thimble_)
    add_executable(test_${target} ${tests})
    target_link_libraries(test_${target} PRIVATE thimble_${target} ${ARG_TEST_DEPS} ${ARG_TEST_LIBS}
                          thimble_warnings GTest::gtest GTest::gmock GTest::gtest_main)
    thimble_add_test(${target} test_${target})
  endif()
endfunction()

# One precompiled header for all libraries and one for all test programs; the first to ask builds it.
function(thimble_precompile target)
  if(target STREQUAL "thimble_base")
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src/base/precompiled.h)
  else()
    target_precompile_headers(${target} REUSE_FROM thimble_base)
  endif()
endfunction()

function(thimble_precompile_test program)
  if(NOT TARGET thimble_test_precompiled)
    file(WRITE ${PROJECT_BINARY_DIR}/test_precompiled.cc "")
    add_library(thimble_test_precompiled STATIC ${PROJECT_BINARY_DIR}/test_precompiled.cc)
    target_link_libraries(thimble_test_precompiled PRIVATE thimble_base thimble_warnings GTest::gtest GTest::gmock)
    target_precompile_headers(thimble_test_precompiled PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/precompiled.h)
  endif()
  target_precompile_headers(${program} REUSE_FROM thimble_test_precompiled)
endfunction()

# thimble_add_test(<name> <program> [SHARDS <n>])
#
# Registers a GoogleTest program that knows where the source tree and the shared data are; a long one in
# several parts, which ctest runs side by side.
function(thimble_add_test name program)
  cmake_parse_arguments(ARG "" "SHARDS" "" ${ARGN})
  if(NOT ARG_SHARDS)
    set(ARG_SHARDS 1)
  endif()
  thimble_precompile_test(${program})
  math(EXPR last "${ARG_SHARDS} - 1")
  foreach(shard RANGE ${last})
    set(test ${name})
    if(ARG_SHARDS GREATER 1)
      set(test ${name}_${shard})
    endif()
    add_test(NAME ${test} COMMAND ${program} --gtest_brief=1 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${test} PROPERTIES TIMEOUT 1200 ENVIRONMENT
      "THIMBLE_SOURCE_DIR=${PROJECT_SOURCE_DIR};THIMBLE_BINARY=$<TARGET_FILE:thimble>;GTEST_TOTAL_SHARDS=${ARG_SHARDS};GTEST_SHARD_INDEX=${shard}")
  endforeach()
endfunction()
