# Libraries of others; scripts/install-packages installs them on Debian.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(sentencepiece REQUIRED IMPORTED_TARGET sentencepiece)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)

# libstemmer has no file for pkg-config.
find_path(S2S_STEMMER_INCLUDE libstemmer.h REQUIRED)
find_library(S2S_STEMMER_LIBRARY stemmer REQUIRED)
mark_as_advanced(S2S_STEMMER_INCLUDE S2S_STEMMER_LIBRARY)
add_library(s2s_stemmer INTERFACE IMPORTED)
target_include_directories(s2s_stemmer SYSTEM INTERFACE ${S2S_STEMMER_INCLUDE})
target_link_libraries(s2s_stemmer INTERFACE ${S2S_STEMMER_LIBRARY})

if(S2S_TESTS)
  pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
endif()

# oneDNN is optional: its header is needed here, its library is opened by name at run time.
set(S2S_ONEDNN_LIBRARIES)
if(S2S_ONEDNN)
  find_path(S2S_DNNL_INCLUDE dnnl.h)
  mark_as_advanced(S2S_DNNL_INCLUDE)
  if(S2S_DNNL_INCLUDE)
    add_library(s2s_dnnl INTERFACE IMPORTED)
    target_include_directories(s2s_dnnl SYSTEM INTERFACE ${S2S_DNNL_INCLUDE})
    target_compile_definitions(s2s_dnnl INTERFACE S2S_HAVE_ONEDNN)
    target_link_libraries(s2s_dnnl INTERFACE ${CMAKE_DL_LIBS})
    set(S2S_ONEDNN_LIBRARIES s2s_dnnl)
  endif()
endif()
