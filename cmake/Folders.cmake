# One OBJECT library s2s_NAME per folder src/NAME, whose include path holds exactly the folders that it may use.
#
# s2s_folder(NAME [USES folder...] [LIBRARIES target...])
#
# A folder is seen through a link of its own, build/include-of/NAME/NAME -> src/NAME, so that an include path
# can hold one folder without its neighbours.  Afterwards
#   S2S_FOLDERS           folders that have sources
#   S2S_LIBRARIES         what they link with
#   S2S_<NAME>_INCLUDES   the include path of the folder

set(S2S_FOLDERS)
set(S2S_LIBRARIES Threads::Threads m)
set(S2S_PUBLIC_INCLUDES ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/generated)

function(s2s_folder_includes name uses out)
  set(link ${PROJECT_BINARY_DIR}/include-of/${name})
  file(MAKE_DIRECTORY ${link})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${name} ${link}/${name} SYMBOLIC)
  set(includes ${link} ${S2S_PUBLIC_INCLUDES})
  foreach(used IN LISTS uses)
    list(APPEND includes ${S2S_${used}_INCLUDES})
  endforeach()
  list(REMOVE_DUPLICATES includes)
  set(${out} ${includes} PARENT_SCOPE)
endfunction()

function(s2s_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;LIBRARIES")
  s2s_folder_includes(${name} "${arg_USES}" includes)
  set(S2S_${name}_INCLUDES ${includes} PARENT_SCOPE)

  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_library(s2s_${name} OBJECT ${sources})
  target_include_directories(s2s_${name} PRIVATE ${includes})
  target_link_libraries(s2s_${name} PRIVATE ${arg_LIBRARIES})
  set(S2S_FOLDERS ${S2S_FOLDERS} ${name} PARENT_SCOPE)
  set(S2S_LIBRARIES ${S2S_LIBRARIES} ${arg_LIBRARIES} PARENT_SCOPE)
endfunction()
