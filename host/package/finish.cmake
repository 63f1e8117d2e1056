# SPDX-License-Identifier: Apache-2.0
#
# What CPack runs between installing into its folder and packing that: the folder becomes what Debian's
# rules ask for, and the same for each build of the same source.

set(epoch $ENV{SOURCE_DATE_EPOCH})
if(NOT epoch MATCHES "^[0-9]+$")
  message(FATAL_ERROR "SOURCE_DATE_EPOCH is not set: ./dev package does that")
endif()
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})

# `folder` has the files of one package.
function(finish_package folder component)
  string(TOUPPER ${component} COMPONENT)
  set(name ${CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME})
  set(share ${folder}/usr/share)
  file(REMOVE_RECURSE ${share}/licenses)  # Debian has the text of the license
  file(MAKE_DIRECTORY ${share}/doc/${name})
  configure_file(${CPACK_PINTLE_SOURCE}/host/package/copyright ${share}/doc/${name}/copyright COPYONLY)
  set(version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # of SOURCE_DATE_EPOCH
  file(WRITE ${share}/doc/${name}/changelog.Debian
    "pintle (${version}) unstable; urgency=medium\n\n  * Version ${CPACK_PACKAGE_VERSION}.\n\n"
    " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  file(GLOB_RECURSE compressed ${share}/man/*.1 ${share}/doc/${name}/changelog.Debian)
  if(compressed)
    execute_process(COMMAND gzip -9n ${compressed} COMMAND_ERROR_IS_FATAL ANY)
  endif()
  # Where Debian looks for the changes, and where the documents link to them.
  if(EXISTS ${share}/doc/${name}/CHANGELOG.md)
    file(RENAME ${share}/doc/${name}/CHANGELOG.md ${share}/doc/${name}/changelog)
    execute_process(COMMAND gzip -9n ${share}/doc/${name}/changelog COMMAND_ERROR_IS_FATAL ANY)
    file(GLOB_RECURSE pages ${share}/doc/${name}/*.md)
    execute_process(COMMAND sed -i s/CHANGELOG\\.md/changelog.gz/g ${pages} COMMAND_ERROR_IS_FATAL ANY)
  endif()
  file(GLOB schemes ${folder}/usr/lib/*/pintle/plugins/*.so)
  if(schemes)
    execute_process(COMMAND strip --strip-unneeded --remove-section=.comment ${schemes}
      COMMAND_ERROR_IS_FATAL ANY)
  endif()
  file(GLOB_RECURSE archives ${folder}/*.a)
  if(archives)
    execute_process(COMMAND strip --strip-debug --enable-deterministic-archives
      --remove-section=.comment ${archives} COMMAND_ERROR_IS_FATAL ANY)
  endif()
  if(component STREQUAL program)
    include(${CPACK_PINTLE_SOURCE}/host/package/sbom.cmake)
    write_sbom(${share}/doc/${name}/pintle.spdx.json)
  endif()
  # They were not uploaded to Debian, where nobody has asked for them.
  file(MAKE_DIRECTORY ${share}/lintian/overrides)
  file(WRITE ${share}/lintian/overrides/${name} "${name}: initial-upload-closes-no-bugs\n")
endfunction()

if(NOT CPACK_INSTALLED_DIRECTORIES)
  foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    if(IS_DIRECTORY ${root}/${component})
      finish_package(${root}/${component} ${component})
    endif()
  endforeach()
endif()
execute_process(
  COMMAND find ${root} -exec touch --no-dereference --date=@${epoch} {} +
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R go-w,a+rX ${root} COMMAND_ERROR_IS_FATAL ANY)
