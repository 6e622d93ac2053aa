# Every tests/{unit,ops,golden,task,fuzz}/test_NOUN.c is a program and a test FOLDER/NOUN, every
# tests/cli/NOUN.sh a test cli/NOUN.  Other C files in these folders are what the tests beside them share.  Exit
# status 77 means skipped.

function(s2s_test_properties test)
  set(seconds 900) # with sanitizers on a slow processor that has other work; a twentieth of that is usual
  set_tests_properties(${test} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT ${seconds}
    ENVIRONMENT "S2S_SOURCE_DIR=${PROJECT_SOURCE_DIR};S2S=${PROJECT_BINARY_DIR}/s2s")
endfunction()

foreach(folder unit ops golden task fuzz)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${folder}/test_*.c)
  file(GLOB shared CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${folder}/*.c)
  list(REMOVE_ITEM shared ${sources})
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    string(REGEX REPLACE "^test_" "" noun ${name})
    if(noun STREQUAL bf16 AND S2S_ONLY_REF)
      continue()
    endif()
    set(target test_${folder}_${noun})
    add_executable(${target} ${source} ${shared})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY tests/${folder})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    if(noun MATCHES "_double$")
      target_link_libraries(${target} PRIVATE s2s_double PkgConfig::cmocka)
    else()
      target_include_directories(${target} PRIVATE ${S2S_api_INCLUDES})
      target_link_libraries(${target} PRIVATE s2s_static ${S2S_LIBRARIES} PkgConfig::cmocka)
    endif()
    add_test(NAME ${folder}/${noun} COMMAND ${target})
    s2s_test_properties(${folder}/${noun})
  endforeach()
endforeach()

if(TARGET test_ops_bf16)
  target_sources(test_ops_bf16 PRIVATE $<TARGET_OBJECTS:s2s_kernels_bf16_emulated>)
endif()

if(TARGET s2s)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/cli/*.sh)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM noun)
    add_test(NAME cli/${noun} COMMAND ${PROJECT_SOURCE_DIR}/tests/in-fresh-folder bash ${source})
    s2s_test_properties(cli/${noun})
  endforeach()
endif()

add_test(NAME build/exports COMMAND ${PROJECT_SOURCE_DIR}/tests/only-s2s-exported $<TARGET_FILE:s2s_shared>)
s2s_test_properties(build/exports)
