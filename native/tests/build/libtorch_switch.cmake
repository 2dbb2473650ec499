# LIBTORCH_USE_PYTORCH is off for the same values as in LibtorchFinderTest.

cmake_minimum_required(VERSION 3.24)
include("${CMAKE_CURRENT_LIST_DIR}/../../../cmake/FmkLibtorch.cmake")

foreach(value "" " " 0 false OFF No)
  set(ENV{LIBTORCH_USE_PYTORCH} "${value}")
  _fmk_switch(LIBTORCH_USE_PYTORCH result)
  if(result)
    message(FATAL_ERROR "'${value}' is on, expected off")
  endif()
endforeach()
foreach(value 1 true ON yes 2)
  set(ENV{LIBTORCH_USE_PYTORCH} "${value}")
  _fmk_switch(LIBTORCH_USE_PYTORCH result)
  if(NOT result)
    message(FATAL_ERROR "'${value}' is off, expected on")
  endif()
endforeach()
