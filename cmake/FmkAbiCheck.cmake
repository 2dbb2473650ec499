# Compares what libfmk exports with what fmk.h declares: each FMK_API function is exported, and
# nothing else is. Run by ctest:
#
#   cmake -DLIBRARY=libfmk.so -DHEADER=fmk.h -DNM=nm -P FmkAbiCheck.cmake

execute_process(COMMAND "${NM}" -D --defined-only "${LIBRARY}" OUTPUT_VARIABLE table COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[0-9a-f]+ [A-Za-z] [^\n]+" rows "${table}")
set(exported "")
foreach(row IN LISTS rows)
  string(REGEX REPLACE "^[0-9a-f]+ [A-Za-z] ([^@]+).*$" "\\1" symbol "${row}")
  list(APPEND exported "${symbol}")
endforeach()

file(READ "${HEADER}" text)
string(REGEX MATCHALL "FMK_API [^;(]*[ *](fmk_[a-z0-9_]+)\\(" prototypes "${text}")
set(declared "")
foreach(prototype IN LISTS prototypes)
  string(REGEX REPLACE "^.*[ *](fmk_[a-z0-9_]+)\\($" "\\1" name "${prototype}")
  list(APPEND declared "${name}")
endforeach()
list(LENGTH declared count)
if(count EQUAL 0)
  message(FATAL_ERROR "no FMK_API function found in ${HEADER}")
endif()

set(missing ${declared})
list(REMOVE_ITEM missing ${exported})
set(extra ${exported})
list(REMOVE_ITEM extra ${declared})
list(FILTER extra EXCLUDE REGEX "^FMK_[0-9.]+$") # the version node itself
if(missing OR extra)
  message(FATAL_ERROR "declared but not exported: [${missing}]; exported but not declared: [${extra}]")
endif()
message(STATUS "${count} functions, all of them exported and nothing else")
