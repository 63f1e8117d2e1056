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
  -Wno-deprecated-declarations -Wno-macro-redefined -Wno-unused-command-line-argument
  -Xclang -fno-validate-pch
  -D_FILE_OFFSET_BITS=64 -D_REENTRANT)
# With the templates that the headers themselves need, which takes the whole from 200 s of
# processor time to 76.
"$clang" "${flags[@]}" -w -fpch-instantiate-templates -x c++-header "$here/poisoned.h" -o "$work/poisoned.pch"

if echo 'int f() { return epoll_create1(0); }' | "$clang" "${flags[@]}" -fsyntax-only \
  -include-pch "$work/poisoned.pch" -x c++ - 2>/dev/null; then
  echo "libcxx: nothing is forbidden by poisoned.h" >&2
  exit 2
fi

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
  defines=$(grep -oE -- ' -(D|I|isystem )[^ ]+' <<<"$1" | tr '\n' ' ')
  eval "$clang $all -fsyntax-only -include-pch $work/poisoned.pch $defines ${1##* -c }" >"$work/log.$BASHPID" 2>&1 ||
    { cat "$work/log.$BASHPID"; return 1; }
}
export -f compile
bad=0
# shellcheck disable=SC2016 # for the shell that xargs starts
tr '\n' '\0' <"$work/commands" | xargs -0 -n 1 -P "$(nproc)" bash -c 'compile "$1"' bash || bad=1
((bad == 0)) || { echo "libcxx: clang with libc++ does not take all of it"; exit 1; }
echo "libcxx: $(wc -l <"$work/files") files compile with clang and libc++"

# Of the tests, those whose subject needs neither: of core the parts without Poco's JSON, and the C++
# layer of the contract with the scheme of auth-token. Debian has GoogleTest's source.
googletest=${PINTLE_GOOGLETEST:-/usr/src/googletest}
[[ -e $googletest/googletest/src/gtest-all.cc ]] ||
  { echo "libcxx: nothing is run, as there is no source of GoogleTest in $googletest"; exit 0; }
cd "$root"
core=(core/src/base/*.cpp core/src/text/{base64,json_grammar,printable,utf8_stream}.cpp
  core/src/http/{content_decoder,cookie,headers,http_chunked,http_date}.cpp
  core/src/ws/ws_{deflate,deflate_offer,encode,frame,message}.cpp)
tests=(tests/core/{backoff,base64,cookie,content_decoder,http_chunked,http_date}_test.cpp
  tests/core/{utf8_stream,ws_deflate,ws_frame}_test.cpp tests/plugins/{needs,task}_test.cpp
  tests/auth-token/token_scheme_test.cpp)
all+=" -w -O0 -DPINTLE_WITHOUT_POCO -I core/include -I core/src -I plugins/include -I tests -I auth-token"
all+=" -isystem $googletest/googletest/include -isystem $googletest/googlemock/include"
export googletest
printf '#include <gtest/gtest.h>\n#include <gmock/gmock.h>\n#include "poisoned.h"\n' >"$work/tests.h"
eval "$clang $all -fpch-instantiate-templates -I $here -x c++-header $work/tests.h -o $work/tests.pch"
object() {
  local more="-include-pch $work/tests.pch"
  case $1 in
    /*) more="-I $googletest/googletest -I $googletest/googlemock" ;;
    auth-token/*) more+=' -DPINTLE_PLUGIN_TABLE=pintle_token -DPINTLE_TOKEN_VERSION=\"0\"' ;;
  esac
  eval "$clang $all $more -c $1 -o $work/${1//\//_}.o"
}
export -f object
# shellcheck disable=SC2016 # for the shell that xargs starts
printf '%s\0' "$googletest"/googletest/src/gtest-all.cc "$googletest"/googlemock/src/gmock-all.cc \
  "$googletest"/googlemock/src/gmock_main.cc "${tests[@]}" auth-token/token_scheme.cpp "${core[@]}" |
  xargs -0 -n 1 -P "$(nproc)" bash -c 'object "$1"' bash
# libc++ itself comes from the archive: an older one may be the system's.
"$clang" -stdlib=libc++ -static-libstdc++ -pthread -o "$work/libcxx-test" "$work"/*.o -lz -lcrypto -lsimdjson
"$work/libcxx-test" --gtest_brief=1
