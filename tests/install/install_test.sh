#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One step of the test of the installed package; CMakeLists.txt beside this names them and sets
# SOURCE, BUILD, PREFIX, CMAKE, CC, CXX, CMAKE_GENERATOR, LIBDIR and LAUNCHER.
set -euo pipefail

fail() { echo "FAILED: $*" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
load_check=$PREFIX/libexec/pintle/pintle-load-check
strict="-Wall -Wextra -Wpedantic -Werror"

# Copies an example out of the tree and builds it there.
build_example() { # NAME CMAKE_ARGUMENT...
  local example=$1
  shift
  cp -r "$PREFIX/share/doc/pintle/examples/$example" "$work/$example"
  "$CMAKE" -S "$work/$example" -B "$work/build" -DCMAKE_PREFIX_PATH="$PREFIX" \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS="$strict" -DCMAKE_CXX_FLAGS="$strict" \
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@" >"$work/configure.log" 2>&1 ||
    { cat "$work/configure.log"; fail "$example does not configure"; }
  if grep -nE "$SOURCE/(core|plugins|host|auth-|build/[^ ]*/include)" \
    <(sed "s|$PREFIX||g" "$work/build/compile_commands.json"); then
    fail "$example sees the source of Pintle"
  fi
  "$CMAKE" --build "$work/build" -- || fail "$example does not build"
}

install_step() {
  rm -rf "$PREFIX" "$PREFIX.first"
  "$CMAKE" --install "$BUILD" --prefix "$PREFIX.first" >"$work/install.log" ||
    { cat "$work/install.log"; fail "cmake --install"; }
  mv "$PREFIX.first" "$PREFIX"
}

layout_step() {
  local file
  for file in include/pintle/{plugin.h,scheme.h,testing/matchers.h,host.h,bundled.h,pintle.h,core/base/error.h,loading/loader.h} \
    "$LIBDIR"/{libpintle-core.a,libpintle-host.a,libpintle.so,libpintle.so.0} \
    "$LIBDIR"/pkgconfig/pintle.pc \
    "$LIBDIR"/pintle/plugins/pintle-token.{so,json} \
    "$LIBDIR"/cmake/Pintle/{PintleConfig,PintleConfigVersion,PintleScheme}.cmake \
    bin/pintle libexec/pintle/{pintle-cage,pintle-load-check,pintle-scheme-test} share/man/man1/pintle.1 \
    share/bash-completion/completions/pintle share/zsh/site-functions/_pintle \
    share/licenses/pintle/LICENSE share/doc/pintle/{README.md,docs/embed.md} \
    share/doc/pintle/examples/{scheme-cpp/CMakeLists.txt,scheme-python/api_key_scheme.py}; do
    [[ -s $PREFIX/$file ]] || fail "$file is not installed"
  done
  [[ -z $(find "$PREFIX"/{bin,include,lib*} -name '*api-key*' -o -name 'embed-*') ]] ||
    fail "an example is installed"
  [[ $("$load_check" "$PREFIX/$LIBDIR/pintle/plugins/pintle-token.so") == ok ]] || fail "the load check"
  readelf -d "$PREFIX/$LIBDIR/libpintle.so" | grep -q 'SONAME.*libpintle\.so\.0\]' || fail "the SONAME"
  if readelf -d "$load_check" | grep NEEDED | grep Poco; then fail "the load check needs Poco"; fi
  # Where a program finds its libraries, and a project the package.
  while read -r file; do
    if readelf -d "$file" 2>/dev/null | grep -E 'R(UN)?PATH' | grep -vF "\$ORIGIN"; then
      fail "$file has an absolute RPATH"
    fi
  done < <(find "$PREFIX" -type f \( -perm -u+x -o -name '*.so*' \))
  if grep -rnF -e "$SOURCE" -e "$PREFIX" "$PREFIX/$LIBDIR/cmake" "$PREFIX/include" \
    "$PREFIX/$LIBDIR/pintle/plugins" --include='*.cmake' --include='*.h' --include='*.json'; then
    fail "the package holds a path of this machine"
  fi
}

# Of the documents, to files of the package.
links_step() {
  local file link
  while IFS=: read -r file link; do
    [[ -e $(dirname "$file")/$link ]] || fail "$file has a broken link: $link"
  done < <(grep -roP --include='*.md' '\]\(\K[^)#: &]+(?=[)#])' "$PREFIX/share/doc/pintle" | sort -u)
}

# In both orders, so that none is only carried by the one before. That each compiles alone is proven in
# the tree (all_verify_interface_header_sets).
headers_step() {
  local order
  (cd "$PREFIX/include" && find . -name '*.h' -printf '#include <%P>\n' | sort) >"$work/sorted.cpp"
  [[ $(wc -l <"$work/sorted.cpp") -gt 30 ]] || fail "there are too few headers"
  tac "$work/sorted.cpp" >"$work/backwards.cpp"
  for order in sorted backwards; do
    # shellcheck disable=SC2086 # the flags are words
    "$CXX" -std=c++20 -fsyntax-only $strict -isystem "$PREFIX/include" "$work/$order.cpp" ||
      fail "the headers do not compile, $order"
  done
}

scheme_step() { # EXAMPLE PLUGIN
  # A scheme needs only the headers and the load check: hide all libraries.
  build_example "$1" -DCMAKE_DISABLE_FIND_PACKAGE_{Poco,OpenSSL,ZLIB,simdjson,Threads}=ON
  [[ $("$load_check" "$work/build/$2.so") == ok ]] || fail "$("$load_check" "$work/build/$2.so" 2>&1)"
  "$load_check" --manifest "$work/build/$2.so" | cmp - "$work/build/$2.json" || fail "the manifest"
  if [[ -x $work/build/$2-test ]]; then
    "$work/build/$2-test" >"$work/log" || { cat "$work/log"; fail "the test of $1"; }
  fi
  [[ $(nm -D --defined-only "$work/build/$2.so" | awk '$3 !~ /^_(init|fini|edata|end)/ { print $3 }') \
    == pintle_plugin ]] || fail "$2.so exports more than its table"
}

# A user with an empty home, and a practice gateway; sets url and pintle.
begin_practice() { # GATE
  export HOME=$work
  unset "${!XDG_@}" PINTLE_PLUGIN_PATH
  pintle=$PREFIX/bin/pintle
  (umask 077 && echo practice-key-$RANDOM$RANDOM$RANDOM >"$work/key")
  "$pintle" practice --gate "$1" --token-file "$work/key" --json >"$work/practice" &
  gateway=$!
  trap 'kill "$gateway"; rm -rf "$work"' EXIT
  until [[ -s $work/practice ]]; do
    kill -0 "$gateway" || fail "the practice gateway did not start"
    sleep 0.02
  done
  url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$work/practice")
  url=${url//\\/}
}

expect() { # WHAT_IT_SAYS CODE COMMAND...
  local wanted=$1 code=$2 said got=0
  shift 2
  said=$("$@" 2>&1) || got=$?
  [[ $got == "$code" && $said == *"$wanted"* ]] ||
    fail "expected '$wanted' and $code, got $got from: $*"$'\n'"$said"
}

program_step() {
  begin_practice none
  expect token 0 "$pintle" probe "$url"
  expect sessions 0 "$pintle" call "$url" GET /api/sessions --token-file "$work/key"
  expect ready 0 "$pintle" connect "$url" --once --no-input --token-file "$work/key"
  expect "$PREFIX/$LIBDIR/pintle/plugins/pintle-token.so" 0 "$pintle" plugins list
  # The templates that the program creates build, and pass their tests.
  local language
  for language in cpp c; do
    (cd "$work" && "$pintle" plugins new "begun-$language" --language "$language" --profile my-gateway)
    "$CMAKE" -S "$work/begun-$language" -B "$work/begun-$language/build" \
      -DCMAKE_PREFIX_PATH="$PREFIX" -DCMAKE_C_FLAGS="$strict" -DCMAKE_CXX_FLAGS="$strict" >/dev/null
    "$CMAKE" --build "$work/begun-$language/build"
    expect good 0 "$pintle" plugins check "$work/begun-$language/build/begun-$language.so"
    expect "begun-$language.practice" 0 "${CMAKE%cmake}ctest" --output-on-failure \
      --test-dir "$work/begun-$language/build"
  done
}

drop_in_step() {
  build_example scheme-cpp
  mv "$work/build" "$work/first"
  mv "$work/scheme-cpp" "$work/older"
  sed "s/VERSION 1.0.0/VERSION 1.1.0/" -i "$work/older/CMakeLists.txt"
  "$CMAKE" -S "$work/older" -B "$work/second" -DCMAKE_PREFIX_PATH="$PREFIX" >/dev/null
  "$CMAKE" --build "$work/second"

  begin_practice api-key
  local folder=$work/.local/share/pintle/plugins before
  before=$(sha256sum "$pintle" "$PREFIX/$LIBDIR"/pintle/plugins/*)
  echo a-wrong-key >"$work/wrong"
  ask() { "$pintle" call "$url" GET /api/sessions --secret-file "api_key=$1"; }

  ask "$work/key" >/dev/null 2>&1 && fail "the gateway let in whom it does not know"

  install -D -t "$folder" "$work"/first/pintle-api-key.{so,json}
  expect 1.0.0 0 "$pintle" plugins list
  expect "takes an API key" 0 "$pintle" probe "$url"
  expect sessions 0 ask "$work/key"
  expect ready 0 "$pintle" connect "$url" --once --no-input --secret-file "api_key=$work/key"
  expect "refused the API key" 17 ask "$work/wrong"

  install -t "$folder" "$work"/second/pintle-api-key.{so,json}
  expect 1.1.0 0 "$pintle" plugins list
  expect sessions 0 ask "$work/key"

  # The manifest of another library is refused.
  install -t "$folder" "$work"/first/pintle-api-key.json
  expect "is not what the library says" 23 "$pintle" plugins check "$folder/pintle-api-key.so"

  rm "$folder"/pintle-api-key.{so,json}
  "$pintle" plugins list | grep -q api-key && fail "the removed scheme is still listed"
  ask "$work/key" >/dev/null 2>&1 && fail "the removed scheme is still used"

  [[ $before == "$(sha256sum "$pintle" "$PREFIX/$LIBDIR"/pintle/plugins/*)" ]] ||
    fail "something else was changed"
}

rust_step() {
  command -v rustc >/dev/null || { echo "there is no rustc here"; exit 77; }
  cp -r "$SOURCE/examples/scheme-rust" "$work"
  (cd "$work/scheme-rust" && rustc --edition 2021 --crate-type cdylib -O -C panic=abort \
    -o pintle-api-key-rust.so api_key_scheme.rs)
  [[ $("$load_check" "$work/scheme-rust/pintle-api-key-rust.so") == ok ]] || fail "the load check"
}

four_languages_step() {
  build_example four-languages
  [[ -x $work/build/four-languages-cpp && -x $work/build/four-languages-c ]] || fail "a program is missing"
}

app_step() {
  build_example embed-cpp
  begin_practice none
  # Where it was built: CMake's target knows where the package is.
  expect "ready {" 0 "$work/build/embed-cpp" "$url" "$work/key"
  # Beside a copy of the package.
  mkdir "$work/prefix"
  cp -r "$PREFIX"/{"$LIBDIR",libexec} "$work/prefix"
  install -D -t "$work/prefix/bin" "$work/build/embed-cpp"
  expect "ready {" 0 "$work/prefix/bin/embed-cpp" "$url" "$work/key"
  expect "gate" 1 "$work/prefix/bin/embed-cpp" "$url" "$work/practice"
}

bundled_step() {
  build_example embed-bundled
  # In an empty home, with no plugin folder anywhere: the listed schemes are built in.
  local listed
  listed=$(env -i HOME="$work" "$work/build/embed-bundled")
  grep -qx 'token (built in)' <<<"$listed" || fail "embed-bundled lists: $listed"
  begin_practice none
  expect sessions 0 "$work/build/embed-bundled" "$url" "$work/key"
}

# An app that embeds the shared library needs only that and its header.
c_step() {
  build_example embed-c -DCMAKE_DISABLE_FIND_PACKAGE_{Poco,OpenSSL,ZLIB,simdjson,Threads}=ON
  begin_practice none
  expect 'ready {' 0 "$work/build/embed-c" "$url" "$work/key"
  command -v pkg-config >/dev/null || return 0
  local flags
  flags=$(PKG_CONFIG_PATH=$PREFIX/$LIBDIR/pkgconfig pkg-config --cflags --libs pintle)
  # shellcheck disable=SC2086 # the flags are words
  "$CC" -std=c99 $strict "$work/embed-c/main.c" $flags -o "$work/by-pkg-config"
  expect 'answer {' 0 env LD_LIBRARY_PATH="$PREFIX/$LIBDIR" "$work/by-pkg-config" "$url" "$work/key"
}

# libpintle.so finds the schemes of the package that it is in, wherever that was moved.
c_drop_in_step() {
  build_example embed-c
  mv "$work/build" "$work/app"
  build_example scheme-c
  mkdir -p "$work/prefix/$LIBDIR"
  cp -r "$PREFIX/$LIBDIR/." "$work/prefix/$LIBDIR"
  cp -r "$PREFIX/libexec" "$work/prefix"
  begin_practice api-key
  export LD_LIBRARY_PATH=$work/prefix/$LIBDIR
  expect "no scheme fits" 1 "$work/app/embed-c" "$url" "$work/key"
  install -t "$work/prefix/$LIBDIR/pintle/plugins" "$work"/build/pintle-api-key-c.{so,json}
  expect "the API key was not given" 1 "$work/app/embed-c" "$url" "$work/key"
}

python_step() {
  command -v python3 >/dev/null || { echo "there is no python3 here"; exit 77; }
  begin_practice none
  export PINTLE_LIBRARY=$PREFIX/$LIBDIR/libpintle.so.0
  python3 "$SOURCE/examples/python-ctypes/pintle_watch.py" "$url" "$work/key" >"$work/out" 2>&1 &
  local watcher=$!
  until grep -q '^answer to 1: {"sessions"' "$work/out"; do
    kill -0 "$watcher" || { cat "$work/out"; fail "it ended"; }
    sleep 0.02
  done
  kill -TERM "$watcher"
  wait "$watcher" || { cat "$work/out"; fail "it ended with $?"; }
}

loop_step() {
  build_example embed-loop
  begin_practice none
  expect 'pushed: {"way":"pushed"}' 0 "$work/build/embed-loop" "$url" "$work/key"
}

terminal_step() {
  build_example terminal-client
  begin_practice none
  expect 'answer       #1 {"a":1}' 0 "$work/build/terminal-client" "$url" "$work/key" \
    <<<'echo {"a":1}'
}

component_step() {
  cat >"$work/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(unknown LANGUAGES CXX)
find_package(Pintle REQUIRED COMPONENTS spanner)
END
  if "$CMAKE" -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$PREFIX" >"$work/log" 2>&1; then
    fail "an unknown component was found"
  fi
  grep -q 'Pintle has no component spanner' "$work/log" || { cat "$work/log"; fail "it is not named"; }
}

# As with FetchContent: the source tree inside another project, whose own settings stay.
subdirectory_step() {
  cat >"$work/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(outer LANGUAGES C CXX)
add_subdirectory($SOURCE pintle)
foreach(target core-test pintle pintle-practice pintle-h-c99 pintle-api-key embed-cpp embed-c)
  if(TARGET \${target})
    message(FATAL_ERROR "\${target} is built for others too")
  endif()
endforeach()
foreach(variable CMAKE_CXX_STANDARD CMAKE_BUILD_TYPE CMAKE_CXX_VISIBILITY_PRESET)
  if(\${variable})
    message(FATAL_ERROR "\${variable} of the outer project was changed")
  endif()
endforeach()
pintle_add_scheme(outer-scheme SOURCES $SOURCE/examples/scheme-c/api_key_scheme.c)
add_executable(outer main.cpp)
target_link_libraries(outer PRIVATE Pintle::core Pintle::bundled)
END
  cat >"$work/main.cpp" <<'END'
#include <pintle/bundled.h>
#include <pintle/core/gateway/gateway_url.h>
int main() {
  return pintle::bundled_plugins().empty() ||
         pintle::GatewayUrl::parse("https://Host/").text() != "https://host";
}
END
  "$CMAKE" -S "$work" -B "$work/build" -DCMAKE_C_COMPILER_LAUNCHER="$LAUNCHER" \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER" >"$work/log" 2>&1 ||
    { cat "$work/log"; fail "the outer project does not configure"; }
  "$CMAKE" --build "$work/build" || fail "the outer project does not build"
  "$work/build/outer" || fail "the outer program"
  [[ -z $(find "$work/build" -name 'libpintle-host*') ]] || fail "what nobody asked for is built"
  [[ -s $work/build/outer-scheme.json ]] || fail "the outer scheme has no manifest"
  "$CMAKE" --install "$work/build" --prefix "$work/prefix" >/dev/null
  [[ ! -e $work/prefix/include/pintle ]] || fail "Pintle installs itself with the outer project"
}

step=$1
shift
"${step}_step" "$@"
