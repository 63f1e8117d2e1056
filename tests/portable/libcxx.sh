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

# Of the tests, those whose subject needs neither: core's with the parts of it that have no JSON, and
# the C++ layer of the contract with the schemes of auth-token.
googletest=${PINTLE_GOOGLETEST:-/usr/src/googletest}
[[ -e $googletest/googletest/src/gtest-all.cc ]] ||
  { echo "libcxx: nothing is run, as there is no source of GoogleTest in $googletest"; exit 0; }
cd "$root"
includes=(-isystem "$googletest/googletest/include" -isystem "$googletest/googlemock/include"
  -I core/include -I core/src -I plugins/include -I tests -I auth-token)
mapfile -t core < <(grep -LE '<(Poco/|simdjson)' core/src/*/*.cpp | grep -v 'ws/ws_handshake\|gateway/detail\|text/json')
cat >"$work/tests" <<'END'
tests/core/backoff_test.cpp
tests/core/base64_test.cpp
tests/core/cookie_jar_test.cpp
tests/core/cookie_test.cpp
tests/core/gateway_url_test.cpp
tests/core/http_chunked_test.cpp
tests/core/http_date_test.cpp
tests/core/ws_deflate_test.cpp
tests/core/ws_frame_test.cpp
tests/plugins/needs_test.cpp
tests/plugins/task_test.cpp
tests/auth-token/token_scheme_test.cpp
END
{
  printf '%s\n' "${core[@]}"
  cat "$work/tests"
  echo auth-token/token_scheme.cpp
} >"$work/runs"
export includes_text="${includes[*]} -I $googletest/googletest -I $googletest/googlemock"
export root
object() {
  local defines=
  [[ $1 != auth-token/* ]] || defines="-DPINTLE_PLUGIN_TABLE=pintle_token -DPINTLE_TOKEN_VERSION=\\\"0\\\""
  eval "$clang $all -w -O0 $includes_text $defines -c $1 -o $work/${1//\//_}.o"
}
export -f object
{
  printf '%s\n' "$googletest/googletest/src/gtest-all.cc" "$googletest/googlemock/src/gmock-all.cc" \
    "$googletest/googlemock/src/gmock_main.cc"
  cat "$work/runs"
} | tr '\n' '\0' | xargs -0 -n 1 -P "$(nproc)" bash -c 'object "$1"' bash
"$clang" -stdlib=libc++ -pthread -o "$work/libcxx-test" "$work"/*.o -lidn2 -lz -lcrypto
"$work/libcxx-test" --gtest_brief=1
