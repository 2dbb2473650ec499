# Checks the layout of the native sources, or applies it:
#
#   cmake -DMODE=check|apply -P cmake/FmkFormat.cmake
#
# Layout differs between releases of clang-format, so release 14 it is. Without it the check is left
# out with a line that says so, except where CI or FREEMASK_CI is set: there it must be installed.

cmake_minimum_required(VERSION 3.24)

set(release 14)
get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

find_program(clang_format NAMES clang-format-${release} clang-format)
set(problem "")
if(NOT clang_format)
  set(problem "clang-format ${release} is not installed")
else()
  execute_process(COMMAND "${clang_format}" --version OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
  if(NOT version MATCHES "version ${release}\\.")
    string(STRIP "${version}" version)
    set(problem "clang-format ${release} is needed, and ${clang_format} is ${version}")
  endif()
endif()
if(problem)
  if(MODE STREQUAL "apply" OR NOT "$ENV{CI}$ENV{FREEMASK_CI}" STREQUAL "")
    message(FATAL_ERROR "${problem} (on Debian: apt-get install clang-format-${release})")
  endif()
  message(STATUS "The layout of the native sources is not checked: ${problem}")
  return()
endif()

set(sources "")
foreach(folder native/include native/src native/tests benchmarks/native)
  foreach(extension h c cpp cu cuh)
    file(GLOB_RECURSE found "${root}/${folder}/*.${extension}")
    list(APPEND sources ${found})
  endforeach()
endforeach()

if(MODE STREQUAL "apply")
  set(arguments -i)
else()
  set(arguments --dry-run -Werror --ferror-limit=1)
endif()
execute_process(
  COMMAND "${clang_format}" "--style=file:${root}/native/.clang-format" ${arguments} ${sources}
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "Native sources are not laid out as native/.clang-format says: run `mvn -Ptidy process-sources`")
endif()
