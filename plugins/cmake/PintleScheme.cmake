# SPDX-License-Identifier: Apache-2.0
#
# pintle_add_scheme(NAME SOURCES file... [LINK library...] [BUNDLED])
#
# Builds the scheme library NAME.so and, from the library's own table, its manifest NAME.json beside
# it. Install both files into the same plugin folder with `install(FILES)`, from $<TARGET_FILE:NAME>
# and the target's property PINTLE_MANIFEST.
#
# BUNDLED also builds NAME-static for linking into an app; its table is the symbol NAME with "-" as
# "_".

include_guard(GLOBAL)

function(pintle_add_scheme name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "BUNDLED" "" "SOURCES;LINK")
  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE Pintle::plugin ${arg_LINK})
  # Exports only one symbol. Without -fno-gnu-unique the statics of inline functions would be shared
  # with every other library that has a function of the same name, even with RTLD_LOCAL.
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so" POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${name} PRIVATE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE -Wl,-Bsymbolic -Wl,-z,relro -Wl,-z,now)
  # Definitions in the standard library's headers are visible regardless of the preset.
  set(exports ${CMAKE_CURRENT_BINARY_DIR}/${name}.exports)
  file(CONFIGURE OUTPUT ${exports} CONTENT "{ global: pintle_plugin; local: *; };\n")
  target_link_options(${name} PRIVATE -Wl,--version-script=${exports})
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${exports})
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()

  # If a library is modified in place, running programs keep old pages mapped: the linker writes a
  # new file, and an installer must do so too.
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
