# Libraries of others; scripts/install-packages installs them on Debian.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)
if(S2S_TESTS)
  pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
endif()

# oneDNN is optional, and linked only once there is code for it.
file(GLOB S2S_ONEDNN_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/kernels/onednn/*.c)
set(S2S_ONEDNN_LIBRARIES)
if(S2S_ONEDNN AND S2S_ONEDNN_SOURCES)
  find_library(S2S_DNNL_LIBRARY dnnl)
  find_path(S2S_DNNL_INCLUDE dnnl.h)
  mark_as_advanced(S2S_DNNL_LIBRARY S2S_DNNL_INCLUDE)
  if(S2S_DNNL_LIBRARY AND S2S_DNNL_INCLUDE)
    add_library(s2s_dnnl UNKNOWN IMPORTED)
    set_target_properties(s2s_dnnl PROPERTIES
      IMPORTED_LOCATION ${S2S_DNNL_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${S2S_DNNL_INCLUDE}
      INTERFACE_COMPILE_DEFINITIONS S2S_HAVE_ONEDNN)
    set(S2S_ONEDNN_LIBRARIES s2s_dnnl)
  endif()
endif()
