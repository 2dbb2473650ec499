# fmk_warnings(<target>): warnings for our own code; a warning is an error unless FMK_WERROR is OFF.

include_guard(GLOBAL)

option(FMK_WERROR "Treat warnings in our own native code as errors" ON)

function(fmk_warnings target)
  set(host $<COMPILE_LANGUAGE:C,CXX>)
  target_compile_options(${target} PRIVATE $<${host}:-Wall> $<${host}:-Wextra>)
  if(FMK_WERROR)
    target_compile_options(${target} PRIVATE $<${host}:-Werror> $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings>)
  endif()
endfunction()
