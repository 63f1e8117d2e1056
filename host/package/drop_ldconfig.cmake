# SPDX-License-Identifier: Apache-2.0
#
# CPack writes scripts for libraries that call ldconfig; since 2016 a trigger of dpkg does that
# (Debian policy 8.1.1), and lintian asks for it.
foreach(package IN LISTS CPACK_PACKAGE_FILES)
  if(package MATCHES "/libpintle[0-9]+_[^/]*\\.deb$")
    set(folder ${CPACK_TOPLEVEL_DIRECTORY}/repacked)
    file(REMOVE_RECURSE ${folder})
    execute_process(COMMAND dpkg-deb --raw-extract ${package} ${folder} COMMAND_ERROR_IS_FATAL ANY)
    file(REMOVE ${folder}/DEBIAN/postinst ${folder}/DEBIAN/postrm)
    execute_process(COMMAND find ${folder} -exec touch --no-dereference
      --date=@$ENV{SOURCE_DATE_EPOCH} {} + COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND dpkg-deb --root-owner-group -Zxz --build ${folder} ${package}
      OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
    file(REMOVE_RECURSE ${folder})
  endif()
endforeach()
