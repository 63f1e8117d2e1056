# SPDX-License-Identifier: Apache-2.0
#
# cmake -D EXAMPLES=… -D OUTPUT=… -P embed_schemes.cmake: writes a source with the files of the
# example schemes, which `pintle plugins new` begins with.
set(rows "")
foreach(language cpp c)
  file(GLOB files RELATIVE ${EXAMPLES}/scheme-${language} ${EXAMPLES}/scheme-${language}/*)
  list(REMOVE_ITEM files README.md)
  list(SORT files)
  foreach(name IN LISTS files)
    file(READ ${EXAMPLES}/scheme-${language}/${name} text)
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
