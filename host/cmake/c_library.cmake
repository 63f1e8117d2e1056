# SPDX-License-Identifier: Apache-2.0
#
# Pintle::c: libpintle.so, the host and the bundled schemes behind pintle/pintle.h. It stands here
# because the host knows no scheme by name.

configure_file(host/cmake/built_in.cpp.in c_library/built_in.cpp COPYONLY)
add_library(pintle-c SHARED
  ${PROJECT_BINARY_DIR}/c_library/built_in.cpp
  host/src/c_api/async.cpp
  host/src/c_api/broker.cpp
  host/src/c_api/cancel.cpp
  host/src/c_api/connection.cpp
  host/src/c_api/connection_async.cpp
  host/src/c_api/connection_settings.cpp
  host/src/c_api/descriptions.cpp
  host/src/c_api/doctor.cpp
  host/src/c_api/edge.cpp
  host/src/c_api/host.cpp
  host/src/c_api/loading_rules.cpp
  host/src/c_api/log.cpp
  host/src/c_api/operations.cpp
  host/src/c_api/live/live.cpp
  host/src/c_api/live/live_event.cpp
  host/src/c_api/live/live_options.cpp
  host/src/c_api/live/live_resume.cpp
  host/src/c_api/live/live_state.cpp
  host/src/c_api/reply.cpp
  host/src/c_api/secret.cpp
  host/src/c_api/session_store.cpp
  host/src/c_api/sign_in.cpp
  host/src/c_api/sign_in_descriptions.cpp
  host/src/c_api/sign_in_ui.cpp
)
add_library(Pintle::c ALIAS pintle-c)
target_include_directories(pintle-c
  PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/host/include>
         $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/plugins/include>
         $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  PRIVATE host/src)
target_compile_definitions(pintle-c PRIVATE PINTLE_VERSION="${PROJECT_VERSION}")
target_link_libraries(pintle-c
  PRIVATE $<BUILD_INTERFACE:pintle-warnings> $<BUILD_INTERFACE:pintle-host>
          $<BUILD_INTERFACE:pintle-bundled>)

# The SONAME is PINTLE_API_MAJOR of pintle.h.
file(STRINGS host/include/pintle/pintle.h major REGEX "^#define PINTLE_API_MAJOR ")
string(REGEX MATCH "[0-9]+" major "${major}")
set_target_properties(pintle-c PROPERTIES
  OUTPUT_NAME pintle EXPORT_NAME c VERSION ${PROJECT_VERSION} SOVERSION ${major}
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(exports ${PROJECT_SOURCE_DIR}/host/src/c_api/exports.map)
set_property(TARGET pintle-c PROPERTY LINK_DEPENDS ${exports})
# Never unloaded: its I/O thread may be about to end when the last handle is gone.
target_link_options(pintle-c PRIVATE
  -Wl,--version-script=${exports} -Wl,-Bsymbolic -Wl,-z,relro -Wl,-z,now -Wl,-z,nodelete
  -Wl,--as-needed)
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  target_link_options(pintle-c PRIVATE -Wl,-z,defs)
endif()
