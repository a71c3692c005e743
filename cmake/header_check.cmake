# Each header compiles alone: one generated source a header that includes nothing else, compiled with
# every build. A header that leans on what its users happen to include before it fails here.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/src/*.h)
# Those of the accelerators and of Arrow need what the build may do without.
list(FILTER headers EXCLUDE REGEX "^backends/(cuda|ascend)/")
list(FILTER headers EXCLUDE REGEX "^curate/arrow/values\\.h$")
set(sources)
foreach(header ${headers})
  string(REPLACE "/" "_" name ${header})
  set(source ${CMAKE_BINARY_DIR}/header_check/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n")
  list(APPEND sources ${source})
  # Those of kernels are written for machines with vectors, which the compiler's default has not.
  if(header MATCHES "-inl\\.h$" AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS -march=haswell)
  endif()
endforeach()
add_library(header_check OBJECT ${sources})
set_target_properties(header_check PROPERTIES UNITY_BUILD OFF)
target_compile_options(header_check PRIVATE -O0)
get_property(modules GLOBAL PROPERTY FUNDI_MODULES)
list(TRANSFORM modules PREPEND fundi_)
target_link_libraries(header_check PRIVATE ${modules})
