# SPDX-License-Identifier: Apache-2.0
#
# The bill of materials of the packages in SPDX 2.3: Pintle, and the libraries that it is linked with,
# as the program that was built tells them (pintle --version --json).

# Name in the program's list, Debian's source package, license, where it comes from.
set(PINTLE_LIBRARIES
  "Poco|poco|BSL-1.0|https://pocoproject.org"
  "OpenSSL|openssl|Apache-2.0|https://www.openssl.org"
  "simdjson|simdjson|Apache-2.0|https://simdjson.org"
  "zlib|zlib|Zlib|https://zlib.net"
  "libidn2|libidn2|LGPL-3.0-or-later OR GPL-2.0-or-later|https://www.gnu.org/software/libidn/"
  "hiredis|hiredis|BSD-3-Clause|https://github.com/redis/hiredis"
  "libseccomp|libseccomp|LGPL-2.1-only|https://github.com/seccomp/libseccomp"
  "libsecret|libsecret|LGPL-2.1-or-later|https://wiki.gnome.org/Projects/Libsecret")

function(write_sbom file)
  execute_process(COMMAND ${CPACK_PINTLE_PROGRAM} --version --json OUTPUT_VARIABLE told
    COMMAND_ERROR_IS_FATAL ANY)
  string(JSON names LENGTH ${told} libraries)
  string(TIMESTAMP created "%Y-%m-%dT%H:%M:%SZ" UTC)  # of SOURCE_DATE_EPOCH
  set(version ${CPACK_PACKAGE_VERSION})
  set(packages "")
  set(relations "")
  math(EXPR last "${names} - 1")
  foreach(i RANGE ${last})
    string(JSON name MEMBER ${told} libraries ${i})
    string(JSON library_version GET ${told} libraries ${name})
    set(known "${PINTLE_LIBRARIES}")
    list(FILTER known INCLUDE REGEX "^${name}[|]")
    if(NOT known)
      message(FATAL_ERROR "host/package/sbom.cmake does not know the library ${name}")
    endif()
    string(REPLACE "|" ";" known "${known}")
    list(GET known 1 source)
    list(GET known 2 license)
    list(GET known 3 home)
    string(APPEND packages ",
    {
      \"SPDXID\": \"SPDXRef-${name}\",
      \"name\": \"${name}\",
      \"versionInfo\": \"${library_version}\",
      \"downloadLocation\": \"${home}\",
      \"filesAnalyzed\": false,
      \"licenseConcluded\": \"${license}\",
      \"licenseDeclared\": \"${license}\",
      \"copyrightText\": \"NOASSERTION\",
      \"externalRefs\": [
        {
          \"referenceCategory\": \"PACKAGE-MANAGER\",
          \"referenceType\": \"purl\",
          \"referenceLocator\": \"pkg:generic/${source}@${library_version}\"
        }
      ]
    }")
    string(APPEND relations ",
    {
      \"spdxElementId\": \"SPDXRef-Pintle\",
      \"relationshipType\": \"DYNAMIC_LINK\",
      \"relatedSpdxElement\": \"SPDXRef-${name}\"
    }")
  endforeach()
  # The same contents have the same name.
  string(SHA256 digest "${version}${packages}")
  string(SUBSTRING ${digest} 0 16 digest)
  file(WRITE ${file} "{
  \"spdxVersion\": \"SPDX-2.3\",
  \"dataLicense\": \"CC0-1.0\",
  \"SPDXID\": \"SPDXRef-DOCUMENT\",
  \"name\": \"pintle-${version}\",
  \"documentNamespace\": \"https://pintle.invalid/spdx/pintle-${version}-${digest}\",
  \"creationInfo\": {
    \"created\": \"${created}\",
    \"creators\": [\"Organization: Pintle\", \"Tool: pintle host/package/sbom.cmake\"]
  },
  \"packages\": [
    {
      \"SPDXID\": \"SPDXRef-Pintle\",
      \"name\": \"pintle\",
      \"versionInfo\": \"${version}\",
      \"downloadLocation\": \"NOASSERTION\",
      \"filesAnalyzed\": false,
      \"licenseConcluded\": \"Apache-2.0\",
      \"licenseDeclared\": \"Apache-2.0\",
      \"copyrightText\": \"The Pintle authors\",
      \"primaryPackagePurpose\": \"LIBRARY\"
    }${packages}
  ],
  \"relationships\": [
    {
      \"spdxElementId\": \"SPDXRef-DOCUMENT\",
      \"relationshipType\": \"DESCRIBES\",
      \"relatedSpdxElement\": \"SPDXRef-Pintle\"
    }${relations}
  ]
}
")
endfunction()
