#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# rooms.sh ROOT: fails if what Linux alone has is named outside of the files for it (*_linux.cpp,
# *_linux.h), if a file asks for the system (#ifdef __linux__) outside of a room, or if a room lacks
# one of its two files (docs/porting.md).
#
# Comments do not count. Text is enough for most of it: portable_symbols.sh looks at what is linked,
# and libcxx.sh compiles with the names forbidden.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cd "${1:?usage: rooms.sh ROOT}"

mapfile -t sources < <(find core plugins auth-* host -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.c' -o -name '*.h.in' -o -name '*.cpp.in' \) | sort)
[[ ${#sources[@]} -gt 0 ]] || { echo "rooms: no sources below $PWD" >&2; exit 2; }

pattern=$(grep -v '^#' "$here/linux_names.txt" | paste -sd '|')
pattern="(^|[^A-Za-z0-9_])($pattern)(\$|[^A-Za-z0-9_])"
systems='__linux|__gnu_linux__|__APPLE__|__FreeBSD__|_WIN32|__unix'
export LC_ALL=C # ten times as quick
# First the files in which there may be something.
mapfile -t suspects < <(grep -lE "$pattern|\"/proc/|$systems|MSG_NOSIGNAL" "${sources[@]}")
bad=0
awk -v pattern="$pattern" -v systems="$systems" '
  FNR == 1 { in_comment = 0; is_linux = FILENAME ~ /_linux\.(h|cpp)$/; is_room = FILENAME ~ /_(linux|portable)\.(h|cpp)$/ }
  is_linux { next }
  {
    code = $0
    # A comment of several lines, then one to the end of the line; "//" in a text is no comment.
    if (in_comment) { if (!sub(/^.*\*\//, "", code)) next; in_comment = 0 }
    while (match(code, /\/\*([^*]|\*[^\/])*\*\//)) code = substr(code, 1, RSTART - 1) " " substr(code, RSTART + RLENGTH)
    if (match(code, /^([^"]|"([^"\\]|\\.)*")*\/\//)) code = substr(code, 1, RLENGTH - 2)
    if (match(code, /\/\*/) && code !~ /"[^"]*\/\*[^"]*"/) { code = substr(code, 1, RSTART - 1); in_comment = 1 }
  }
  code ~ pattern { printf "%s:%d: Linux alone has this; it belongs in a file *_linux: %s\n", FILENAME, FNR, $0; found++ }
  code ~ /MSG_NOSIGNAL/ && FILENAME != "plugins/files/src/descriptors_portable.cpp" {
    printf "%s:%d: macOS has no MSG_NOSIGNAL: say kWithoutSignal\n", FILENAME, FNR; found++
  }
  code ~ /"\/proc\// { printf "%s:%d: Linux alone has /proc: %s\n", FILENAME, FNR, $0; found++ }
  code ~ /^[ \t]*#[ \t]*(if|elif)/ && code ~ systems && !is_room && FILENAME != "plugins/include/pintle/plugin.h" {
    printf "%s:%d: a system is asked for outside of a room: %s\n", FILENAME, FNR, $0; found++
  }
  END { exit found > 0 }
' "${suspects[@]}" /dev/null || bad=1

# A room that CMake chooses by the system has both files.
# shellcheck disable=SC2016 # CMake's own
while IFS=: read -r build stem; do
  for system in linux portable; do
    [[ -e ${build%/*}/${stem}_$system.cpp ]] ||
      { echo "$build: there is no ${stem}_$system.cpp"; bad=1; }
  done
done < <(find core plugins auth-* host -name CMakeLists.txt -exec \
  grep -HoE '[A-Za-z0-9_/.]+_\$\{PINTLE_SYSTEM\}' {} + | sed 's/_\${PINTLE_SYSTEM}$//')
exit "$bad"
