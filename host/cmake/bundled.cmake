# SPDX-License-Identifier: Apache-2.0
#
# Pintle::bundled: the schemes of this house, linked into an app, for one that is a single file.
# pintle/bundled.h is written from the list that pintle_add_scheme(… BUNDLED) keeps.

get_property(bundled GLOBAL PROPERTY PINTLE_BUNDLED_SCHEMES)
set(declarations "")
set(tables "")
foreach(scheme IN LISTS bundled)
  string(REPLACE "-" "_" symbol ${scheme})
  string(APPEND declarations "extern const pintle_plugin_table ${symbol};\n")
  list(APPEND tables "&bundled::${symbol}")
endforeach()
list(JOIN tables ", " tables)
configure_file(host/cmake/bundled.h.in include/pintle/bundled.h @ONLY)

add_library(pintle-bundled INTERFACE)
add_library(Pintle::bundled ALIAS pintle-bundled)
target_sources(pintle-bundled INTERFACE FILE_SET HEADERS
  BASE_DIRS ${PROJECT_BINARY_DIR}/include FILES ${PROJECT_BINARY_DIR}/include/pintle/bundled.h)
target_link_libraries(pintle-bundled INTERFACE Pintle::plugin)
foreach(scheme IN LISTS bundled)
  target_link_libraries(pintle-bundled INTERFACE ${scheme}-static)
endforeach()
set_target_properties(pintle-bundled PROPERTIES EXPORT_NAME bundled)

# The scheme libraries themselves, for who builds the program alone.
add_custom_target(schemes DEPENDS ${bundled})
