# libs2s, shared and static, from the objects of all folders; and the engine in double for the tests.

set(objects)
foreach(folder IN LISTS S2S_FOLDERS)
  list(APPEND objects $<TARGET_OBJECTS:s2s_${folder}>)
endforeach()
foreach(target IN LISTS S2S_KERNEL_TARGETS)
  list(APPEND objects $<TARGET_OBJECTS:${target}>)
endforeach()
list(REMOVE_DUPLICATES S2S_LIBRARIES)

foreach(kind SHARED STATIC)
  string(TOLOWER s2s_${kind} target)
  add_library(${target} ${kind} ${objects})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME s2s LINKER_LANGUAGE C)
  target_link_libraries(${target} PRIVATE ${S2S_LIBRARIES})
  target_include_directories(${target} INTERFACE "$<BUILD_INTERFACE:${S2S_PUBLIC_INCLUDES}>"
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
# Templates of C++ would be exported whatever their visibility.
target_link_options(s2s_shared PRIVATE LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map)
set_target_properties(s2s_shared PROPERTIES LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/exports.map)
set_target_properties(s2s_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0 EXPORT_NAME s2s)
add_library(s2s::s2s ALIAS s2s_shared)

# The same sources with s2s_real = double and the reference kernels, for checking gradients.
if(S2S_TESTS)
  set(sources)
  foreach(folder base tensor kernels kernels/ref ops nn model search text data)
    file(GLOB more CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.c ${PROJECT_SOURCE_DIR}/src/${folder}/*.cc)
    list(APPEND sources ${more})
  endforeach()
  add_library(s2s_double STATIC EXCLUDE_FROM_ALL ${sources})
  target_compile_definitions(s2s_double PUBLIC S2S_DOUBLE PRIVATE S2S_ONLY_REF)
  target_include_directories(s2s_double PUBLIC ${S2S_search_INCLUDES} ${S2S_data_INCLUDES})
  target_link_libraries(s2s_double PUBLIC PkgConfig::utf8proc PkgConfig::sentencepiece stdc++ s2s_stemmer PkgConfig::zlib
                        PkgConfig::zstd PkgConfig::xxhash Threads::Threads m)
endif()
