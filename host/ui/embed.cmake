# SPDX-License-Identifier: Apache-2.0
#
# cmake -D FOLDER=… -D OUTPUT=… -P embed.cmake: writes a source with the files of a folder as bytes.
file(GLOB files RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT files)
set(arrays "")
set(rows "")
foreach(name IN LISTS files)
  file(READ ${FOLDER}/${name} bytes HEX)
  string(LENGTH ${bytes} digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," bytes ${bytes})
  # Short lines, for the tools that read sources.
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)"
    "\\1\n" bytes ${bytes})
  string(MAKE_C_IDENTIFIER ${name} identifier)
  string(APPEND arrays "constexpr unsigned char ${identifier}[] = {\n${bytes}};\n")
  string(APPEND rows "    {\"${name}\", ${identifier}, ${size}},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made from host/ui/page by embed.cmake.
#include \"ui/page_files.h\"

namespace pintle::ui {
namespace {
${arrays}
constexpr EmbeddedFile kFiles[] = {
${rows}};
}  // namespace

std::span<const EmbeddedFile> embedded_files() noexcept { return kFiles; }

}  // namespace pintle::ui
")
