# How all code is compiled.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
# C++ is what talks to SentencePiece, one file.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()
foreach(language C CXX)
  set(CMAKE_${language}_FLAGS_RELEASE "-O2 -DNDEBUG")
  set(CMAKE_${language}_FLAGS_DEBUG "-O1 -g")
endforeach()

add_compile_definitions(_DEFAULT_SOURCE) # POSIX.1-2008 and what glibc adds to it by default
add_compile_options(-Wall -Wextra -Wshadow -Wvla -Wno-format-truncation
                    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>)

# Results are the same bits on every machine with the same instruction set, so no contraction that the source
# does not spell out; the other two flags change no result and let loops with square roots vectorise.
add_compile_options(-ffp-contract=off -fno-math-errno -fno-trapping-math)

if(S2S_WERROR)
  add_compile_options(-Werror)
endif()
if(S2S_SANITIZE)
  add_compile_options(-fsanitize=${S2S_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${S2S_SANITIZE})
endif()
