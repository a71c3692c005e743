# One test binary a module: tests/NAME/**/*_test.cc, linked with the module and the CPU backend.
find_package(GTest REQUIRED)
include(GoogleTest)
# An interface, linked last, so that its option comes after the -Wconversion of the modules.
add_library(fundi_test_options INTERFACE)
target_compile_options(fundi_test_options INTERFACE -Wno-conversion)
get_property(modules GLOBAL PROPERTY FUNDI_MODULES)
foreach(name ${modules})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${name}/*_test.cc)
  if(sources)
    add_executable(test_${name} ${sources})
    target_link_libraries(test_${name} PRIVATE fundi_${name} fundi_backends GTest::gmock
                          GTest::gtest_main fundi_test_options)
    target_compile_definitions(test_${name} PRIVATE
      FUNDI_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/${name}/data" FUNDI_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR})
    add_test(NAME ${name} COMMAND test_${name})
    # Waiting threads give up their core soon, as those of the program do (src/main.cc).
    set_tests_properties(${name} PROPERTIES ENVIRONMENT
      "GOMP_SPINCOUNT=20000;TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/tsan.supp")
  endif()
endforeach()

# The shape of the source tree itself: no module to link.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/structure/*_test.cc)
add_executable(test_structure ${sources})
target_link_libraries(test_structure PRIVATE fundi_options GTest::gmock GTest::gtest_main
                      fundi_test_options)
target_compile_definitions(test_structure PRIVATE FUNDI_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
add_test(NAME structure COMMAND test_structure)

# The transcripts and the main job run the program itself.
if(TARGET test_cli)
  add_dependencies(test_cli fundi)
endif()
