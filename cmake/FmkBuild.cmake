# Configures, builds and installs libfmk in one step, with as many jobs as the machine can feed:
#
#   cmake -DPRESET=default -DTESTS=ON -DPREFIX=target/classes/native -P cmake/FmkBuild.cmake

cmake_minimum_required(VERSION 3.24)

get_filename_component(native "${CMAKE_CURRENT_LIST_DIR}/../native" ABSOLUTE)
get_filename_component(build "${CMAKE_CURRENT_LIST_DIR}/../target/native/${PRESET}" ABSOLUTE)
get_filename_component(prefix "${PREFIX}" ABSOLUTE)

# A translation unit over libtorch's headers takes up to 1 GB.
if("$ENV{CMAKE_BUILD_PARALLEL_LEVEL}" STREQUAL "")
  cmake_host_system_information(RESULT jobs QUERY NUMBER_OF_LOGICAL_CORES)
  cmake_host_system_information(RESULT memory QUERY AVAILABLE_PHYSICAL_MEMORY) # MiB
  math(EXPR fitting "${memory} / 1024")
  if(fitting LESS jobs)
    set(jobs ${fitting})
  endif()
  if(jobs LESS 1)
    set(jobs 1)
  endif()
  set(ENV{CMAKE_BUILD_PARALLEL_LEVEL} ${jobs})
endif()

execute_process(COMMAND "${CMAKE_COMMAND}" --preset ${PRESET} -DFMK_TESTS=${TESTS} WORKING_DIRECTORY "${native}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${build}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${build}" --prefix "${prefix}" COMMAND_ERROR_IS_FATAL ANY)
# A library of another platform or of an older build must not end up in the jar.
file(STRINGS "${build}/install_manifest.txt" installed)
file(GLOB_RECURSE there "${prefix}/*")
foreach(file IN LISTS there)
  if(NOT file IN_LIST installed)
    file(REMOVE "${file}")
  endif()
endforeach()
