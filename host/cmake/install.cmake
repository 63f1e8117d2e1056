# SPDX-License-Identifier: Apache-2.0
#
# What is installed, and where. The package can be moved as a whole: every path in it is relative to
# the place of the file that holds it.

include(CMakePackageConfigHelpers)
# The components of `cmake --install --component` and of the packages (package.cmake): `library`,
# `program`, and for all else `development`.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Pintle)
set(PINTLE_PLUGIN_FOLDER ${CMAKE_INSTALL_LIBDIR}/pintle/plugins)

# One export for each component, so that asking for one looks for no other's dependencies.
get_property(bundled GLOBAL PROPERTY PINTLE_BUNDLED_SCHEMES)
set(bundled_static ${bundled})
list(TRANSFORM bundled_static APPEND "-static")
install(TARGETS pintle-plugin EXPORT Pintle-plugin FILE_SET HEADERS)
install(TARGETS pintle-testing EXPORT Pintle-testing FILE_SET HEADERS)
install(TARGETS pintle-load-check EXPORT Pintle-plugin
  RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/pintle COMPONENT library)
install(TARGETS pintle-cage
  RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/pintle COMPONENT library)
install(TARGETS pintle-core EXPORT Pintle-core FILE_SET HEADERS)
install(TARGETS pintle-loading EXPORT Pintle-loading FILE_SET HEADERS)
install(TARGETS pintle-base pintle-log pintle-net pintle-sign-in pintle-local EXPORT Pintle-host)
if(PINTLE_REDIS)
  install(TARGETS pintle-redis EXPORT Pintle-host)
endif()
install(TARGETS pintle-host EXPORT Pintle-host FILE_SET HEADERS)
install(TARGETS pintle-bundled EXPORT Pintle-bundled FILE_SET HEADERS)
install(TARGETS ${bundled_static} EXPORT Pintle-bundled)
install(TARGETS pintle-c EXPORT Pintle-c
  LIBRARY COMPONENT library NAMELINK_COMPONENT development)
foreach(component plugin testing core loading host bundled c)
  install(EXPORT Pintle-${component} NAMESPACE Pintle:: DESTINATION ${package})
endforeach()

configure_package_config_file(host/cmake/PintleConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/PintleConfig.cmake
  INSTALL_DESTINATION ${package} PATH_VARS PINTLE_PLUGIN_FOLDER CMAKE_INSTALL_BINDIR)
# Before 1.0 a minor version may change the C++ API. The C tables have a version of their own
# (PINTLE_ABI_MAJOR).
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/PintleConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/package/PintleConfig.cmake
    ${PROJECT_BINARY_DIR}/package/PintleConfigVersion.cmake
    plugins/cmake/PintleScheme.cmake
  DESTINATION ${package})

# For who has no CMake.
file(RELATIVE_PATH PINTLE_PC_TO_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" PINTLE_PC_TO_PREFIX ${PINTLE_PC_TO_PREFIX})
configure_file(host/cmake/pintle.pc.in ${PROJECT_BINARY_DIR}/package/pintle.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/pintle.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

foreach(scheme IN LISTS bundled)
  install(FILES $<TARGET_FILE:${scheme}> $<TARGET_PROPERTY:${scheme},PINTLE_MANIFEST>
    DESTINATION ${PINTLE_PLUGIN_FOLDER} COMPONENT library)
endforeach()

if(PINTLE_BUILD_PROGRAM)
  # The program prints its own completions and man pages.
  install(TARGETS pintle RUNTIME COMPONENT program)
  install(TARGETS pintle-scheme-test
    RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/pintle COMPONENT program)
  set(printed ${PROJECT_BINARY_DIR}/printed)
  add_custom_command(OUTPUT ${printed}/pintle ${printed}/_pintle ${printed}/man/pintle.1 VERBATIM
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${printed}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${printed}/man
    COMMAND pintle completion bash > ${printed}/pintle
    COMMAND pintle completion zsh > ${printed}/_pintle
    COMMAND pintle completion man --folder ${printed}/man
    DEPENDS pintle COMMENT "Printing the completions and the man pages")
  add_custom_target(pintle-printed ALL
    DEPENDS ${printed}/pintle ${printed}/_pintle ${printed}/man/pintle.1)
  install(FILES ${printed}/pintle
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
  install(FILES ${printed}/_pintle DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
    COMPONENT program)
  install(DIRECTORY ${printed}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    configure_file(host/package/pintle-serve@.service.in
      ${PROJECT_BINARY_DIR}/package/pintle-serve@.service @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/package/pintle-serve@.service
      DESTINATION lib/systemd/user COMPONENT program)
  endif()
endif()

# What its users read: the package is complete without the source.
set(doc ${CMAKE_INSTALL_DATADIR}/doc/pintle)
install(FILES README.md CHANGELOG.md DESTINATION ${doc} COMPONENT program)
install(DIRECTORY docs/ DESTINATION ${doc}/docs COMPONENT program
  FILES_MATCHING PATTERN "*.md" PATTERN site EXCLUDE)
# Where the documents link to them.
install(FILES plugins/include/pintle/plugin.h DESTINATION ${doc}/plugins/include/pintle)
install(FILES tests/support/sigv4_scheme.h DESTINATION ${doc}/tests/support)
install(FILES host/bindings/python/README.md DESTINATION ${doc}/host/bindings/python)
file(GLOB examples examples/*/README.md examples/*/CMakeLists.txt)  # reference is of this tree alone
list(TRANSFORM examples REPLACE "/[^/]+$" "")
list(REMOVE_DUPLICATES examples)
list(FILTER examples EXCLUDE REGEX "/reference$")
install(DIRECTORY ${examples} DESTINATION ${doc}/examples USE_SOURCE_PERMISSIONS
  PATTERN __pycache__ EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/pintle)
