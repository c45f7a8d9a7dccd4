# `cmake --install` and what find_package(blitzen) finds.
include(CMakePackageConfigHelpers)

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/blitzen)

install(TARGETS blitzen blitzen_headers EXPORT blitzen ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/blitzen ${CMAKE_CURRENT_BINARY_DIR}/include/blitzen DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/proto/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(EXPORT blitzen NAMESPACE blitzen:: FILE blitzenTargets.cmake DESTINATION ${package_directory})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/blitzenConfig.cmake.in blitzenConfig.cmake
  INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(blitzenConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/blitzenConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/blitzenConfigVersion.cmake
  DESTINATION ${package_directory})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/proto/PROTOCOL.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/proto OPTIONAL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/config OPTIONAL)
