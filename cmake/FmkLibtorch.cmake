# Finds the libtorch to build against and defines the target fmk::libtorch.
#
# Order: LIBTORCH (with LIBTORCH_INCLUDE and LIBTORCH_LIB), LIBTORCH_USE_PYTORCH=1, the project's
# own cache, and last an automatic download of the pinned CPU build into that cache. Each is an
# environment variable or a -D of the same name. Sets:
#
#   FMK_LIBTORCH_INCLUDE  the folder that holds ATen/ and torch/
#   FMK_LIBTORCH_LIB      the folder that holds libtorch_cpu
#   FMK_LIBTORCH_VERSION  of its headers, such as 2.13.0
#   FMK_LIBTORCH_CUDA     whether it is a CUDA build
#   FMK_LIBTORCH_ORIGIN   how it was found, for the log
#
# The libraries are linked directly: TorchConfig.cmake adds run paths of its own and drags in
# compilers that are not needed here.

include_guard(GLOBAL)

set(FMK_LIBTORCH_MINIMUM 2.11)
# The build that is downloaded where none is found.
set(FMK_LIBTORCH_PINNED 2.13.0+cpu)

function(_fmk_setting name out)
  if(DEFINED ${name} AND NOT "${${name}}" STREQUAL "")
    set(${out} "${${name}}" PARENT_SCOPE)
  else()
    set(${out} "$ENV{${name}}" PARENT_SCOPE)
  endif()
endfunction()

# Sets <out> to TRUE unless the setting is empty or says no; LibtorchFinder.java reads it the same way.
function(_fmk_switch name out)
  _fmk_setting(${name} value)
  string(STRIP "${value}" value)
  string(TOLOWER "${value}" value)
  if(value STREQUAL "" OR value MATCHES "^(0|false|off|no)$")
    set(${out} FALSE PARENT_SCOPE)
  else()
    set(${out} TRUE PARENT_SCOPE)
  endif()
endfunction()

