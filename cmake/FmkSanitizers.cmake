# fmk_sanitizers(<target>): compiles and links the target with the sanitizers named by FMK_SANITIZE.

include_guard(GLOBAL)

set(FMK_SANITIZE "" CACHE STRING "Sanitizers, comma separated, such as address,undefined")

function(fmk_sanitizers target)
  if(FMK_SANITIZE)
    set(host $<COMPILE_LANGUAGE:C,CXX>)
    target_compile_options(${target} PRIVATE
      $<${host}:-fsanitize=${FMK_SANITIZE}> $<${host}:-fno-omit-frame-pointer> $<${host}:-fno-sanitize-recover=all> $<${host}:-g>
      # gcc sees uninitialised members in the standard library's own headers once they are instrumented.
      $<${host}:-Wno-maybe-uninitialized>)
    target_link_options(${target} PRIVATE -fsanitize=${FMK_SANITIZE})
  endif()
endfunction()
