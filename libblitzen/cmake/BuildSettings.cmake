# What every target of the project is built with. blitzen_settings carries it to our own targets only, never to users.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
  endif()
  find_program(CCACHE ccache)
  if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  endif()
endif()

# What more than one directory links with; the rest is found where it is used.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(cereal REQUIRED)
find_package(zstd 1.5 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)

add_library(blitzen_settings INTERFACE)
target_compile_options(blitzen_settings INTERFACE -Wall -Wextra -Wconversion -Wshadow $<$<BOOL:${BLITZEN_WERROR}>:-Werror>)
# Asio 1.22 chooses its allocator by which header was included first, and so differently from file to file.
target_compile_definitions(blitzen_settings INTERFACE
  ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
if(BLITZEN_SANITIZE)
  # With sanitizers GCC 12 takes members of std::function for uninitialised.
  add_compile_options(-fsanitize=${BLITZEN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O1
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${BLITZEN_SANITIZE})
  # GCC's thread sanitizer does not model std::atomic_thread_fence.
  add_compile_definitions(ASIO_DISABLE_FENCED_BLOCK)
endif()
