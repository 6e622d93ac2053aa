# The program s2s and the examples; both see the public headers only.

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/apps/cli/*.c)
if(sources)
  add_executable(s2s ${sources})
  target_include_directories(s2s PRIVATE ${PROJECT_SOURCE_DIR}/apps/cli)
  target_link_libraries(s2s PRIVATE s2s_static PkgConfig::yaml PkgConfig::jansson m)
endif()

# Manual pages and completions come from the program itself, so only where what is built can run.
if(TARGET s2s AND NOT CMAKE_CROSSCOMPILING)
  set(S2S_MANUAL ${PROJECT_BINARY_DIR}/manual)
  add_custom_command(OUTPUT ${S2S_MANUAL}/man/s2s.1
    COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:s2s> -D FOLDER=${S2S_MANUAL}
            -P ${PROJECT_SOURCE_DIR}/cmake/Manual.cmake
    DEPENDS s2s ${PROJECT_SOURCE_DIR}/cmake/Manual.cmake VERBATIM)
  add_custom_target(s2s_manual ALL DEPENDS ${S2S_MANUAL}/man/s2s.1)
endif()

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.c)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  add_executable(example_${name} ${source})
  set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY examples)
  target_link_libraries(example_${name} PRIVATE s2s::s2s m)
endforeach()
