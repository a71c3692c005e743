# Parquet, where Apache Arrow C++ 26 or later is found: its own packages, or with -DFUNDI_ARROW_ROOT=DIR the folder
# `pyarrow` that pip installs, which brings headers and libraries. FUNDI_ARROW_LIBRARIES is empty without it.
option(FUNDI_ARROW "Read and write Parquet, where Apache Arrow C++ is found" ON)
set(FUNDI_ARROW_ROOT "" CACHE PATH "The folder of an installed pyarrow to take Apache Arrow C++ from")
set(FUNDI_ARROW_LIBRARIES)
if(FUNDI_ARROW_ROOT)
  foreach(name arrow parquet)
    file(GLOB library ${FUNDI_ARROW_ROOT}/lib${name}.so.*)
    list(FILTER library INCLUDE REGEX "\\.so\\.[0-9]+$")
    string(REGEX MATCH "[0-9]+$" version "${library}")  # 2600 is 26.0
    if(NOT library OR version LESS 2600 OR NOT EXISTS ${FUNDI_ARROW_ROOT}/include/${name})
      message(FATAL_ERROR "FUNDI_ARROW_ROOT: no include/${name} and lib${name}.so.2600 or later in ${FUNDI_ARROW_ROOT}; "
                          "give the folder that `python -c 'import pyarrow; print(pyarrow.__path__[0])'` names")
    endif()
    add_library(${name}::${name} SHARED IMPORTED)
    set_target_properties(${name}::${name} PROPERTIES IMPORTED_LOCATION ${library}
                          INTERFACE_INCLUDE_DIRECTORIES ${FUNDI_ARROW_ROOT}/include)
    list(APPEND FUNDI_ARROW_LIBRARIES ${name}::${name})
  endforeach()
elseif(FUNDI_ARROW)
  find_package(Arrow CONFIG QUIET)
  find_package(Parquet CONFIG QUIET)
  if(Arrow_FOUND AND Parquet_FOUND AND Arrow_VERSION VERSION_GREATER_EQUAL 26)
    set(FUNDI_ARROW_LIBRARIES Arrow::arrow_shared Parquet::parquet_shared)
  endif()
endif()
if(FUNDI_ARROW_LIBRARIES)
  # libparquet lets others see the simdjson and OpenSSL it brings, of other versions than ours: loaded before it, ours
  # are those that our code gets. Its own code then gets them too, but needs them only for JSON and encryption, which
  # arrow/ leaves alone.
  set(FUNDI_ARROW_LINK_OPTIONS "LINKER:--push-state,--no-as-needed"
      "LINKER:$<TARGET_FILE:simdjson::simdjson>,$<TARGET_FILE:OpenSSL::Crypto>,--pop-state")
  message(STATUS "Parquet: through Apache Arrow C++")
  set(FUNDI_PARQUET_ABSENT "/curate/arrow/absent\\.cc$")
else()
  message(STATUS "Parquet: no, Apache Arrow C++ 26 or later is not found (see cmake/arrow.cmake)")
  set(FUNDI_PARQUET_ABSENT "/curate/arrow/(parquet_rows|parquet_shard|values)\\.cc$")
endif()
