#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# libcxx.sh ROOT BUILD [CLANG]: compiles what BUILD, a portable build, is made of with clang and
# libc++, with all that Linux alone has forbidden (poisoned.h); then links and runs what needs
# neither Poco nor GoogleTest, whose libraries are made for libstdc++. The objects are not kept.
set -euo pipefail
[[ $# -ge 2 ]] || { echo "usage: libcxx.sh ROOT BUILD [CLANG]" >&2; exit 2; }
root=$(readlink -f "$1")
build=$(readlink -f "$2")
clang=${3:-clang++-22}
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# stop_token is libc++'s own from version 20 on; a version before has it as an experiment.
flags=(-std=c++20 -stdlib=libc++ -pthread -fPIC -Wall -Wextra -Werror
  -Wno-deprecated-declarations -Wno-macro-redefined -Wno-unused-command-line-argument -Xclang -fno-validate-pch
  -D_FILE_OFFSET_BITS=64 -D_REENTRANT)
"$clang" "${flags[@]}" -w -x c++-header "$here/poisoned.h" -o "$work/poisoned.pch"

# The commands of the sources, of a library and its static twin those of one. What defines a name
# with quotes comes escaped for JSON.
grep -F '"command":' "$build/compile_commands.json" | sed 's/^ *"command": "//; s/",\{0,1\}$//; s/\\"/"/g; s/\\\\/\\/g' |
  grep -E -- " -c ($root|$build)/(core|plugins|auth-[a-z]+|host)/[^ ]*\.(cpp|cxx)$" |
  grep -vE -- '/pintle-(front|oauth|token)\.dir/|/cmake_pch\.' >"$work/commands" || true
[[ -s $work/commands ]] || { echo "libcxx: no sources in $build/compile_commands.json" >&2; exit 2; }
sed -E "s|^.* -c ||" "$work/commands" >"$work/files"

export clang work
export all="${flags[*]}"
compile() {
  local defines
  defines=$(grep -oE -- ' -(D|I|isystem )[^ ]+' <<<"$1" | grep -v 'POISON' | tr '\n' ' ')
  eval "$clang $all -fsyntax-only -include-pch $work/poisoned.pch $defines ${1##* -c }" >"$work/log.$BASHPID" 2>&1 ||
    { cat "$work/log.$BASHPID"; return 1; }
}
export -f compile
bad=0
tr '\n' '\0' <"$work/commands" | xargs -0 -n 1 -P "$(nproc)" bash -c 'compile "$1"' bash || bad=1
((bad == 0)) || { echo "libcxx: clang with libc++ does not take all of it"; exit 1; }
echo "libcxx: $(wc -l <"$work/files") files compile with clang and libc++"