function(_fmk_cache_root out)
  if(NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
    set(${out} "$ENV{XDG_CACHE_HOME}/freemask" PARENT_SCOPE)
  else()
    set(${out} "$ENV{HOME}/.cache/freemask" PARENT_SCOPE)
  endif()
endfunction()

# Sets <out> to the version the headers under <include> state, or to "".
function(_fmk_header_version include out)
  set(${out} "" PARENT_SCOPE)
  foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS "${include}/${header}")
      file(STRINGS "${include}/${header}" lines REGEX "^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
      if(lines MATCHES "MAJOR +([0-9]+).*MINOR +([0-9]+).*PATCH +([0-9]+)")
        set(${out} "${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3}" PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
endfunction()

# Sets <out> to the complete cached libtorch to use, or to "": the pinned one, else the newest.
function(_fmk_cached_libtorch out)
  _fmk_cache_root(root)
  set(${out} "" PARENT_SCOPE)
  if(EXISTS "${root}/libtorch-${FMK_LIBTORCH_PINNED}/lib")
    set(${out} "${root}/libtorch-${FMK_LIBTORCH_PINNED}" PARENT_SCOPE)
    return()
  endif()
  file(GLOB candidates LIST_DIRECTORIES true "${root}/libtorch-*")
  list(SORT candidates COMPARE NATURAL ORDER DESCENDING)
  foreach(candidate IN LISTS candidates)
    _fmk_header_version("${candidate}/include" version)
    if(version AND EXISTS "${candidate}/lib" AND version VERSION_GREATER_EQUAL FMK_LIBTORCH_MINIMUM)
      set(${out} "${candidate}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# Downloads the pinned wheel and keeps its headers and libraries in the cache.
function(_fmk_download_libtorch out)
  _fmk_cache_root(root)
  set(target "${root}/libtorch-${FMK_LIBTORCH_PINNED}")
  set(how "To use another, set LIBTORCH to an unpacked libtorch ${FMK_LIBTORCH_MINIMUM} or newer, or LIBTORCH_USE_PYTORCH=1 to use the PyTorch that python3 imports.")
  if(NOT CMAKE_HOST_SYSTEM_NAME STREQUAL "Linux")
    message(FATAL_ERROR "No libtorch was found, and the automatic download is for Linux only. ${how}")
  endif()
  find_program(FMK_PYTHON3 python3)
  if(NOT FMK_PYTHON3)
    message(FATAL_ERROR "No libtorch was found, and fetching it needs python3 with pip. ${how}")
  endif()
  _fmk_setting(FREEMASK_TORCH_INDEX index)
  if(index STREQUAL "")
    set(index https://download.pytorch.org/whl/cpu)
  endif()

  # A folder of its own for each run, renamed when complete: two builds at once do not meet.
  string(RANDOM LENGTH 8 suffix)
  set(work "${root}/.fetch-${suffix}")
  file(MAKE_DIRECTORY "${work}")
  message(STATUS "No libtorch found: fetching torch ${FMK_LIBTORCH_PINNED} (190 MB, once) into ${target}")
  message(STATUS "  the native engine runs on it. ${how}")
  execute_process(
    COMMAND "${FMK_PYTHON3}" -m pip download --no-deps --only-binary=:all: --python-version 3.11
            --retries 0 --extra-index-url "${index}" --dest "${work}" "torch==${FMK_LIBTORCH_PINNED}"
    RESULT_VARIABLE status)
  file(GLOB wheel "${work}/torch-*.whl")
  if(NOT status EQUAL 0 OR NOT wheel)
    file(REMOVE_RECURSE "${work}")
    message(FATAL_ERROR "Fetching torch ${FMK_LIBTORCH_PINNED} failed (see pip's lines above); FREEMASK_TORCH_INDEX names another index than ${index}. ${how}")
  endif()
  message(STATUS "  unpacking its headers and libraries")
  file(ARCHIVE_EXTRACT INPUT "${wheel}" DESTINATION "${work}" PATTERNS torch/include/* torch/lib/*)
  file(REMOVE "${wheel}")
  if(NOT EXISTS "${work}/torch/include" OR NOT EXISTS "${work}/torch/lib")
    file(REMOVE_RECURSE "${work}")
    message(FATAL_ERROR "${wheel} holds no torch/include and torch/lib. ${how}")
  endif()
  file(RENAME "${work}/torch" "${target}" RESULT renamed)
  file(REMOVE_RECURSE "${work}")
  if(NOT renamed EQUAL 0 AND NOT EXISTS "${target}/lib")
    message(FATAL_ERROR "Cannot create ${target}: ${renamed}")
  endif()
  set(${out} "${target}" PARENT_SCOPE)
endfunction()

# Sets <out> to the folder itself or to its subfolder <sub>, whichever holds <file>.
function(_fmk_holding folder sub file out)
  if(EXISTS "${folder}/${sub}/${file}")
    set(${out} "${folder}/${sub}" PARENT_SCOPE)
  else()
    set(${out} "${folder}" PARENT_SCOPE)
  endif()
endfunction()

# libtorch's loops over threads are templates: in code compiled without OpenMP they silently take one thread. They have to meet libtorch in
# the runtime that it uses itself, which it often brings along; a second one would have threads of its own and not know their number.
function(_fmk_link_threads lib)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  target_compile_options(fmk_libtorch INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:${OpenMP_CXX_FLAGS}>")
  file(GLOB runtime "${lib}/libgomp*.so*" "${lib}/libomp*" "${lib}/libiomp5*")
  if(NOT runtime)
    set(runtime ${OpenMP_CXX_LIBRARIES})
  endif()
  target_link_libraries(fmk_libtorch INTERFACE ${runtime})
endfunction()

function(fmk_find_libtorch)
  _fmk_setting(LIBTORCH root)
  _fmk_setting(LIBTORCH_INCLUDE include)
  _fmk_setting(LIBTORCH_LIB lib)
  _fmk_switch(LIBTORCH_USE_PYTORCH use_pytorch)

  if(root OR (include AND lib))
    set(origin "LIBTORCH")
  elseif(include OR lib)
    message(FATAL_ERROR "LIBTORCH_INCLUDE and LIBTORCH_LIB go together, or with LIBTORCH: one of them is missing.")
  elseif(use_pytorch)
    set(origin "LIBTORCH_USE_PYTORCH")
    execute_process(
      COMMAND python3 -c "import os, torch; print(os.path.dirname(torch.__file__))"
      OUTPUT_VARIABLE root ERROR_VARIABLE error RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "LIBTORCH_USE_PYTORCH is set, but python3 cannot import torch: ${status} ${error}")
    endif()
  else()
    set(origin "cache")
    _fmk_cached_libtorch(root)
    if(NOT root)
      set(origin "download")
      _fmk_download_libtorch(root)
    endif()
  endif()
  if(NOT include)
    set(include "${root}")
  endif()
  if(NOT lib)
    set(lib "${root}")
  endif()
  set(cpu_library "${CMAKE_SHARED_LIBRARY_PREFIX}torch_cpu${CMAKE_SHARED_LIBRARY_SUFFIX}")
  _fmk_holding("${include}" include ATen/core/Tensor.h include)
  _fmk_holding("${lib}" lib "${cpu_library}" lib)

  foreach(needed "${include}/ATen/core/Tensor.h" "${lib}/${cpu_library}" "${lib}/${CMAKE_SHARED_LIBRARY_PREFIX}c10${CMAKE_SHARED_LIBRARY_SUFFIX}")
    if(NOT EXISTS "${needed}")
      message(FATAL_ERROR "The libtorch named by ${origin} is not complete: ${needed} is missing.")
    endif()
  endforeach()
  _fmk_header_version("${include}" version)
  if(NOT version)
    message(FATAL_ERROR "The libtorch headers in ${include} state no version (looked for torch/headeronly/version.h).")
  endif()
  if(version VERSION_LESS FMK_LIBTORCH_MINIMUM)
    message(FATAL_ERROR "libtorch ${version} in ${include} is too old: ${FMK_LIBTORCH_MINIMUM} or newer is needed.")
  endif()
  set(cuda OFF)
  if(EXISTS "${lib}/libtorch_cuda.so")
    set(cuda ON)
  endif()

  set(FMK_LIBTORCH_INCLUDE "${include}" PARENT_SCOPE)
  set(FMK_LIBTORCH_LIB "${lib}" PARENT_SCOPE)
  set(FMK_LIBTORCH_VERSION "${version}" PARENT_SCOPE)
  set(FMK_LIBTORCH_CUDA "${cuda}" PARENT_SCOPE)
  set(FMK_LIBTORCH_ORIGIN "${origin}" PARENT_SCOPE)

  add_library(fmk_libtorch INTERFACE)
  add_library(fmk::libtorch ALIAS fmk_libtorch)
  target_include_directories(fmk_libtorch SYSTEM INTERFACE "${include}" "${include}/torch/csrc/api/include")
  target_link_libraries(fmk_libtorch INTERFACE "${lib}/${cpu_library}" "${lib}/${CMAKE_SHARED_LIBRARY_PREFIX}c10${CMAKE_SHARED_LIBRARY_SUFFIX}")
  if(cuda)
    # Nothing refers to torch_cuda by symbol: without --no-as-needed it is dropped, and CUDA never registers.
    target_link_libraries(fmk_libtorch INTERFACE
      "-Wl,--push-state,--no-as-needed" "${lib}/libtorch_cuda.so" "${lib}/libc10_cuda.so" "-Wl,--pop-state")
  endif()
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    # libtorch finds its own companions (libgomp, NVIDIA's libraries) at run time, through its run path.
    target_link_options(fmk_libtorch INTERFACE "-Wl,-rpath-link,${lib}" "-Wl,--allow-shlib-undefined")
  endif()
  _fmk_link_threads("${lib}")
  message(STATUS "libtorch ${version} (${origin}) in ${lib}")
endfunction()
