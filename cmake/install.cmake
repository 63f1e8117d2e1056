# What is installed, and where. The package can be moved as a whole: every path in it is relative to
# the place of the file that holds it.

include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Pintle)
set(PINTLE_PLUGIN_FOLDER ${CMAKE_INSTALL_LIBDIR}/pintle/plugins)

foreach(headers core/include plugins/include plugins/loading/include host/include)
  install(DIRECTORY ${headers}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/include/pintle/bundled.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pintle)

# One export for each component, so that asking for one looks for no other's dependencies.
get_property(bundled GLOBAL PROPERTY PINTLE_BUNDLED_SCHEMES)
set(bundled_static ${bundled})
list(TRANSFORM bundled_static APPEND "-static")
install(TARGETS pintle-plugin EXPORT Pintle-plugin)
install(TARGETS pintle-judge EXPORT Pintle-plugin
  RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/pintle)
install(TARGETS pintle-core EXPORT Pintle-core)
install(TARGETS pintle-loading EXPORT Pintle-loading)
install(TARGETS pintle-net pintle-host EXPORT Pintle-host)
install(TARGETS pintle-bundled ${bundled_static} EXPORT Pintle-bundled)
foreach(component plugin core loading host bundled)
  install(EXPORT Pintle-${component} NAMESPACE Pintle:: DESTINATION ${package})
endforeach()

configure_package_config_file(cmake/PintleConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/PintleConfig.cmake
  INSTALL_DESTINATION ${package} PATH_VARS PINTLE_PLUGIN_FOLDER)
# Before 1.0 a minor version may change the C++ API. The C tables have a version of their own
# (PINTLE_ABI_MAJOR).
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/PintleConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/package/PintleConfig.cmake
    ${PROJECT_BINARY_DIR}/package/PintleConfigVersion.cmake
    plugins/cmake/PintleScheme.cmake
  DESTINATION ${package})

foreach(scheme IN LISTS bundled)
  install(FILES $<TARGET_FILE:${scheme}> $<TARGET_PROPERTY:${scheme},PINTLE_MANIFEST>
    DESTINATION ${PINTLE_PLUGIN_FOLDER})
endforeach()

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/pintle)
