# Decides whether the CUDA kernels are built, and sets FMK_CUDA (ON or OFF) and FMK_CUDA_VERSION.
#
# FMK_WITH_CUDA: AUTO builds them when nvcc is there and libtorch is a CUDA build; ON makes either
# missing an error; OFF never builds them. Include after fmk_find_libtorch().
#
# Rules for sources: a `.cu` file includes no torch header (raw pointers, strides, cudaStream_t), and
# a `*_cuda.cpp` file is compiled only with CUDA: it is where c10/cuda may be used.

include_guard(GLOBAL)

set(FMK_WITH_CUDA AUTO CACHE STRING "Build the CUDA kernels: AUTO, ON or OFF")
set_property(CACHE FMK_WITH_CUDA PROPERTY STRINGS AUTO ON OFF)

set(FMK_CUDA OFF)
set(FMK_CUDA_VERSION "")

if(NOT FMK_WITH_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "FMK_WITH_CUDA is AUTO, ON or OFF, not ${FMK_WITH_CUDA}")
endif()

if(NOT FMK_WITH_CUDA STREQUAL "OFF")
  include(CheckLanguage)
  set(why "")
  if(NOT FMK_LIBTORCH_CUDA)
    set(why "the libtorch in ${FMK_LIBTORCH_LIB} is a CPU build")
  else()
    check_language(CUDA)
    if(NOT CMAKE_CUDA_COMPILER)
      set(why "nvcc was not found")
    endif()
  endif()
  if(NOT why)
    set(FMK_CUDA ON)
  elseif(FMK_WITH_CUDA STREQUAL "ON")
    message(FATAL_ERROR "FMK_WITH_CUDA is ON, but ${why}.")
  else()
    message(STATUS "No CUDA kernels: ${why}")
  endif()
endif()

if(FMK_CUDA)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    # Code for each generation from Ampere on, Hopper's with the instructions of its own (90a, of which there is no PTX for others), and
    # PTX of the first for those to come.
    set(CMAKE_CUDA_ARCHITECTURES 80 86-real 89-real 90a-real)
  endif()
  set(CMAKE_CUDA_STANDARD 17)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  enable_language(CUDA)
  find_package(CUDAToolkit REQUIRED)
  set(FMK_CUDA_VERSION "${CUDAToolkit_VERSION_MAJOR}.${CUDAToolkit_VERSION_MINOR}")
  message(STATUS "CUDA kernels: CUDA ${FMK_CUDA_VERSION} for ${CMAKE_CUDA_ARCHITECTURES}")
endif()
