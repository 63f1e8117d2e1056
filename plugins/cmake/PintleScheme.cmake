# SPDX-License-Identifier: Apache-2.0
#
# pintle_add_scheme(NAME SOURCES file... [LINK library...] [BUNDLED])
#
# Builds the scheme library NAME.so and, from the library's own table, its manifest NAME.json beside
# it. The two files go together into a plugin folder; `install(FILES)` them from
# $<TARGET_FILE:NAME> and the target's property PINTLE_MANIFEST.
#
# BUNDLED also builds NAME-static, whose table is the symbol NAME with "-" as "_", to be linked into
# an app.

include_guard(GLOBAL)

function(pintle_add_scheme name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "BUNDLED" "" "SOURCES;LINK")
  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE Pintle::plugin ${arg_LINK})
  # Nothing but the one symbol leaves the file. Without -fno-gnu-unique the statics of inline
  # functions would be shared with every other library that has a function of that name, RTLD_LOCAL
  # or not.
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so" POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${name} PRIVATE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE -Wl,-Bsymbolic -Wl,-z,relro -Wl,-z,now)
  # What the standard library's headers define is visible whatever the preset says.
  set(exports ${CMAKE_CURRENT_BINARY_DIR}/${name}.exports)
  file(CONFIGURE OUTPUT ${exports} CONTENT "{ global: pintle_plugin; local: *; };\n")
  target_link_options(${name} PRIVATE -Wl,--version-script=${exports})
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${exports})
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()

  # A library that is changed in place keeps old pages mapped in running programs: the linker
  # writes a new file, and so must whoever installs one.
  get_target_property(folder ${name} LIBRARY_OUTPUT_DIRECTORY)
  if(NOT folder)
    set(folder ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  set(manifest ${folder}/${name}.json)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND Pintle::load_check --manifest $<TARGET_FILE:${name}> > ${manifest}
    VERBATIM COMMENT "Writing the manifest of ${name}")
  set_target_properties(${name} PROPERTIES PINTLE_MANIFEST ${manifest})

  if(arg_BUNDLED)
    set_property(GLOBAL APPEND PROPERTY PINTLE_BUNDLED_SCHEMES ${name})
    string(REPLACE "-" "_" symbol ${name})
    add_library(${name}-static STATIC ${arg_SOURCES})
    target_compile_definitions(${name}-static PRIVATE PINTLE_PLUGIN_TABLE=${symbol})
    target_link_libraries(${name}-static PUBLIC Pintle::plugin PRIVATE ${arg_LINK})
  endif()
endfunction()
