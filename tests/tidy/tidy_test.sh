#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tidy_test.sh TIDY ROOT: plants one fault at a time in a small tree with the house's .clang-tidy:
# tidy.sh must find each, and nothing where there is none. Exits with 77 without clang-tidy 22.
set -euo pipefail
check=$1
root=$2
tidy=clang-tidy-22
command -v "$tidy" >/dev/null || exit 77

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/core"
cp "$root/.clang-tidy" "$tree"
printf '[\n{\n  "directory": "%s",\n  "command": "c++ -std=c++20 -I%s -c core/planted.cpp",\n  "file": "%s"\n}\n]\n' \
  "$tree" "$root/host/src" "$tree/core/planted.cpp" >"$tree/compile_commands.json"
printf '#pragma once\nint used();\n' >"$tree/core/used.h"
printf '#pragma once\nint idle();\n' >"$tree/core/idle.h"

failed=0
plant() { # EXPECTED LINE...: a finding's name, or "nothing"
  local expected=$1 found code=0
  shift
  printf '%s\n' "$@" >"$tree/core/planted.cpp"
  found=$("$check" "$tree" "$tree" "$tidy") || code=$?
  if [[ $expected == nothing ]]; then
    ((code == 0)) && return
  elif ((code == 1)) && [[ $found == *"[$expected"* ]]; then
    return
  fi
  printf 'FAILED: expected %s of\n%s\nand saw (%d)\n%s\n' "$expected" "$*" "$code" "$found"
  failed=1
}

mutex='#include "base/mutex.h"
pintle::Mutex mutex;
int guarded PINTLE_GUARDED_BY(mutex) = 0;'
plant nothing '#include "used.h"' 'int twice() { return 2 * used(); }'
plant nothing "$mutex" 'int read() {' '  const pintle::MutexLock lock(mutex);' '  return guarded;' '}'
plant clang-diagnostic-thread-safety-analysis "$mutex" 'int read() { return guarded; }'
plant clang-diagnostic-thread-safety-analysis "$mutex" 'void forget() { mutex.lock(); }'
plant readability-identifier-naming 'int BadName() { return 1; }'
plant readability-identifier-naming 'class Box {' '  int value = 0;' '};'
plant readability-identifier-naming 'enum class Colour { kRed };'
plant readability-identifier-naming 'constexpr int limit = 3;' 'int copy() { return limit; }'
plant misc-include-cleaner '#include "idle.h"' 'int one() { return 1; }'
plant bugprone- 'int same(int a) { return a == 1 ? 2 : 2; }' 'unsigned size(int* a) { return sizeof(a) / sizeof(int); }'
plant clang-diagnostic-error 'int broken('
complex='int complex(int a) {'
for ((i = 0; i < 7; ++i)); do
  complex+=" if (a > $i) { for (int i = a; i < 9; ++i) { if (i == 3) a += i; } }"
done
plant readability-function-cognitive-complexity "$complex return a; }"
exit "$failed"
