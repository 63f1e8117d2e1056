# SPDX-License-Identifier: Apache-2.0
#
# cmake -D EXAMPLES=… -D OUTPUT=… -P embed_schemes.cmake: writes a source with the files of the
# example schemes, which `pintle plugins new` begins with.
set(rows "")
foreach(language cpp c rust python)
  file(GLOB files ${EXAMPLES}/scheme-${language}/*)
  list(FILTER files EXCLUDE REGEX "/(README\\.md|__pycache__|build)$")
  if(NOT language MATCHES "^(cpp|c)$")
    list(APPEND files ${EXAMPLES}/scheme-cpp/practice_test.sh ${EXAMPLES}/scheme-cpp/answers.json)
  endif()
  list(SORT files)
  foreach(file IN LISTS files)
    file(READ ${file} text)
    get_filename_component(name ${file} NAME)
    string(APPEND rows "    {\"${language}\", \"${name}\", R\"~~~(${text})~~~\"},\n")
  endforeach()
endforeach()
file(WRITE ${OUTPUT} "// Made from examples by embed_schemes.cmake.
#include \"commands/scheme_template.h\"

namespace pintle::cli {
namespace {

constexpr TemplateFile kFiles[] = {
${rows}};

}  // namespace

std::span<const TemplateFile> template_files() noexcept { return kFiles; }

}  // namespace pintle::cli
")
