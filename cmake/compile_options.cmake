add_library(fundi_options INTERFACE)
target_compile_options(fundi_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -ffp-contract=off
  $<$<CONFIG:Release>:-O3>)
target_include_directories(fundi_options INTERFACE ${CMAKE_SOURCE_DIR}/src)

# FUNDI_SANITIZE: "", "address" (address + undefined) or "thread".
set(FUNDI_SANITIZE "" CACHE STRING "Sanitizer to build with: address or thread")
if(FUNDI_SANITIZE STREQUAL "address")
  set(flags -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
elseif(FUNDI_SANITIZE STREQUAL "thread")
  set(flags -fsanitize=thread)
endif()
if(flags)
  target_compile_options(fundi_options INTERFACE ${flags} -g1)
  target_link_options(fundi_options INTERFACE ${flags})
endif()
