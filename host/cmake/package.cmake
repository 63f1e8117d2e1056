# SPDX-License-Identifier: Apache-2.0
#
# The packages for Debian and Ubuntu, and the source archive: `./dev package`.
#
# The same source and the same compiler give the same bytes: the time of every file is
# SOURCE_DATE_EPOCH, which `dev` sets to the day of the release (CHANGELOG.md).

set(CPACK_PACKAGE_NAME pintle)
set(CPACK_PACKAGE_VENDOR Pintle)
set(CPACK_PACKAGE_CONTACT "Pintle maintainers <maintainers@pintle.invalid>")
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/host/package/finish.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/host/package/drop_ldconfig.cmake)
set(CPACK_PINTLE_SOURCE ${PROJECT_SOURCE_DIR})
set(CPACK_PINTLE_PROGRAM ${PROJECT_BINARY_DIR}/bin/pintle)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_THREADS 1)  # more of them give other bytes

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL library development program python)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(about "It probes the gateway, chooses the scheme that signs in to it, and keeps the\nREST and WebSocket connections to it.\n\n")
function(pintle_describe component package section summary text)
  string(TOUPPER ${component} COMPONENT)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${COMPONENT}_DESCRIPTION "${summary}\n${about}${text}" PARENT_SCOPE)
endfunction()
get_target_property(major pintle-c SOVERSION)
set(same "(= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")

pintle_describe(library libpintle${major} libs "connector for gateways of any authentication - library"
  "This package has the shared library, the schemes that come with Pintle, and\nthe programs that check and confine other schemes.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/host/package/triggers)
# sensible-browser opens the browser of a sign-in where there is no desktop.
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS sensible-utils)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS ca-certificates)

pintle_describe(development libpintle-dev libdevel
  "connector for gateways of any authentication - development files"
  "This package has the headers for C and C++, the static libraries, the CMake\npackage and the examples.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libpintle${major} ${same}, libpoco-dev, libsimdjson-dev, libssl-dev, zlib1g-dev, libidn2-dev")
if(PINTLE_REDIS)
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libhiredis-dev")
endif()
if(PINTLE_LIBSECRET)
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libsecret-1-dev")
endif()
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "pintle ${same}")

pintle_describe(program pintle net "connector for gateways of any authentication - program"
  "This package has the program pintle, its manual pages and completions, and a\nsystemd user unit that gives other programs a local address of a gateway.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS "libpintle${major} ${same}, sensible-utils")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "libpintle-dev, python3-pintle, xdg-utils")

# The Python package is plain text over libpintle, for every Python of Debian.
set(python ${PROJECT_SOURCE_DIR}/host/bindings/python/src/pintle)
if(EXISTS ${python})
  install(DIRECTORY ${python} DESTINATION lib/python3/dist-packages COMPONENT python
    EXCLUDE_FROM_ALL PATTERN __pycache__ EXCLUDE)
  pintle_describe(python python3-pintle python
    "connector for gateways of any authentication - Python 3" "This package has the module for Python 3.")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_SHLIBDEPS OFF)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "python3:any (>= 3.9), libpintle${major} (>= ${PROJECT_VERSION})")
  set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/host/package/postinst ${PROJECT_SOURCE_DIR}/host/package/prerm)
else()
  list(REMOVE_ITEM CPACK_COMPONENTS_ALL python)
endif()

set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME pintle-${PROJECT_VERSION})
set(CPACK_SOURCE_IGNORE_FILES "/build/;/\\.git/;/\\.gitattributes$;__pycache__;/node_modules/;\\.swp$")
include(CPack)
