# What is installed: the libraries, the public headers, the program with its manual, and how others find them.

include(CMakePackageConfigHelpers)

install(TARGETS s2s_shared EXPORT s2s-targets)
install(TARGETS s2s_static)
install(DIRECTORY include/s2s DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_BINARY_DIR}/generated/s2s/version.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/s2s)
if(TARGET s2s)
  install(TARGETS s2s)
endif()
if(TARGET s2s_manual)
  install(DIRECTORY ${S2S_MANUAL}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(DIRECTORY ${S2S_MANUAL}/bash-completion ${S2S_MANUAL}/zsh ${S2S_MANUAL}/fish
          DESTINATION ${CMAKE_INSTALL_DATADIR})
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/s2s)
install(EXPORT s2s-targets NAMESPACE s2s:: DESTINATION ${package} FILE s2s-config.cmake)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/s2s-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/s2s-config-version.cmake DESTINATION ${package})

# The folder of s2s.pc leads to the prefix, so that `cmake --install --prefix` may choose another one.
set(pkgconfig ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH up /prefix/${pkgconfig} /prefix)
configure_file(cmake/s2s.pc.in s2s.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/s2s.pc DESTINATION ${pkgconfig})
